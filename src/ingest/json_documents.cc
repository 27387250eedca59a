#include "ingest/json_documents.h"

#include <algorithm>
#include <utility>

#include "ingest/raw_reader.h"

namespace weir::ingest {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kBlanks = " \t\r\n";

}  // namespace

Result<std::unique_ptr<JsonDocuments>> JsonDocuments::open(FileSystem& files, const std::string& path,
                                                           const std::string& encoding,
                                                           std::size_t block_bytes) {
  const bool repair =
      !encoding.empty() && !encoding.starts_with("utf");  // JSON is UTF-8 unless somebody says otherwise
  WEIR_TRY(auto source, TextSource::open(files, path, encoding, repair, block_bytes));
  auto documents = std::unique_ptr<JsonDocuments>(new JsonDocuments(path, std::move(source)));
  WEIR_TRY_STATUS(documents->begin());
  return documents;
}

Status JsonDocuments::begin() {
  while (!ended_ && text_.find_first_not_of(kBlanks) == kNone) WEIR_TRY_STATUS(refill());
  const std::size_t first = text_.find_first_not_of(kBlanks);
  if (first == kNone || text_[first] != '[') return {};
  is_array_ = true;
  pass(first);
  array_line_ = line_;
  ++at_;
  return {};
}

Status JsonDocuments::refill() {
  text_.erase(0, at_);
  at_ = 0;
  const std::size_t before = text_.size();
  while (!ended_ && text_.size() < 2 * before + 1) {
    const auto more = source_->read(text_);
    if (!more && text_.size() == before) return fail(more.error());
    if (!more) break;  // told again when all that came before is used up
    ended_ = !*more;
  }
  text_.reserve(text_.size() + kPadding);
  return {};
}

void JsonDocuments::pass(std::size_t to) {
  line_ += std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                      text_.begin() + static_cast<std::ptrdiff_t>(to), '\n');
  at_ = to;
}

JsonDocument JsonDocuments::take(std::size_t end) {
  const std::size_t first = std::min(text_.find_first_not_of(kBlanks, at_), end);
  pass(first);
  JsonDocument document{JsonDocument::Kind::document, {}, line_};
  std::string_view text = std::string_view(text_).substr(first, end - first);
  while (!text.empty() && kBlanks.find(text.back()) != kNone) text.remove_suffix(1);
  document.text = text;
  pass(end);
  return document;
}

Result<JsonDocument> JsonDocuments::next() {
  return is_array_ ? next_element() : next_line();
}

// The text ends before the document does.
Result<JsonDocument> JsonDocuments::starved() {
  if (text_.size() - at_ > kMaxRecordBytes) return too_long();
  return JsonDocument{JsonDocument::Kind::needs_refill, {}, line_};
}

Failure JsonDocuments::too_long() const {
  return fail(Errc::invalid_data,
              "the record that begins in line " + std::to_string(line_) + " of " + path_ +
                  " is longer than " + std::to_string(kMaxRecordBytes) + " bytes",
              Place{path_, static_cast<int>(line_), 0});
}

Result<JsonDocument> JsonDocuments::next_line() {
  const auto is_blank = [](char c) { return kBlanks.find(c) != kNone; };
  for (;;) {
    const std::size_t feed = text_.find('\n', at_);
    if (feed == kNone && !ended_) return starved();
    const std::size_t end = feed == kNone ? text_.size() : feed;
    if (end - at_ > kMaxRecordBytes) return too_long();
    std::string_view text = std::string_view(text_).substr(at_, end - at_);
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    const JsonDocument document{JsonDocument::Kind::document, text, line_};
    at_ = feed == kNone ? end : feed + 1;
    if (feed != kNone) ++line_;
    if (!text.empty()) return document;
    if (feed == kNone) return JsonDocument{};
  }
}

std::size_t JsonDocuments::element_end() const noexcept {
  int depth = 0;
  for (std::size_t at = at_; at < text_.size(); ++at) {
    switch (text_[at]) {
      case '"':
        for (++at; at < text_.size() && text_[at] != '"'; ++at) at += text_[at] == '\\' ? 1U : 0U;
        break;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
        --depth;
        break;
      case ']':
        if (depth <= 0) return at;
        --depth;
        break;
      case ',':
        if (depth <= 0) return at;
        break;
      default:
        break;
    }
  }
  return kNone;
}

Result<JsonDocument> JsonDocuments::next_element() {
  if (array_closed_) {
    while (!ended_ && text_.find_first_not_of(kBlanks, at_) == kNone) WEIR_TRY_STATUS(refill());
    JsonDocument rest = take(text_.size());
    rest.kind = rest.text.empty() ? JsonDocument::Kind::end : JsonDocument::Kind::after_array;
    return rest;
  }
  const std::size_t end = element_end();
  if (end == kNone && !ended_) return starved();
  if (std::min(end, text_.size()) - at_ > kMaxRecordBytes) return too_long();
  if (end == kNone) {
    return fail(
        Errc::invalid_data,
        "the array that begins in line " + std::to_string(array_line_) + " of " + path_ + " does not end",
        Place{path_, static_cast<int>(array_line_), 0});
  }
  JsonDocument document = take(end);
  array_closed_ = text_[end] == ']';
  ++at_;
  const bool is_empty_array = is_first_ && array_closed_ && document.text.empty();
  is_first_ = false;
  if (is_empty_array) return next_element();
  return document;
}

}  // namespace weir::ingest
