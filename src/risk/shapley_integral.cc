#include "risk/shapley_integral.h"

#include <array>
#include <utility>

namespace weir::risk {
namespace {

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
  std::array<double, kMostPoints> known{}, unknown{},
      weight{};  // t, 1 - t, and the weight of the point; [0, 1]
};

// rules[n] has n points. Between two roots of one degree lies one of the next. Only + - x /: the same bits
// everywhere.
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

std::size_t points_of(const LeafGame& game) noexcept {
  return (game.term_count + 1) / 2;
}

double factor_of(const LeafGame& game, std::size_t j, bool bit, const Rule& rule, std::size_t q) noexcept {
  return game.cover_share[j] * rule.unknown[q] + (bit ? 1.0 : 0.0) * rule.known[q];
}

double share_of(const LeafGame& game, std::size_t j, bool bit, double factor) noexcept {
  return ((bit ? 1.0 : 0.0) - game.cover_share[j]) / factor;
}

template <std::size_t kPoints>
void values_of(const LeafGame& game, std::uint32_t bits, double* values) noexcept {
  const Rule& rule = rule_of(kPoints);
  std::array<std::array<double, kPoints>, 2 * kPoints>
      shares;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as far as read
  std::array<double, kPoints> product{};
  for (std::size_t q = 0; q < kPoints; ++q) product[q] = game.value * rule.weight[q];
  for (std::size_t j = 0; j < game.term_count; ++j) {
    const bool bit = (bits >> j & 1U) != 0;
    for (std::size_t q = 0; q < kPoints; ++q) {
      const double factor = factor_of(game, j, bit, rule, q);
      product[q] *= factor;
      shares[j][q] = share_of(game, j, bit, factor);
    }
  }
  for (std::size_t j = 0; j < game.term_count; ++j) {
    double sum = product[0] * shares[j][0];
    for (std::size_t q = 1; q < kPoints; ++q) sum += product[q] * shares[j][q];
    values[j] = sum;
  }
}

using Values = void (*)(const LeafGame&, std::uint32_t, double*) noexcept;
template <std::size_t... kIndex>
constexpr std::array<Values, sizeof...(kIndex)> values_by_points(std::index_sequence<kIndex...> /*0 ...*/) {
  return {&values_of<kIndex + 1>...};
}

}  // namespace

void shapley_values(const LeafGame& game, std::uint32_t bits, double* values) noexcept {
  static constexpr auto kValues = values_by_points(std::make_index_sequence<kMostPoints>());
  if (game.term_count > 0) kValues[points_of(game) - 1](game, bits, values);
}

void assign_factors(const LeafGame& game, LeafFactors& factors) noexcept {
  factors.term_count = game.term_count;
  factors.point_count = points_of(game);
  const Rule& rule = rule_of(factors.point_count);
  for (std::size_t q = 0; q < factors.point_count; ++q) {
    factors.start[q] = game.value * rule.weight[q];
    for (std::size_t j = 0; j < game.term_count; ++j) {
      for (const bool bit : {false, true}) {
        const double factor = factor_of(game, j, bit, rule, q);
        factors.factors[j][bit ? 1 : 0][q] = factor;
        factors.shares[j][bit ? 1 : 0][q] = share_of(game, j, bit, factor);
      }
    }
  }
}

}  // namespace weir::risk
