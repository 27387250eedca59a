// The file that timelines stand in: numbered sections, each with its own checksum, found through a directory
// at the end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "timeline/column.h"

namespace weir::timeline {

struct SectionEntry {
  std::uint32_t id{0};
  std::uint32_t checksum{0};  // CRC-32C of its bytes
  std::uint64_t offset{0};
  std::uint64_t bytes{0};
  std::uint64_t count{0};  // values
  Coding coding;           // of a column; width: bytes per value also of other sections
};
static_assert(sizeof(SectionEntry) == 64);

template <typename T>
[[nodiscard]] std::string_view bytes_of(const std::vector<T>& values) noexcept {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// Writes sections one after the other; every byte is written once, in order. Not thread-safe.
class SectionWriter {
 public:
  // Under `path`.tmp until finish().
  [[nodiscard]] static Result<SectionWriter> create(FileSystem& files, const std::string& path);

  // Values as they lie in memory, at once or in pieces: begin, append..., end.
  [[nodiscard]] Status add(std::uint32_t id, std::string_view bytes, std::uint32_t width);
  [[nodiscard]] Status begin(std::uint32_t id, const Coding& coding);
  [[nodiscard]] Status append(std::string_view bytes);
  [[nodiscard]] Status end(std::uint64_t count);

  // A column of `count` values, `value(i)` asked once each from 0 on; the coding has seen them all.
  template <typename Value>
  [[nodiscard]] Status column(std::uint32_t id, const Coding& coding, std::size_t count, const Value& value) {
    return codes(id, coding, count, [&](std::size_t i) { return code_of(coding, value(i)); });
  }
  // The same of codes that are known already.
  template <typename Code>
  [[nodiscard]] Status codes(std::uint32_t id, const Coding& coding, std::size_t count, const Code& code) {
    WEIR_TRY_STATUS(begin(id, coding));
    for (std::size_t i = 0; coding.width > 0 && i < count;) {
      const std::size_t end = std::min(count, i + kBlock);
      block_.resize((end - i) * coding.width + sizeof(std::uint64_t));
      char* at = block_.data();
      for (; i < end; ++i, at += coding.width) {
        const std::uint64_t bytes = code(i);
        std::memcpy(at, &bytes, sizeof bytes);
      }
      WEIR_TRY_STATUS(append({block_.data(), static_cast<std::size_t>(at - block_.data())}));
    }
    return end(count);
  }
  // Values of any plain type, as they lie in memory.
  template <typename T, typename Value>
  [[nodiscard]] Status values(std::uint32_t id, std::size_t count, const Value& value) {
    Coding coding;
    coding.width = sizeof(T);
    WEIR_TRY_STATUS(begin(id, coding));
    std::vector<T> block;
    for (std::size_t i = 0; i < count;) {
      block.clear();
      for (const std::size_t end = std::min(count, i + kBlock); i < end; ++i) block.push_back(value(i));
      WEIR_TRY_STATUS(append(bytes_of(block)));
    }
    return end(count);
  }
  // Writes the directory, makes the file durable and gives it its name.
  [[nodiscard]] Status finish();

 private:
  static constexpr std::size_t kBlock = std::size_t{1} << 16U;  // values that are written at once
  SectionWriter(FileSystem& files, std::string path) : files_(&files), path_(std::move(path)) {}
  [[nodiscard]] Status put(std::string_view bytes);

  FileSystem* files_;
  std::string path_;
  std::unique_ptr<OutputFile> file_;
  std::string block_;
  std::uint64_t at_{0};
  SectionEntry open_;
  std::vector<SectionEntry> entries_;
};

// Finds sections in a mapped file. Views live as long as the bytes.
class SectionReader {
 public:
  // `path` is for messages. Errc::damaged when the directory is not whole or names bytes that are not there.
  [[nodiscard]] static Result<SectionReader> open(std::string_view bytes, std::string path);

  // Whether the bytes are those that were written.
  [[nodiscard]] Status check(const SectionEntry& entry) const;
  [[nodiscard]] const std::vector<SectionEntry>& entries() const noexcept { return entries_; }
  // Null when there is none.
  [[nodiscard]] const SectionEntry* find(std::uint32_t id) const noexcept;
  [[nodiscard]] std::string_view bytes(const SectionEntry& entry) const noexcept {
    return bytes_.substr(entry.offset, entry.bytes);
  }
  [[nodiscard]] Failure damaged(const std::string& what) const;

 private:
  SectionReader(std::string_view bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}

  std::string_view bytes_;
  std::string path_;
  std::vector<SectionEntry> entries_;  // by id
};

}  // namespace weir::timeline
