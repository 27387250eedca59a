#include "store/writer_lock.h"

#include <unistd.h>

#include <algorithm>

namespace weir::store {
namespace {

// The note only serves the message of others: on a full disk the lock holds without it.
void leave_note(FileSystem& files, const std::string& path, const std::string& note) {
  const auto file = files.create(path);
  if (file.has_value()) static_cast<void>((*file)->append(note));
}

bool is_verb(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '-' || c == ' ';
  });
}

bool is_pid(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 10 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "weir ingest (pid 123)", or less when the note is missing or was just being written.
std::string holder_of(FileSystem& files, const std::string& path) {
  const auto note = files.read_file(path);
  if (note.has_value()) {
    const std::string_view text = *note;
    const std::size_t newline = text.find('\n');
    if (newline != std::string_view::npos && text.ends_with('\n')) {
      const std::string_view pid = text.substr(0, newline);
      const std::string_view verb = text.substr(newline + 1, text.size() - newline - 2);
      if (is_pid(pid) && is_verb(verb))
        return "weir " + std::string(verb) + " (pid " + std::string(pid) + ")";
    }
  }
  return "another weir process";
}

}  // namespace

Result<WriterLock> WriterLock::acquire(FileSystem& files, const std::string& state_dir,
                                       std::string_view verb) {
  WEIR_TRY_STATUS(files.make_directories(state_dir));
  std::string path = join_path(state_dir, "writer.lock");
  auto lock = files.lock(path);
  if (!lock.has_value()) {
    if (lock.error().code != Errc::locked) return fail(lock.error());
    return fail(Errc::locked, holder_of(files, path) + " is writing to this workspace; wait for it to end");
  }
  leave_note(files, path, std::to_string(::getpid()) + "\n" + std::string(verb) + "\n");
  return WriterLock(files, std::move(path), *std::move(lock));
}

WriterLock::~WriterLock() {
  if (lock_ != nullptr) leave_note(*files_, path_, "");
}

}  // namespace weir::store
