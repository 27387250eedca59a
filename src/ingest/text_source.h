// The bytes of a text file, packed or not, as UTF-8, block by block, whatever its encoding is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/file_system.h"
#include "base/result.h"
#include "ingest/packed_file.h"

namespace weir::ingest {

enum class Encoding : std::uint8_t { utf_8, windows_1252, utf_16_le, utf_16_be };
[[nodiscard]] const char* to_text(Encoding encoding) noexcept;

// Without a declared encoding: a byte order mark decides, else zero bytes in every second place say UTF-16,
// else UTF-8. From the first byte on that is no UTF-8 the file is read as windows-1252 (a superset of
// Latin-1) if it was plain ASCII up to there; in a file that did hold UTF-8 only the broken bytes are read
// so. The result does not depend on `block_bytes`.
class TextSource {
 public:
  // `encoding`: "", utf-8, latin-1, windows-1252, utf-16, utf-16le, utf-16be. `repair` false leaves bytes
  // that are no UTF-8 as they are.
  [[nodiscard]] static Result<std::unique_ptr<TextSource>> open(FileSystem& files, const std::string& path,
                                                                const std::string& encoding, bool repair,
                                                                std::size_t block_bytes);
  // Appends the next block, decoded; false when the file had ended before.
  [[nodiscard]] Result<bool> read(std::string& out);

  [[nodiscard]] Encoding encoding() const noexcept { return encoding_; }
  [[nodiscard]] std::int64_t repaired_bytes() const noexcept { return repaired_bytes_; }
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return file_->bytes_read(); }
  [[nodiscard]] std::uint64_t bytes_total() const noexcept { return file_->bytes_total(); }

 private:
  TextSource() = default;
  [[nodiscard]] Status fill();
  [[nodiscard]] Status fill_in_place(std::string& out);
  void detect(const std::string& declared);
  void decode(std::string& out);
  void decode_utf_8(std::string& out);
  void decode_utf_16(std::string& out);
  std::size_t repair_utf_8(std::string& out, std::size_t at);

  std::unique_ptr<PackedFile> file_;
  std::string path_;
  std::string raw_;  // read, not yet decoded
  std::size_t block_bytes_{0};
  std::int64_t repaired_bytes_{0};
  Encoding encoding_{Encoding::utf_8};
  bool repair_{true};
  bool ended_{false};
  bool saw_utf_8_{false};  // beyond ASCII
};

}  // namespace weir::ingest
