#include "risk/logistic_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/fixed_math.h"
#include "risk/calibration.h"
#include "risk/forest.h"

namespace weir::risk {
namespace {

// The rows are cut into this many slices, whose sums are added up in order: so threads never change a bit.
constexpr std::size_t kSlices = 16;
constexpr std::size_t kBlockRows = 64;
constexpr std::size_t kTileRows = 4;
constexpr std::size_t kTile = 8;  // columns of a tile
constexpr int kMaxSteps = 200;
constexpr int kMaxHalvings = 40;
// Half the Newton decrement is about what the objective can still gain; per unit of weight.
constexpr double kTolerance = 1e-13;
// A kept Hessian is computed anew when a step leaves more than this share of the decrement.
constexpr double kSlowConvergence = 0.05;

struct Slice {
  std::size_t begin{0};
  std::size_t end{0};
};

Slice slice_of(std::size_t rows, std::size_t index) {
  return {rows * index / kSlices, rows * (index + 1) / kSlices};
}

template <typename Work>
void for_each_slice(int threads, const Work& work) {
  const auto workers = static_cast<std::size_t>(std::clamp(threads, 1, static_cast<int>(kSlices)));
  const auto run = [&](std::size_t worker) {
    for (std::size_t index = worker; index < kSlices; index += workers) {
      work(index);
    }
  };
  std::vector<std::jthread> others;
  for (std::size_t worker = 1; worker < workers; ++worker) {
    others.emplace_back(run, worker);
  }
  run(0);
}

std::size_t padded(std::size_t columns) {
  return (columns + kTile - 1) / kTile * kTile;
}

// sum over the block's rows of scaled[r][i..] (outer) plain[r][j..], a tile of registers at a time; tiles on
// and right of the diagonal.
__attribute__((always_inline)) inline void add_tiles(const double* plain, const double* scaled,
                                                     std::size_t rows, std::size_t width,
                                                     double* hessian) noexcept {
  for (std::size_t i = 0; i < width; i += kTileRows) {
    for (std::size_t j = i / kTile * kTile; j < width; j += kTile) {
      std::array<std::array<double, kTile>, kTileRows> sums{};
      for (std::size_t r = 0; r < rows; ++r) {
        const double* left = scaled + r * width + i;
        const double* right = plain + r * width + j;
        for (std::size_t a = 0; a < kTileRows; ++a) {
          for (std::size_t b = 0; b < kTile; ++b) {
            sums[a][b] += left[a] * right[b];
          }
        }
      }
      for (std::size_t a = 0; a < kTileRows; ++a) {
        for (std::size_t b = 0; b < kTile; ++b) {
          hessian[(i + a) * width + j + b] += sums[a][b];
        }
      }
    }
  }
}

// The same sums in the same order, so the same bits, with wider registers where the machine has them.
#if defined(__x86_64__)
__attribute__((target("avx2"))) void add_block_avx2(const double* plain, const double* scaled,
                                                    std::size_t rows, std::size_t width,
                                                    double* hessian) noexcept {
  add_tiles(plain, scaled, rows, width, hessian);
}
#endif

void add_block(const double* plain, const double* scaled, std::size_t rows, std::size_t width,
               double* hessian) noexcept {
#if defined(__x86_64__)
  if (simd_level() != SimdLevel::plain) {
    add_block_avx2(plain, scaled, rows, width, hessian);
    return;
  }
#endif
  add_tiles(plain, scaled, rows, width, hessian);
}

// The problem with its current answer. Parameters: the weights, then the intercept.
class NewtonFit {
 public:
  NewtonFit(const LinearRows& rows, std::span<const std::uint8_t> outcome, std::vector<double> weight,
            int threads)
      : rows_(rows),
        outcome_(outcome),
        weight_(std::move(weight)),
        threads_(threads),
        size_(rows.column_count + 1),
        width_(padded(size_)),
        parameters_(size_, 0),
        margins_(rows.row_count, 0) {
    for (std::size_t i = 0; i < rows_.row_count; ++i) {
      total_ += weight_[i];
      positive_ += outcome_[i] != 0 ? weight_[i] : 0;
    }
  }

