// Fields of JSON that came from outside, as Results. Private to the room.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace weir::risk {

using Json = nlohmann::json;

inline Failure wrong_field(const std::string& name, const char* expected) {
  return fail(Errc::invalid_data, "the model's field '" + name + "' is missing or not " + expected);
}

[[nodiscard]] inline const Json* find_field(const Json& object, const char* name) {
  if (!object.is_object()) {
    return nullptr;
  }
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

[[nodiscard]] inline Result<const Json*> array_field(const Json& object, const char* name) {
  const Json* field = find_field(object, name);
  if (field == nullptr || !field->is_array()) {
    return wrong_field(name, "an array");
  }
  return field;
}

[[nodiscard]] inline Result<double> as_number(const Json& value, const char* name) {
  if (!value.is_number() || !std::isfinite(value.get<double>())) {
    return wrong_field(name, "a number");
  }
  return value.get<double>();
}

[[nodiscard]] inline Result<float> as_float(const Json& value, const char* name) {
  WEIR_TRY(const double number, as_number(value, name));
  if (std::abs(number) > static_cast<double>(std::numeric_limits<float>::max())) {
    return wrong_field(name, "a number of single precision");
  }
  return static_cast<float>(number);
}

[[nodiscard]] inline Result<std::uint32_t> as_index(const Json& value, const char* name) {
  if (!value.is_number_integer() || (!value.is_number_unsigned() && value.get<std::int64_t>() < 0) ||
      value.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) {
    return wrong_field(name, "a whole number from 0 to 4294967295");
  }
  return static_cast<std::uint32_t>(value.get<std::uint64_t>());
}

// XGBoost writes flags as 0 and 1 or as booleans.
[[nodiscard]] inline Result<bool> as_flag(const Json& value, const char* name) {
  if (value.is_boolean()) {
    return value.get<bool>();
  }
  WEIR_TRY(const std::uint32_t number, as_index(value, name));
  if (number > 1) {
    return wrong_field(name, "true or false");
  }
  return number == 1;
}

[[nodiscard]] inline Result<std::string> text_field(const Json& object, const char* name) {
  const Json* field = find_field(object, name);
  if (field == nullptr || !field->is_string()) {
    return wrong_field(name, "a text");
  }
  return field->get<std::string>();
}

[[nodiscard]] inline Result<double> number_field(const Json& object, const char* name) {
  const Json* field = find_field(object, name);
  if (field == nullptr) {
    return wrong_field(name, "a number");
  }
  return as_number(*field, name);
}

[[nodiscard]] inline Result<std::uint32_t> index_field(const Json& object, const char* name) {
  const Json* field = find_field(object, name);
  if (field == nullptr) {
    return wrong_field(name, "a whole number");
  }
  return as_index(*field, name);
}

[[nodiscard]] inline Result<std::vector<double>> numbers_field(const Json& object, const char* name) {
  WEIR_TRY(const Json* array, array_field(object, name));
  std::vector<double> numbers;
  numbers.reserve(array->size());
  for (const Json& value : *array) {
    WEIR_TRY(const double number, as_number(value, name));
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace weir::risk
