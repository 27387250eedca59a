// The linear half of a risk model. Pure.
#pragma once

#include <span>
#include <vector>

namespace weir::risk {

// log-odds(x) = intercept + sum of weights[j] * x[j] over the columns of the encoder's linear view.
struct Logistic {
  double intercept{0};
  std::vector<double> weights;
  std::vector<double>
      centers;        // mean of each column over the training rows: contributions are measured from here
  double penalty{0};  // ridge penalty it was fitted with
};

// Both need row.size() == weights.size().
[[nodiscard]] double logistic_margin(const Logistic& model, std::span<const double> row) noexcept;

// The margin of the average training row: the part of every margin that no feature explains.
[[nodiscard]] double logistic_expected(const Logistic& model) noexcept;
// out[j] += share * weights[j] * (row[j] - centers[j]). With share 1 the sum is margin - expected.
void add_logistic_contributions(const Logistic& model, std::span<const double> row, double share,
                                std::span<double> out) noexcept;

// log(1 + exp(-margin)) for outcome 1, log(1 + exp(margin)) for outcome 0: the log-loss of one row.
[[nodiscard]] double log_loss_of(double margin, bool outcome) noexcept;

}  // namespace weir::risk
