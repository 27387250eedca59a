#include "risk/logistic.h"

#include <cstddef>

#include "base/fixed_math.h"

namespace weir::risk {

double logistic_margin(const Logistic& model, std::span<const double> row) noexcept {
  double sum = model.intercept;
  for (std::size_t j = 0; j < row.size(); ++j) {
    sum += model.weights[j] * row[j];
  }
  return sum;
}

double logistic_expected(const Logistic& model) noexcept {
  return logistic_margin(model, model.centers);
}

void add_logistic_contributions(const Logistic& model, std::span<const double> row, double share,
                                std::span<double> out) noexcept {
  for (std::size_t j = 0; j < row.size(); ++j) {
    out[j] += share * model.weights[j] * (row[j] - model.centers[j]);
  }
}

double log_loss_of(double margin, bool outcome) noexcept {
  const double wrong = outcome ? -margin : margin;
  return (wrong > 0 ? wrong : 0) + fixed_math::log1p(fixed_math::exp(wrong > 0 ? -wrong : wrong));
}

}  // namespace weir::risk
