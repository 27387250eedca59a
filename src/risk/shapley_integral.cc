#include "risk/shapley_integral.h"

#include <array>
#include <utility>

namespace weir::risk {
namespace {

constexpr std::size_t kMostPoints = kMaxIntegralTerms / 2;

// Legendre's polynomials of degree n - 1 and n at x.
std::pair<double, double> legendre(std::size_t n, double x) {
  double before = 1;
  double value = x;
  for (std::size_t k = 2; k <= n; ++k) {
    const auto degree = static_cast<double>(k);
    before = std::exchange(value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree);
  }
  return {before, value};
}

// The root between low and high, where the signs of the polynomial differ.
double root_between(std::size_t n, double low, double high) {
  const bool rises = legendre(n, high).second > 0;
  for (int step = 0; step < 100; ++step) {
    const double middle = low + (high - low) / 2;
    ((legendre(n, middle).second > 0) == rises ? high : low) = middle;
  }
  return low + (high - low) / 2;
}

struct Rule {
  std::array<double, kMostPoints> known{}, unknown{}, weight{};  // t, 1 - t, and the weight of the point; [0, 1]
};

// rules[n] has n points. Between two roots of one degree lies one of the next. Only + - x /: the same bits everywhere.
std::array<Rule, kMostPoints + 1> make_rules() {
  std::array<Rule, kMostPoints + 1> rules{};
  std::array<double, kMostPoints + 2> bounds{-1, 1};
  for (std::size_t n = 1; n <= kMostPoints; ++n) {
    std::array<double, kMostPoints + 2> roots{-1};
    for (std::size_t i = 0; i < n; ++i) {
      const double x = root_between(n, bounds[i], bounds[i + 1]);
      const auto [before, value] = legendre(n, x);
      const double slope = static_cast<double>(n) * (x * value - before) / (x * x - 1);
      roots[i + 1] = x;
      rules[n].known[i] = (1 + x) / 2;
      rules[n].unknown[i] = (1 - x) / 2;
      rules[n].weight[i] = 1 / ((1 - x * x) * slope * slope);
    }
    roots[n + 1] = 1;
    bounds = roots;
  }
  return rules;
}

const Rule& rule_of(std::size_t points) {
  static const std::array<Rule, kMostPoints + 1> rules = make_rules();
  return rules[points];
}

// The product without a factor: the product of those before times that of those behind.
template <std::size_t kPoints>
void integrate(std::span<const IntegralTerm> terms, double value, double* shares) noexcept {
  const Rule& rule = rule_of(kPoints);
  std::array<std::array<double, kPoints>, 2 * kPoints> factors;
  std::array<std::array<double, kPoints>, 2 * kPoints> before;
  std::array<double, kPoints> running;
  for (std::size_t q = 0; q < kPoints; ++q) running[q] = value * rule.weight[q];
  for (std::size_t j = 0; j < terms.size(); ++j) {
    const double of_known = terms[j].goes_on ? 1 : 0;
    before[j] = running;
    for (std::size_t q = 0; q < kPoints; ++q) {
      factors[j][q] = terms[j].cover_share * rule.unknown[q] + of_known * rule.known[q];
      running[q] *= factors[j][q];
    }
  }
  running.fill(1);
  for (std::size_t j = terms.size(); j-- > 0;) {
    double sum = 0;
    for (std::size_t q = 0; q < kPoints; ++q) {
      sum += before[j][q] * running[q];
      running[q] *= factors[j][q];
    }
    shares[j] = ((terms[j].goes_on ? 1 : 0) - terms[j].cover_share) * sum;
  }
}

using Integrate = void (*)(std::span<const IntegralTerm>, double, double*) noexcept;
template <std::size_t... kPoints>
constexpr std::array<Integrate, sizeof...(kPoints)> all_of(std::index_sequence<kPoints...> /*0 ...*/) {
  return {&integrate<kPoints + 1>...};
}

}  // namespace

void shapley_shares(std::span<const IntegralTerm> terms, double value, std::span<double> shares) noexcept {
  static constexpr auto kIntegrate = all_of(std::make_index_sequence<kMostPoints>());
  if (terms.empty()) return;
  kIntegrate[(terms.size() + 1) / 2 - 1](terms, value, shares.data());
}

}  // namespace weir::risk
