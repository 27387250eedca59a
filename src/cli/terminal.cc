#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace weir::cli {
namespace {

int descriptor_of(Stream stream) noexcept {
  return stream == Stream::output ? STDOUT_FILENO : STDERR_FILENO;
}

}  // namespace

bool is_terminal(Stream stream) {
  return ::isatty(descriptor_of(stream)) == 1;
}

int terminal_width(Stream stream) {
  ::winsize size{};
  if (::ioctl(descriptor_of(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace weir::cli
