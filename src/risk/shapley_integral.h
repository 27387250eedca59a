// Shapley values of a product game, which is what one leaf of a tree is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::risk {

inline constexpr std::size_t kMostTerms = 32;
inline constexpr std::size_t kMostPoints = kMostTerms / 2;
inline constexpr std::size_t kMostTableTerms = 20;

// Players j < n, each with its bit in a pattern. The game gives v(S) = value x product over S of bit_j x
// product over the others of cover_share_j, in (0, 1]. The weight of a subset, |S|! (n - 1 - |S|)! / n!, is
// the integral of t^|S| (1 - t)^(n - 1 - |S|) over [0, 1] (Owen 1972, multilinear extensions), so that the
// Shapley value is
//   value x (bit_j - cover_share_j) x integral over t of the product over i != j of (1 - t) cover_share_i + t
//   bit_i:
// a polynomial of degree n - 1, which Gauss and Legendre's rule with ceil(n / 2) points integrates exactly.
// Products and weights are positive, so nothing cancels.
struct LeafGame {
  std::size_t term_count{0};  // n, at most kMostTerms
  double value{0};
  std::array<double, kMostTerms> cover_share{};
};

// values[j] of one pattern, bit j of `bits`. O(n^2).
void shapley_values(const LeafGame& game, std::uint32_t bits, double* values) noexcept;

// What a table over all patterns is made of: at point q, factors[j][bit][q] is that of player j, and the
// product of all factors times start[q] times shares[j][bit][q] = (bit - cover_share) / factor is the term of
// its integral. Same operations, same bits.
struct LeafFactors {
  std::size_t term_count{0}, point_count{0};
  std::array<double, kMostPoints> start{};
  std::array<std::array<std::array<double, kMostPoints>, 2>, kMostTableTerms> factors{}, shares{};
};
// game.term_count <= kMostTableTerms.
void assign_factors(const LeafGame& game, LeafFactors& factors) noexcept;

}  // namespace weir::risk
