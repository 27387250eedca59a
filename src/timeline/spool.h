// Bytes that are kept for a while and read front to back: in memory while they are few, else in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/file_system.h"
#include "base/result.h"

namespace weir::timeline {

// Where temporary files go: names begin with `prefix`. Numbers make them differ.
struct SpoolPlace {
  FileSystem* files{nullptr};
  std::string prefix;
  int next{0};
};

// Not thread-safe. The place outlives it; its file goes with it.
class Spool {
 public:
  // `memory`: so many bytes at most are held in memory, while it is written and after.
  Spool(SpoolPlace& place, std::size_t memory);
  Spool(const Spool&) = delete;
  Spool(Spool&& other) noexcept;
  Spool& operator=(const Spool&) = delete;
  Spool& operator=(Spool&&) = delete;
  ~Spool();

  [[nodiscard]] Status append(std::string_view bytes) {
    buffer_.append(bytes);
    size_ += bytes.size();
    return buffer_.size() > memory_ ? flush() : Status{};
  }
  // After the last append, before the first reader.
  [[nodiscard]] Status finish();
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  friend class SpoolReader;
  [[nodiscard]] Status flush();

  FileSystem* files_;
  std::string path_;
  std::size_t memory_;
  std::uint64_t size_{0};
  std::string buffer_;
  bool has_file_{false};
  std::unique_ptr<OutputFile> file_;
};

// The spool outlives it.
class SpoolReader {
 public:
  [[nodiscard]] static Result<SpoolReader> open(const Spool& spool);
  // The next `size` bytes, which must be there.
  [[nodiscard]] Status read(char* out, std::size_t size);

 private:
  explicit SpoolReader(const Spool& spool) noexcept : spool_(&spool) {}

  const Spool* spool_;
  std::unique_ptr<InputFile> file_;
  std::size_t at_{0};  // in memory
};

}  // namespace weir::timeline
