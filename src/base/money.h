// Money is integer minor units with a currency inside the program, decimal strings in major units outside.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

// An ISO 4217 code, three upper-case letters.
class Currency {
 public:
  constexpr Currency() noexcept = default;
  [[nodiscard]] static Result<Currency> parse(std::string_view code);
  [[nodiscard]] std::string_view code() const noexcept { return {letters_.data(), 3}; }
  // Digits after the decimal point: 2 for EUR, 0 for JPY, 3 for KWD.
  [[nodiscard]] int digits() const noexcept;
  friend auto operator<=>(const Currency&, const Currency&) = default;

 private:
  std::array<char, 3> letters_{'E', 'U', 'R'};
};

struct Money {
  std::int64_t minor{0};
  Currency currency;
  friend bool operator==(const Money&, const Money&) = default;
};

// Fails on two currencies and on overflow.
[[nodiscard]] Result<Money> add(Money left, Money right);
// "1234.50" in major units, without a currency sign.
[[nodiscard]] std::string to_text(Money money);
// "1,234.50 EUR" for tables.
[[nodiscard]] std::string to_readable(Money money);
// A decimal text in major units, rounded half away from zero to the currency's digits.
[[nodiscard]] Result<Money> parse_money(std::string_view text, Currency currency);

}  // namespace weir
