// Whole numbers out of JSON that came from outside. nlohmann's own conversion takes any number: it cuts
// fractions off and is undefined for what does not fit. For readers that catch what nlohmann throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace weir {

// Throws std::invalid_argument unless `node` is a whole number, written as one, that fits into T.
template <typename T>
[[nodiscard]] T whole_number(const nlohmann::json& node) {
  if (!node.is_number_integer()) throw std::invalid_argument("a whole number");
  const bool fits = node.is_number_unsigned() ? std::in_range<T>(node.get<std::uint64_t>())
                                              : std::in_range<T>(node.get<std::int64_t>());
  if (!fits) throw std::invalid_argument("a number in range");
  return node.get<T>();
}

// A count, as JsonWriter writes it: from 0 to the greatest 64-bit number with a sign.
[[nodiscard]] inline std::size_t counted(const nlohmann::json& node) {
  const auto number = whole_number<std::int64_t>(node);
  if (number < 0) throw std::invalid_argument("a count");
  return static_cast<std::size_t>(number);
}

}  // namespace weir
