#include "engine/rates.h"

#include <sstream>
#include <vector>

namespace weir::engine {
namespace {

constexpr std::int64_t kOne = 1'000'000'000;

// "1.0837" in billionths; more than zero, at most 9 decimals and 9 digits before them.
std::optional<std::int64_t> billionths(const std::string& text) {
  std::int64_t value = 0;
  int decimals = -1;
  int digits = 0;
  for (const char c : text) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
    } else if (c >= '0' && c <= '9' && digits < 18 && decimals < 9) {
      value = value * 10 + (c - '0');
      ++digits;
      if (decimals >= 0) ++decimals;
    } else {
      return std::nullopt;
    }
  }
  for (int i = decimals < 0 ? 0 : decimals; i < 9; ++i) {
    if (__builtin_mul_overflow(value, std::int64_t{10}, &value)) return std::nullopt;
  }
  return value > 0 ? std::optional(value) : std::nullopt;
}

std::vector<std::string> cells(std::string line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  std::vector<std::string> parts;
  std::stringstream stream(line);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

std::int64_t power_of_ten(int exponent) noexcept {
  std::int64_t value = 1;
  for (int i = 0; i < exponent; ++i) value *= 10;
  return value;
}

}  // namespace

Result<Rates> Rates::load(FileSystem& files, const workspace::Definitions& definitions) {
  Rates rates;
  rates.base_ = definitions.currency;
  if (definitions.rates.empty()) return rates;
  const auto text = files.read_file(join_path(definitions.directory, definitions.rates));
  if (!text.has_value())
    return fail(Errc::configuration, "the rates cannot be read: " + text.error().message,
                definitions.rates_place);
  std::stringstream lines(*text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line == "\r") continue;
    const auto parts = cells(line);
    const Place place{definitions.rates, number, 0};
    if (number == 1) {
      if (parts == std::vector<std::string>{"date", "currency", "rate"}) continue;
      return fail(Errc::configuration, "expected the header date,currency,rate", place);
    }
    if (parts.size() != 3)
      return fail(Errc::configuration, "expected three cells: date,currency,rate", place);
    const auto day = parse_date(parts[0]);
    const auto currency = Currency::parse(parts[1]);
    const auto rate = billionths(parts[2]);
    if (!day || !currency || !rate) {
      return fail(Errc::configuration,
                  "expected a date like 2026-03-01, a currency like USD and a rate like 0.9215 above zero",
                  place);
    }
    rates.billionths_[*currency][*day] = *rate;
  }
  return rates;
}

std::optional<std::int64_t> Rates::to_base_minor(std::int64_t minor, const Currency& currency,
                                                 Date day) const {
  if (currency == base_) return minor;
  const auto found = billionths_.find(currency);
  if (found == billionths_.end()) return std::nullopt;
  auto rate = found->second.upper_bound(day);
  if (rate == found->second.begin()) return std::nullopt;
  --rate;
  __extension__ using Wide = __int128;
  const Wide numerator = static_cast<Wide>(minor) * rate->second * power_of_ten(base_.digits());
  const Wide divisor = static_cast<Wide>(kOne) * power_of_ten(currency.digits());
  const Wide half = numerator < 0 ? -divisor / 2 : divisor / 2;
  const Wide rounded = (numerator + half) / divisor;
  if (rounded > INT64_MAX || rounded < INT64_MIN) return std::nullopt;
  return static_cast<std::int64_t>(rounded);
}

}  // namespace weir::engine
