// Ridge logistic regression.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "risk/encoder.h"
#include "risk/logistic.h"

namespace weir::risk {

// Minimises sum_i weight_i log_loss_i + penalty / 2 * sum_j w_j^2 (Hoerl & Kennard 1970; le Cessie & van
// Houwelingen 1992); the intercept is not penalised. Newton's method with Cholesky; a Hessian is kept as long
// as its steps converge fast. Sums run in a fixed order: the bits do not depend on `threads`.
struct LogisticOptions {
  double penalty{10};  // > 0
  int threads{1};
};

// `weight` may be empty (all 1). `start`, if given, is a model near the answer with as many columns.
// Fails when all rows have one outcome.
[[nodiscard]] Result<Logistic> fit_logistic(const LinearRows& rows, std::span<const std::uint8_t> outcome,
                                            std::span<const double> weight, const LogisticOptions& options,
                                            const Logistic* start = nullptr);

struct ChosenPenalty {
  double penalty{0};
  Logistic model;  // fitted with it on the rows before the inner period: near the one on all rows
};

// The penalty of `grid` with the smallest log-loss on the rows with inner_validation 1 after fitting on those
// with 0; the larger one of two equals. Fails when one of the two sides has one outcome only.
[[nodiscard]] Result<ChosenPenalty> choose_penalty(const LinearRows& rows,
                                                   std::span<const std::uint8_t> outcome,
                                                   std::span<const double> weight,
                                                   std::span<const std::uint8_t> inner_validation,
                                                   std::span<const double> grid, int threads);

}  // namespace weir::risk