  [[nodiscard]] bool has_both_outcomes() const noexcept { return positive_ > 0 && positive_ < total_; }

  void start_at(const Logistic* start) {
    if (start != nullptr) {
      std::copy(start->weights.begin(), start->weights.end(), parameters_.begin());
      parameters_.back() = start->intercept;
    } else {
      const double share = positive_ / total_;
      parameters_.back() = fixed_math::log(share / (1 - share));
    }
    compute_margins();
  }

  // Fails when no step goes on although there is something to gain: numbers out of range.
  Status minimise(double penalty) {
    penalty_ = penalty;
    factor_.clear();
    double value = objective();
    double last_decrement = std::numeric_limits<double>::infinity();
    for (int step = 0; step < kMaxSteps; ++step) {
      const std::vector<double> gradient = compute_gradient();
      bool fresh = false;
      if (hessian_.empty()) {
        compute_hessian();
        fresh = true;
      }
      if (factor_.empty() && !factorise()) {
        return fail(Errc::out_of_range,
                    "the logistic regression's Hessian is not positive definite: raise the penalty");
      }
      std::vector<double> direction = solve(gradient);
      double decrement = dot(gradient, direction);
      if (!fresh && decrement > kSlowConvergence * last_decrement) {
        compute_hessian();
        if (!factorise()) {
          return fail(Errc::out_of_range,
                      "the logistic regression's Hessian is not positive definite: raise the penalty");
        }
        direction = solve(gradient);
        decrement = dot(gradient, direction);
      }
      if (!std::isfinite(decrement)) {
        return fail(Errc::out_of_range, "the logistic regression ran out of the range of numbers");
      }
      if (decrement <= kTolerance * total_ || !take_step(direction, decrement, value)) {
        return {};
      }
      last_decrement = decrement;
    }
    return {};
  }

  [[nodiscard]] Logistic model() const {
    Logistic model = parameters();
    model.centers.assign(rows_.column_count, 0);
    for (std::size_t i = 0; i < rows_.row_count; ++i) {
      const auto row = rows_.row(i);
      for (std::size_t j = 0; j < row.size(); ++j) {
        model.centers[j] += row[j];
      }
    }
    for (double& center : model.centers) {
      center /= static_cast<double>(rows_.row_count);
    }
    return model;
  }
  [[nodiscard]] std::span<const double> margins() const noexcept { return margins_; }

