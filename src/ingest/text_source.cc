#include "ingest/text_source.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/ascii.h"

namespace weir::ingest {
namespace {

constexpr std::size_t kDetectionBytes = 4096;

// Code points of 0x80..0x9F in windows-1252; the five unassigned bytes keep their own number, as browsers do.
constexpr std::array<std::uint16_t, 32> kHigh1252{
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

void append_code_point(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0U | (code >> 6U));
    byte(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    byte(0xE0U | (code >> 12U));
    byte(0x80U | ((code >> 6U) & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  } else {
    byte(0xF0U | (code >> 18U));
    byte(0x80U | ((code >> 12U) & 0x3FU));
    byte(0x80U | ((code >> 6U) & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  }
}

void append_1252(std::string& out, unsigned char byte) {
  append_code_point(out, byte >= 0x80 && byte < 0xA0 ? kHigh1252[byte - 0x80U] : byte);
}

// Length that the lead byte promises; 0 for a byte that cannot lead.
std::size_t promised_length(unsigned char lead) noexcept {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

// Bytes at the end that may be the beginning of a longer sequence.
std::size_t open_tail(std::string_view text) noexcept {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0U) == 0x80) continue;
    return promised_length(byte) > back ? back : 0;
  }
  return 0;
}

// UTF-16 without a mark: mostly ASCII, so one byte of each pair is zero.
std::optional<Encoding> looks_like_utf_16(std::string_view raw) noexcept {
  const std::size_t pairs = std::min(raw.size(), kDetectionBytes) / 2;
  std::size_t first_zero = 0;
  std::size_t second_zero = 0;
  for (std::size_t i = 0; i < pairs; ++i) {
    first_zero += raw[2 * i] == '\0' ? 1U : 0U;
    second_zero += raw[2 * i + 1] == '\0' ? 1U : 0U;
  }
  if (pairs < 2) return std::nullopt;
  if (second_zero * 10 >= pairs * 7 && first_zero * 10 <= pairs) return Encoding::utf_16_le;
  if (first_zero * 10 >= pairs * 7 && second_zero * 10 <= pairs) return Encoding::utf_16_be;
  return std::nullopt;
}

}  // namespace

const char* to_text(Encoding encoding) noexcept {
  switch (encoding) {
    case Encoding::utf_8:
      return "utf-8";
    case Encoding::windows_1252:
      return "windows-1252";
    case Encoding::utf_16_le:
      return "utf-16le";
    case Encoding::utf_16_be:
      return "utf-16be";
  }
  return "utf-8";
}

Result<std::unique_ptr<TextSource>> TextSource::open(FileSystem& files, const std::string& path,
                                                     const std::string& encoding, bool repair,
                                                     std::size_t block_bytes) {
  static constexpr std::array kKnown =
      std::to_array<std::string_view>({"", "utf-8", "utf8", "latin-1", "latin1", "iso-8859-1", "windows-1252",
                                       "cp1252", "utf-16", "utf-16le", "utf-16be"});
  if (std::find(kKnown.begin(), kKnown.end(), encoding) == kKnown.end()) {
    return fail(Errc::configuration,
                "the encoding '" + encoding + "' is not known; use utf-8, latin-1, windows-1252 or utf-16");
  }
  auto source = std::unique_ptr<TextSource>(new TextSource());
  source->path_ = path;
  source->block_bytes_ = std::max<std::size_t>(block_bytes, 1);
  source->repair_ = repair;
  WEIR_TRY(source->file_, PackedFile::open(files, path));
  while (!source->ended_ && source->raw_.size() < kDetectionBytes) {
    const Status filled = source->fill();
    if (!filled && source->raw_.empty()) return fail(filled.error());
    if (!filled) break;  // told by read(), after what came before the damage
  }
  source->detect(encoding);
  return source;
}

Status TextSource::fill() {
  const std::size_t before = raw_.size();
  raw_.resize(before + block_bytes_);
  const auto count = file_->read(raw_.data() + before, block_bytes_);
  raw_.resize(before + (count ? *count : 0));
  if (!count) return fail(count.error());
  ended_ = *count == 0;
  return {};
}

void TextSource::detect(const std::string& declared) {
  const std::string_view raw = raw_;
  const bool any_16 = declared.empty() || declared == "utf-16";
  if (declared.starts_with("latin") || declared == "iso-8859-1" || declared == "windows-1252" ||
      declared == "cp1252") {
    encoding_ = Encoding::windows_1252;
  } else if (raw.starts_with("\xEF\xBB\xBF") && !declared.starts_with("utf-16")) {
    raw_.erase(0, 3);
  } else if ((any_16 || declared == "utf-16le") && raw.starts_with("\xFF\xFE")) {
    encoding_ = Encoding::utf_16_le;
    raw_.erase(0, 2);
  } else if ((any_16 || declared == "utf-16be") && raw.starts_with("\xFE\xFF")) {
    encoding_ = Encoding::utf_16_be;
    raw_.erase(0, 2);
  } else if (declared == "utf-16be") {
    encoding_ = Encoding::utf_16_be;
  } else if (declared.starts_with("utf-16")) {
    encoding_ = looks_like_utf_16(raw).value_or(Encoding::utf_16_le);
  } else if (declared.empty()) {
    encoding_ = looks_like_utf_16(raw).value_or(Encoding::utf_8);
  }
}

Result<bool> TextSource::read(std::string& out) {
  const std::size_t before = out.size();
  if (!raw_.empty()) decode(out);  // what detection has read
  while (out.size() == before && !ended_) {
    if (encoding_ == Encoding::utf_8 && raw_.empty()) {
      WEIR_TRY_STATUS(fill_in_place(out));
    } else {
      WEIR_TRY_STATUS(fill());
      decode(out);
    }
  }
  return out.size() > before;
}

// The usual block is UTF-8 as it stands, and is read where it belongs.
Status TextSource::fill_in_place(std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + block_bytes_);
  const auto count = file_->read(out.data() + before, block_bytes_);
  out.resize(before + (count ? *count : 0));
  if (!count) return fail(count.error());
  ended_ = *count == 0;
  const std::string_view got = std::string_view(out).substr(before);
  const std::string_view whole = got.substr(0, got.size() - open_tail(got));
  const bool is_good = !repair_ || simdjson::validate_utf8(whole.data(), whole.size());
  if (is_good && !saw_utf_8_) saw_utf_8_ = !is_ascii(whole);
  const std::size_t kept = is_good ? whole.size() : 0;
  raw_.assign(got.substr(kept));
  out.resize(before + kept);
  if (!is_good) decode(out);
  return {};
}

void TextSource::decode(std::string& out) {
  switch (encoding_) {
    case Encoding::utf_8:
      return decode_utf_8(out);
    case Encoding::windows_1252:
      if (is_ascii(raw_)) {
        out += raw_;
      } else {
        for (const char c : raw_) append_1252(out, static_cast<unsigned char>(c));
      }
      raw_.clear();
      return;
    case Encoding::utf_16_le:
    case Encoding::utf_16_be:
      return decode_utf_16(out);
  }
}

void TextSource::decode_utf_8(std::string& out) {
  const std::size_t whole = raw_.size() - (ended_ ? 0 : open_tail(raw_));
  const std::string_view text = std::string_view(raw_).substr(0, whole);
  if (!repair_ || simdjson::validate_utf8(text.data(), text.size())) {
    if (!saw_utf_8_) saw_utf_8_ = !is_ascii(text);
    out += text;
    raw_.erase(0, whole);
    return;
  }
  std::size_t at = 0;
  while (at < whole && encoding_ == Encoding::utf_8) {
    const std::size_t length = promised_length(static_cast<unsigned char>(raw_[at]));
    if (length > 0 && at + length <= whole && simdjson::validate_utf8(raw_.data() + at, length)) {
      out.append(raw_, at, length);
      saw_utf_8_ = saw_utf_8_ || length > 1;
      at += length;
    } else {
      at = repair_utf_8(out, at);
    }
  }
  raw_.erase(0, at);
  if (encoding_ != Encoding::utf_8) decode(out);
}

std::size_t TextSource::repair_utf_8(std::string& out, std::size_t at) {
  if (!saw_utf_8_) {
    encoding_ = Encoding::windows_1252;
    return at;
  }
  ++repaired_bytes_;
  append_1252(out, static_cast<unsigned char>(raw_[at]));
  return at + 1;
}

void TextSource::decode_utf_16(std::string& out) {
  const std::size_t high = encoding_ == Encoding::utf_16_be ? 0 : 1;
  const auto unit = [&](std::size_t at) {
    return static_cast<std::uint32_t>((static_cast<unsigned char>(raw_[at + high]) << 8U) |
                                      static_cast<unsigned char>(raw_[at + 1 - high]));
  };
  std::size_t at = 0;
  while (at + 2 <= raw_.size()) {
    const std::uint32_t code = unit(at);
    if (code < 0xD800 || code > 0xDFFF) {
      append_code_point(out, code);
      at += 2;
      continue;
    }
    if (code < 0xDC00 && at + 4 > raw_.size() && !ended_) break;
    const std::uint32_t low = code < 0xDC00 && at + 4 <= raw_.size() ? unit(at + 2) : 0;
    const bool pair = low >= 0xDC00 && low <= 0xDFFF;
    append_code_point(out, pair ? 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00) : 0xFFFD);
    repaired_bytes_ += pair ? 0 : 2;
    at += pair ? 4 : 2;
  }
  raw_.erase(0, at);
  if (ended_ && !raw_.empty()) {
    append_code_point(out, 0xFFFD);
    raw_.clear();
  }
}

}  // namespace weir::ingest
