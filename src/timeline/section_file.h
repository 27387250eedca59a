// The file that timelines stand in: numbered sections, found through a directory at the end, with a checksum
// of every block of a section, so that who reads a part of one has to check that part alone.
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

inline constexpr std::uint64_t kBlockBytes = std::uint64_t{1}
                                             << 20U;  // a section's blocks; the last is shorter

struct SectionEntry {
  std::uint32_t id{0};
  std::uint32_t first_block{0};  // its place among the checksums of all blocks
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
    for (std::size_t i = 0; coding.width > 0 && i < count; i += kBlock)
      WEIR_TRY_STATUS(
          append_codes(coding, std::min(count - i, kBlock), [&](std::size_t k) { return code(i + k); }));
    return end(count);
  }
  // A piece of such a column, between begin and end.
  template <typename Code>
  [[nodiscard]] Status append_codes(const Coding& coding, std::size_t count, const Code& code) {
    block_.resize(count * coding.width + sizeof(std::uint64_t));
    char* at = block_.data();
    for (std::size_t i = 0; i < count; ++i, at += coding.width) {
      const std::uint64_t bytes = code(i);
      std::memcpy(at, &bytes, sizeof bytes);
    }
    return append({block_.data(), count * coding.width});
  }
  // Writes the directory, makes the file durable and gives it its name.
  [[nodiscard]] Status finish();

 private:
  static constexpr std::size_t kBlock = std::size_t{1} << 16U;  // values that are written at once
  SectionWriter(FileSystem& files, std::string path) : files_(&files), path_(std::move(path)) {}
  [[nodiscard]] Status put(std::string_view bytes);
  void sum(std::string_view bytes);

  FileSystem* files_;
  std::string path_;
  std::unique_ptr<OutputFile> file_;
  std::string block_;
  std::uint64_t at_{0};
  SectionEntry open_;
  std::uint32_t checksum_{0};  // of the open section's last block
  std::vector<SectionEntry> entries_;
  std::vector<std::uint32_t> blocks_;  // CRC-32C of each
};

template <typename T>
[[nodiscard]] Status add_raw(SectionWriter& out, std::uint32_t id, const std::vector<T>& values) {
  return out.add(id, bytes_of(values), sizeof(T));
}

// Finds sections in a mapped file. Views live as long as the bytes.
class SectionReader {
 public:
  // `path` is for messages. Errc::damaged when the directory is not whole or names bytes that are not there.
  [[nodiscard]] static Result<SectionReader> open(std::string_view bytes, std::string path);

  // Whether the bytes are those that were written; of a section, or of its bytes [begin, end) alone.
  [[nodiscard]] Status check(const SectionEntry& entry) const { return check(entry, 0, entry.bytes); }
  [[nodiscard]] Status check(const SectionEntry& entry, std::uint64_t begin, std::uint64_t end) const;
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
  std::vector<std::uint32_t> blocks_;
};

}  // namespace weir::timeline
