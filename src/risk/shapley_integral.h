// Shapley values of a product game, which is what one leaf of a tree is.
#pragma once

#include <cstddef>
#include <span>

namespace weir::risk {

struct IntegralTerm {
  double cover_share{0};  // the factor while the column is unknown, in (0, 1]
  bool goes_on{false};    // the factor once it is known: 1 or 0
};

inline constexpr std::size_t kMaxIntegralTerms = 32;

// shares[j] = value x the Shapley value of player j in the game v(S) = product over S of [goes_on] x product over the others of
// cover_share. The weight of a subset, |S|! (n - 1 - |S|)! / n!, is the integral of t^|S| (1 - t)^(n - 1 - |S|) over [0, 1] (Owen 1972,
// multilinear extensions), so that
//   shares[j] = value x (goes_on_j - cover_share_j) x integral over t of the product over i != j of (1 - t) cover_share_i + t goes_on_i:
// a polynomial of degree n - 1 >= 0, which Gauss and Legendre's rule with ceil(n / 2) points integrates exactly; all of its terms are
// positive, so nothing cancels. O(n^2). At most kMaxIntegralTerms terms; shares.size() >= terms.size().
void shapley_shares(std::span<const IntegralTerm> terms, double value, std::span<double> shares) noexcept;

}  // namespace weir::risk
