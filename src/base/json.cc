#include "base/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace weir {
namespace {

// Length of the well-formed UTF-8 sequence at the front, 0 if there is none (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool fine = first == 0xE0 ? byte(1) >= 0xA0 : first == 0xED ? byte(1) <= 0x9F : true;
    return fine && follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool fine = first == 0xF0 ? byte(1) >= 0x90 : first == 0xF4 ? byte(1) <= 0x8F : true;
    return fine && follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

// Prices and the like: a whole number of hundredths below 100,000. Among so few digits no two numbers share a
// double, and the plain form is the shortest, so that this is what std::to_chars gives. 0: it is no such
// number.
std::size_t write_hundredths(double value, char* to) noexcept {
  const double size = std::fabs(value);
  if (!(size < 100'000)) return 0;
  const auto hundredths = static_cast<std::uint32_t>(size * 100 + 0.5);
  if (hundredths == 0 || static_cast<double>(hundredths) / 100 != size) return 0;
  char* at = to;
  if (value < 0) *at++ = '-';
  at = std::to_chars(at, at + 8, hundredths / 100).ptr;
  const std::uint32_t rest = hundredths % 100;
  if (rest != 0) {
    *at++ = '.';
    *at++ = static_cast<char>('0' + rest / 10);
    if (rest % 10 != 0) *at++ = static_cast<char>('0' + rest % 10);
  }
  return static_cast<std::size_t>(at - to);
}

}  // namespace

std::string json_quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c < 0x20 || c == 0x7F) {
      std::array<char, 8> buffer{};
      std::snprintf(buffer.data(), buffer.size(), "\\u%04x", c);
      out += buffer.data();
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  out += '"';
  return out;
}

std::size_t write_json_number(double value, char* to) noexcept {
  if (value == 0) {
    *to = '0';
    return 1;
  }
  if (const std::size_t size = write_hundredths(value, to); size > 0) return size;
  if (!std::isfinite(value)) {
    std::memcpy(to, "null", 4);
    return 4;
  }
  return static_cast<std::size_t>(std::to_chars(to, to + kNumberRoom, value).ptr - to);
}

std::string json_number(double value) {
  std::array<char, kNumberRoom> buffer;
  return {buffer.data(), write_json_number(value, buffer.data())};
}

void JsonWriter::new_line() {
  if (indent_ == 0) return;
  text_ += '\n';
  text_.append(has_items_.size() * static_cast<std::size_t>(indent_), ' ');
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_items_.empty()) return;
  if (has_items_.back()) text_ += ',';
  has_items_.back() = true;
  new_line();
}

JsonWriter& JsonWriter::open(char bracket) {
  before_value();
  text_ += bracket;
  has_items_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  const bool had_items = has_items_.back();
  has_items_.pop_back();
  if (had_items) new_line();
  text_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  before_value();
  text_ += json_quote(name);
  text_ += indent_ == 0 ? ":" : ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  text_ += json;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  return raw(json_quote(text));
}
JsonWriter& JsonWriter::value(double number) {
  return raw(json_number(number));
}
JsonWriter& JsonWriter::value(std::int64_t number) {
  return raw(std::to_string(number));
}
JsonWriter& JsonWriter::value(bool flag) {
  return raw(flag ? "true" : "false");
}
JsonWriter& JsonWriter::null() {
  return raw("null");
}

}  // namespace weir
