// Writes JSON with a fixed order and form, so that equal answers are equal bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// The text as a JSON string literal, quotes included. Bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string json_quote(std::string_view text);

// A number in its shortest form that reads back as the same double; null for what JSON cannot say (nan, inf).
[[nodiscard]] std::string json_number(double value);
// The same into memory of the caller; gives the text's size.
inline constexpr std::size_t kNumberRoom = 40;
[[nodiscard]] std::size_t write_json_number(double value, char* to) noexcept;

// A streaming writer: begin_object / key / value / end_object. `indent` 0 gives one line.
class JsonWriter {
 public:
  explicit JsonWriter(int indent = 2) : indent_(indent) {}
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(bool flag);
  JsonWriter& null();
  template <typename T>
  JsonWriter& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  // Text that already is JSON.
  JsonWriter& raw(std::string_view json);
  template <typename T>
  JsonWriter& field(std::string_view name, const T& content) {
    key(name);
    return value(content);
  }
  // null where there is no text.
  JsonWriter& text_or_null(std::string_view name, std::string_view text) {
    key(name);
    return text.empty() ? null() : value(text);
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void before_value();
  void new_line();
  int indent_;
  std::string text_;
  std::vector<bool> has_items_;  // per open bracket
  bool after_key_{false};
};

}  // namespace weir
