#include "base/money.h"

#include <algorithm>
#include <limits>

namespace weir {

Result<Currency> Currency::parse(std::string_view code) {
  Currency currency;
  if (code.size() != 3 ||
      !std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return fail(Errc::invalid_data, "a currency is an ISO 4217 code of three capital letters, such as EUR");
  }
  std::copy(code.begin(), code.end(), currency.letters_.begin());
  return currency;
}

int Currency::digits() const noexcept {
  static constexpr std::array<std::string_view, 14> kNone{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF",
                                                          "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF"};
  static constexpr std::array<std::string_view, 7> kThree{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  if (std::find(kNone.begin(), kNone.end(), code()) != kNone.end()) return 0;
  if (std::find(kThree.begin(), kThree.end(), code()) != kThree.end()) return 3;
  return 2;
}

Result<Money> add(Money left, Money right) {
  if (left.currency != right.currency) {
    return fail(Errc::invalid_argument, "amounts in " + std::string(left.currency.code()) + " and " +
                                            std::string(right.currency.code()) +
                                            " cannot be added without a rate");
  }
  Money sum{0, left.currency};
  if (__builtin_add_overflow(left.minor, right.minor, &sum.minor)) {
    return fail(Errc::out_of_range, "the sum of two amounts does not fit into 64 bits of minor units");
  }
  return sum;
}

std::string to_text(Money money) {
  const int digits = money.currency.digits();
  const bool negative = money.minor < 0;
  const auto minor = static_cast<std::uint64_t>(money.minor);
  std::string text = std::to_string(negative ? 0 - minor : minor);
  if (digits > 0) {
    const auto places = static_cast<std::size_t>(digits);
    if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
    text.insert(text.size() - places, ".");
  }
  return negative ? "-" + text : text;
}

std::string to_readable(Money money) {
  std::string text = to_text(money);
  const std::size_t first = text.front() == '-' ? 1 : 0;
  std::size_t at = std::min(text.find('.'), text.size());
  while (at > first + 3) text.insert(at -= 3, ",");
  return text + " " + std::string(money.currency.code());
}

Result<Money> parse_money(std::string_view text, Currency currency) {
  const auto bad = [&] {
    return fail(Errc::invalid_data, "'" + std::string(text.substr(0, 40)) + "' is no decimal amount");
  };
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative || (!rest.empty() && rest.front() == '+')) rest.remove_prefix(1);
  std::int64_t minor = 0;
  int decimals = -1;  // -1 before the point
  bool round_up = false;
  bool any = false;
  for (const char c : rest) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9') return bad();
    any = true;
    if (decimals >= currency.digits()) {
      if (decimals == currency.digits()) round_up = c >= '5';
      ++decimals;
      continue;
    }
    if (__builtin_mul_overflow(minor, std::int64_t{10}, &minor) ||
        __builtin_add_overflow(minor, std::int64_t{c - '0'}, &minor)) {
      return fail(Errc::out_of_range, "the amount does not fit into 64 bits of minor units");
    }
    if (decimals >= 0) ++decimals;
  }
  if (!any) return bad();
  for (int i = std::max(decimals, 0); i < currency.digits(); ++i) {
    if (__builtin_mul_overflow(minor, std::int64_t{10}, &minor)) {
      return fail(Errc::out_of_range, "the amount does not fit into 64 bits of minor units");
    }
  }
  if (round_up) ++minor;
  return Money{negative ? -minor : minor, currency};
}

}  // namespace weir
