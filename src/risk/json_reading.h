// Reads the room's own JSON without exceptions. Private to the room.
#pragma once

#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::risk {

// Fields of an object; the first one that is missing or of another kind is remembered in `missing`.
class JsonFields {
 public:
  explicit JsonFields(const nlohmann::json& object) : object_(object) {}

  [[nodiscard]] double number(const char* name) {
    const nlohmann::json* field = find(name);
    if (field == nullptr || !field->is_number()) return fault(name, 0.0);
    return field->get<double>();
  }
  [[nodiscard]] std::size_t count(const char* name) {
    const nlohmann::json* field = find(name);
    if (field == nullptr || !field->is_number_integer() || field->get<std::int64_t>() < 0)
      return fault(name, std::size_t{0});
    return static_cast<std::size_t>(field->get<std::int64_t>());
  }
  [[nodiscard]] std::string text(const char* name) {
    const nlohmann::json* field = find(name);
    if (field == nullptr || !field->is_string()) return fault(name, std::string());
    return field->get<std::string>();
  }
  [[nodiscard]] std::vector<double> numbers(const char* name) {
    const nlohmann::json* field = find(name);
    if (field == nullptr || !field->is_array()) return fault(name, std::vector<double>());
    std::vector<double> values;
    for (const nlohmann::json& item : *field) {
      if (!item.is_number()) return fault(name, std::vector<double>());
      values.push_back(item.get<double>());
    }
    return values;
  }
  // nullptr when it is no object (no array).
  [[nodiscard]] const nlohmann::json* object(const char* name) {
    const nlohmann::json* field = find(name);
    return field != nullptr && field->is_object() ? field : fault<const nlohmann::json*>(name, nullptr);
  }
  [[nodiscard]] const nlohmann::json* array(const char* name) {
    const nlohmann::json* field = find(name);
    return field != nullptr && field->is_array() ? field : fault<const nlohmann::json*>(name, nullptr);
  }
  [[nodiscard]] const std::optional<std::string>& missing() const noexcept { return missing_; }

 private:
  [[nodiscard]] const nlohmann::json* find(const char* name) const {
    if (!object_.is_object()) return nullptr;
    const auto at = object_.find(name);
    return at == object_.end() ? nullptr : &*at;
  }
  template <typename T>
  T fault(const char* name, T value) {
    if (!missing_) missing_ = name;
    return value;
  }
  const nlohmann::json& object_;
  std::optional<std::string> missing_;
};

}  // namespace weir::risk