 private:
  static double dot(std::span<const double> a, std::span<const double> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  [[nodiscard]] Logistic parameters() const {
    return {parameters_.back(), {parameters_.begin(), parameters_.end() - 1}, {}, penalty_};
  }

  void compute_margins() {
    const Logistic model = parameters();
    for_each_slice(threads_, [&](std::size_t index) {
      const Slice slice = slice_of(rows_.row_count, index);
      for (std::size_t i = slice.begin; i < slice.end; ++i) {
        margins_[i] = logistic_margin(model, rows_.row(i));
      }
    });
  }

  [[nodiscard]] double objective() const {
    std::array<double, kSlices> sums{};
    for_each_slice(threads_, [&](std::size_t index) {
      const Slice slice = slice_of(rows_.row_count, index);
      for (std::size_t i = slice.begin; i < slice.end; ++i) {
        sums[index] += weight_[i] > 0 ? weight_[i] * log_loss_of(margins_[i], outcome_[i] != 0) : 0;
      }
    });
    double sum = 0;
    for (const double part : sums) {
      sum += part;
    }
    const std::span<const double> weights{parameters_.data(), size_ - 1};
    return sum + penalty_ / 2 * dot(weights, weights);
  }

  [[nodiscard]] std::vector<double> compute_gradient() const {
    std::vector<double> parts(kSlices * size_, 0);
    for_each_slice(threads_, [&](std::size_t index) {
      const Slice slice = slice_of(rows_.row_count, index);
      double* part = parts.data() + index * size_;
      for (std::size_t i = slice.begin; i < slice.end; ++i) {
        if (weight_[i] <= 0) {
          continue;
        }
        const double residual = weight_[i] * (probability_of(margins_[i]) - (outcome_[i] != 0 ? 1 : 0));
        const auto row = rows_.row(i);
        for (std::size_t j = 0; j < row.size(); ++j) {
          part[j] += residual * row[j];
        }
        part[size_ - 1] += residual;
      }
    });
    std::vector<double> gradient(size_, 0);
    for (std::size_t place = 0; place < parts.size(); ++place) {
      gradient[place % size_] += parts[place];
    }
    for (std::size_t j = 0; j + 1 < size_; ++j) {
      gradient[j] += penalty_ * parameters_[j];
    }
    return gradient;
  }

  void hessian_slice(Slice slice, double* hessian) const {
    std::vector<double> plain(kBlockRows * width_, 0);
    std::vector<double> scaled(kBlockRows * width_, 0);
    std::size_t filled = 0;
    for (std::size_t i = slice.begin; i < slice.end; ++i) {
      if (weight_[i] <= 0) {
        continue;
      }
      const double probability = probability_of(margins_[i]);
      const double curvature = weight_[i] * probability * (1 - probability);
      const auto row = rows_.row(i);
      double* to = plain.data() + filled * width_;
      double* to_scaled = scaled.data() + filled * width_;
      for (std::size_t j = 0; j < row.size(); ++j) {
        to[j] = row[j];
        to_scaled[j] = curvature * row[j];
      }
      to[size_ - 1] = 1;
      to_scaled[size_ - 1] = curvature;
      if (++filled == kBlockRows) {
        add_block(plain.data(), scaled.data(), filled, width_, hessian);
        filled = 0;
      }
    }
    add_block(plain.data(), scaled.data(), filled, width_, hessian);
  }

  // Of the log-loss alone, upper triangle: the penalty is added when it is factorised.
  void compute_hessian() {
    const std::size_t cells = width_ * width_;
    std::vector<double> parts(kSlices * cells, 0);
    for_each_slice(threads_, [&](std::size_t index) {
      hessian_slice(slice_of(rows_.row_count, index), parts.data() + index * cells);
    });
    hessian_.assign(cells, 0);
    for (std::size_t index = 0; index < kSlices; ++index) {
      for (std::size_t cell = 0; cell < cells; ++cell) {
        hessian_[cell] += parts[index * cells + cell];
      }
    }
    factor_.clear();
  }

  // Cholesky: factor_ is the lower triangle L with L L' = Hessian + penalty. False when that is not positive
  // definite.
  bool factorise() {
    factor_.assign(size_ * size_, 0);
    for (std::size_t j = 0; j < size_; ++j) {
      for (std::size_t i = j; i < size_; ++i) {
        double sum = hessian_[j * width_ + i] + (i == j && j + 1 < size_ ? penalty_ : 0);
        sum -= dot({factor_.data() + i * size_, j}, {factor_.data() + j * size_, j});
        if (i == j && !(sum > 0)) {
          return false;
        }
        factor_[i * size_ + j] = i == j ? std::sqrt(sum) : sum / factor_[j * size_ + j];
      }
    }
    return true;
  }

  [[nodiscard]] std::vector<double> solve(std::vector<double> x) const {
    for (std::size_t i = 0; i < size_; ++i) {
      x[i] = (x[i] - dot({factor_.data() + i * size_, i}, {x.data(), i})) / factor_[i * size_ + i];
    }
    for (std::size_t i = size_; i-- > 0;) {
      for (std::size_t k = i + 1; k < size_; ++k) {
        x[i] -= factor_[k * size_ + i] * x[k];
      }
      x[i] /= factor_[i * size_ + i];
    }
    return x;
  }

  // Halves the step until the objective falls enough (Armijo); false, and nothing changed, when it never
  // does.
  bool take_step(std::span<const double> direction, double decrement, double& value) {
    const std::vector<double> from = parameters_;
    double length = 1;
    for (int halving = 0; halving < kMaxHalvings; ++halving, length /= 2) {
      for (std::size_t j = 0; j < size_; ++j) {
        parameters_[j] = from[j] - length * direction[j];
      }
      compute_margins();
      const double next = objective();
      if (next <= value - 1e-4 * length * decrement) {
        value = next;
        return true;
      }
    }
    parameters_ = from;
    compute_margins();
    return false;
  }

  const LinearRows& rows_;
  std::span<const std::uint8_t> outcome_;
  std::vector<double> weight_;  // per row; 0 leaves it out
  int threads_;
  std::size_t size_;   // parameters
  std::size_t width_;  // size_, padded to whole tiles
  double total_{0};
  double positive_{0};
  double penalty_{0};
  std::vector<double> parameters_;
  std::vector<double> margins_;
  std::vector<double> hessian_;  // [width_ x width_]
  std::vector<double> factor_;   // [size_ x size_]
};

std::vector<double> weights_or_ones(std::span<const double> weight, std::size_t rows) {
  return weight.empty() ? std::vector<double>(rows, 1.0) : std::vector<double>(weight.begin(), weight.end());
}

void check_shapes(const LinearRows& rows, std::span<const std::uint8_t> outcome,
                  std::span<const double> weight) {
  WEIR_CHECK(outcome.size() == rows.row_count, "one outcome per row");
  WEIR_CHECK(weight.empty() || weight.size() == rows.row_count, "one weight per row, or none at all");
}

Failure one_outcome(const char* where) {
  return fail(Errc::state,
              std::string(where) + " have one outcome only: a model needs both, lost and not lost");
}

}  // namespace

Result<Logistic> fit_logistic(const LinearRows& rows, std::span<const std::uint8_t> outcome,
                              std::span<const double> weight, const LogisticOptions& options,
                              const Logistic* start) {
  check_shapes(rows, outcome, weight);
  NewtonFit fit(rows, outcome, weights_or_ones(weight, rows.row_count), options.threads);
  if (!fit.has_both_outcomes()) {
    return one_outcome("the training rows");
  }
  fit.start_at(start);
  WEIR_TRY_STATUS(fit.minimise(options.penalty));
  return fit.model();
}

Result<ChosenPenalty> choose_penalty(const LinearRows& rows, std::span<const std::uint8_t> outcome,
                                     std::span<const double> weight,
                                     std::span<const std::uint8_t> inner_validation,
                                     std::span<const double> grid, int threads) {
  check_shapes(rows, outcome, weight);
  WEIR_CHECK(inner_validation.size() == rows.row_count, "one mark of the inner period per row");
  const std::vector<double> all = weights_or_ones(weight, rows.row_count);
  std::vector<double> inner = all;
  std::array<double, 2> held_out{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (inner_validation[i] != 0) {
      inner[i] = 0;
      held_out[outcome[i] != 0 ? 1 : 0] += all[i];
    }
  }
  NewtonFit fit(rows, outcome, inner, threads);
  if (!fit.has_both_outcomes() || held_out[0] <= 0 || held_out[1] <= 0) {
    return one_outcome("the rows before or in the inner period");
  }
  fit.start_at(nullptr);
  std::vector<double> falling(grid.begin(), grid.end());
  std::sort(falling.begin(), falling.end(), std::greater<>());
  std::optional<ChosenPenalty> best;
  double best_loss = 0;
  for (const double penalty : falling) {
    WEIR_TRY_STATUS(fit.minimise(penalty));
    double loss = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      loss += inner_validation[i] != 0 ? all[i] * log_loss_of(fit.margins()[i], outcome[i] != 0) : 0;
    }
    if (!best || loss < best_loss) {
      best_loss = loss;
      best = {penalty, fit.model()};
    }
  }
  if (!best) {
    return fail(Errc::invalid_argument, "there is no penalty to choose from");
  }
  return std::move(*best);
}

}  // namespace weir::risk
