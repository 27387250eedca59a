// Cuts a text file into JSON documents: its lines, or the elements of a top-level array. Room-internal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.h"
#include "base/result.h"
#include "ingest/text_source.h"

namespace weir::ingest {

struct JsonDocument {
  enum class Kind : std::uint8_t {
    document,
    needs_refill,  // call refill(); texts given before become invalid
    end,
    after_array,  // the text behind the array's end, which should be none
  };
  Kind kind{Kind::end};
  std::string_view text;  // trimmed; readable for kPadding bytes beyond its end
  std::int64_t line{0};   // where the text begins
};

class JsonDocuments {
 public:
  static constexpr std::size_t kPadding = 64;
  [[nodiscard]] static Result<std::unique_ptr<JsonDocuments>> open(FileSystem& files, const std::string& path,
                                                                   const std::string& encoding,
                                                                   std::size_t block_bytes);
  // The next document. An error: an array that breaks off, or a document beyond kMaxRecordBytes.
  [[nodiscard]] Result<JsonDocument> next();
  [[nodiscard]] Status refill();
  [[nodiscard]] const TextSource& source() const noexcept { return *source_; }

 private:
  JsonDocuments(std::string path, std::unique_ptr<TextSource> source) noexcept
      : path_(std::move(path)), source_(std::move(source)) {}
  [[nodiscard]] Status begin();
  [[nodiscard]] Result<JsonDocument> next_line();
  [[nodiscard]] Result<JsonDocument> next_element();
  [[nodiscard]] Result<JsonDocument> starved();
  [[nodiscard]] Failure too_long() const;
  // Where the element that begins at at_ ends: a comma or the closing bracket at its own level; npos: not in
  // sight.
  [[nodiscard]] std::size_t element_end() const noexcept;
  JsonDocument take(std::size_t end);
  void pass(std::size_t to);

  std::string path_;
  std::unique_ptr<TextSource> source_;
  std::string text_;
  std::size_t at_{0};
  std::int64_t line_{1};  // of text_[at_]
  bool ended_{false};
  bool is_array_{false};
  bool is_first_{true};  // no element was given yet
  bool array_closed_{false};
  std::int64_t array_line_{1};
};

}  // namespace weir::ingest
