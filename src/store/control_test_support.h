// What the tests around control.db share.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "base/file_system.h"
#include "store/control_store.h"

namespace weir::store {

// A folder of its own for one test, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const char* base =
        std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): tests run it before they start threads
    path_ = std::string(base != nullptr ? base : "/tmp") + "/weir_store_XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { static_cast<void>(files_->remove(path_)); }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string path(std::string_view name) const { return join_path(path_, name); }
  [[nodiscard]] FileSystem& files() noexcept { return *files_; }
  [[nodiscard]] std::string content(std::string_view name) {
    return files_->exists(path(name)) ? files_->read_file(path(name)).value() : std::string();
  }
  // control.db and its log.
  [[nodiscard]] std::string database_bytes() { return content("control.db") + content("control.db-wal"); }
  [[nodiscard]] unsigned mode_of(std::string_view name) const {
    struct stat info {};
    return ::stat(path(name).c_str(), &info) == 0 ? info.st_mode & 0777U : 0U;
  }

 private:
  std::unique_ptr<FileSystem> files_ = posix_file_system();
  std::string path_;
};

template <typename T>
testing::AssertionResult succeeds(const Result<T>& result) {
  if (result.has_value()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << to_text(result.error().code) << ": " << to_text(result.error());
}

template <typename T>
testing::AssertionResult fails_with(const Result<T>& result, Errc code) {
  if (result.has_value()) return testing::AssertionFailure() << "it succeeded";
  if (result.error().code == code) return testing::AssertionSuccess();
  return testing::AssertionFailure() << to_text(result.error().code) << ": " << to_text(result.error());
}

}  // namespace weir::store
