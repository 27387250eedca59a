// One writer per state directory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/file_system.h"

namespace weir::store {

// Held until destroyed, or until the process ends in whatever way. The lock file itself stays.
class WriterLock {
 public:
  // `verb` ("ingest") is told to those who find the workspace locked. Makes the state directory where it is
  // missing. Errc::locked: "weir ingest (pid 123) is writing to this workspace; wait for it to end".
  [[nodiscard]] static Result<WriterLock> acquire(FileSystem& files, const std::string& state_dir,
                                                  std::string_view verb);

  WriterLock(WriterLock&& other) noexcept = default;
  WriterLock& operator=(WriterLock&&) = delete;
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;
  ~WriterLock();

 private:
  WriterLock(FileSystem& files, std::string path, std::unique_ptr<FileLock> lock) noexcept
      : files_(&files), path_(std::move(path)), lock_(std::move(lock)) {}
  FileSystem* files_;
  std::string path_;
  std::unique_ptr<FileLock> lock_;  // null once moved from
};

}  // namespace weir::store
