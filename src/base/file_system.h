// The only way to the disk for what weir owns, so that tests can tear writes, lose syncs and fill the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir {

// An open file that is appended to. Not thread-safe. Closing without sync() promises nothing.
class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  virtual ~OutputFile() = default;
  [[nodiscard]] virtual Status append(std::string_view bytes) = 0;
  [[nodiscard]] virtual Status sync() = 0;  // after a failure the file must not be relied on any more
};

// Read-only bytes of a whole file, mapped where the system can.
class MappedFile {
 public:
  MappedFile() = default;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  virtual ~MappedFile() = default;
  [[nodiscard]] virtual std::string_view bytes() const noexcept = 0;
  // A part of the bytes that is not read soon may leave the memory; it comes back when it is read.
  virtual void forget(std::string_view /*part*/) const noexcept {}
  // A part that is read now, all of it: brought at once where the system can, not page by page.
  virtual void fetch(std::string_view /*part*/) const noexcept {}
};

// An open file: read front to back, or anywhere.
class InputFile {
 public:
  InputFile() = default;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  virtual ~InputFile() = default;
  // Up to `size` bytes into `buffer`; 0 at the end.
  [[nodiscard]] virtual Result<std::size_t> read(char* buffer, std::size_t size) = 0;
  // The same from byte `at` on; read() goes on where it was.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t at, char* buffer, std::size_t size) = 0;
};

// Held until destroyed.
class FileLock {
 public:
  FileLock() = default;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  [[nodiscard]] virtual Result<std::string> read_file(const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<InputFile>> open(const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<MappedFile>> map(const std::string& path) = 0;
  // `mode`: permission bits of a new file. An existing file is cut to nothing.
  [[nodiscard]] virtual Result<std::unique_ptr<OutputFile>> create(const std::string& path,
                                                                   unsigned mode = 0644) = 0;
  [[nodiscard]] virtual Status rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual Status remove(const std::string& path) = 0;
  [[nodiscard]] virtual Status make_directories(const std::string& path) = 0;
  // Makes the bytes of a file that somebody else wrote durable.
  [[nodiscard]] virtual Status sync_file(const std::string& path) = 0;
  // Makes created, renamed and removed names in the folder durable.
  [[nodiscard]] virtual Status sync_directory(const std::string& path) = 0;
  [[nodiscard]] virtual bool exists(const std::string& path) = 0;
  [[nodiscard]] virtual bool is_directory(const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size_of(const std::string& path) = 0;
  // Names (not paths) in a folder, sorted.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  // Paths that match a pattern with *, ? and [...] in its last components, sorted; a plain path matches
  // itself.
  [[nodiscard]] virtual Result<std::vector<std::string>> glob(const std::string& pattern) = 0;
  // Fails with Errc::locked when another process holds it.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  // As create(), for what is mostly read later, if at all: where the system can, the bytes of large files go
  // past its cache, which costs less and leaves in it what others read.
  [[nodiscard]] virtual Result<std::unique_ptr<OutputFile>> create_for_later(const std::string& path) {
    return create(path);
  }

  // Temporary name, write, sync, rename, sync of the folder: afterwards the file has either its old or its
  // new content.
  [[nodiscard]] Status write_durably(const std::string& path, std::string_view bytes, unsigned mode = 0644);
};

// The operating system's files. Thread-safe.
[[nodiscard]] std::unique_ptr<FileSystem> posix_file_system();

// "a/b" of "a" and "b"; an absolute second part wins.
[[nodiscard]] std::string join_path(std::string_view folder, std::string_view name);
// "a/b" of "a/b/c"; "." of "c".
[[nodiscard]] std::string parent_path(std::string_view path);
// "c.csv" of "a/b/c.csv".
[[nodiscard]] std::string file_name(std::string_view path);

}  // namespace weir
