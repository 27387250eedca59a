#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace weir {

namespace detail {
void check_failed(const char* condition, const char* why, const char* file, int line) noexcept {
  std::fprintf(stderr, "weir: internal error: %s (%s) at %s:%d\n", why, condition, file, line);
  std::abort();
}
}  // namespace detail

const char* to_text(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::configuration:
      return "configuration";
    case Errc::usage:
      return "usage";
    case Errc::not_found:
      return "not_found";
    case Errc::already_exists:
      return "already_exists";
    case Errc::invalid_data:
      return "invalid_data";
    case Errc::damaged:
      return "damaged";
    case Errc::io:
      return "io";
    case Errc::disk_full:
      return "disk_full";
    case Errc::locked:
      return "locked";
    case Errc::out_of_range:
      return "out_of_range";
    case Errc::state:
      return "state";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

std::string to_text(const Place& place) {
  if (place.file.empty()) return {};
  std::string text = place.file;
  if (place.line > 0) text += ":" + std::to_string(place.line);
  if (place.line > 0 && place.column > 0) text += ":" + std::to_string(place.column);
  return text;
}

std::string to_text(const Error& error) {
  const std::string place = to_text(error.place);
  return place.empty() ? error.message : place + ": " + error.message;
}

}  // namespace weir
