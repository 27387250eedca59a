#include "risk/boosting.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/fixed_math.h"
#include "base/json.h"
#include "risk/calibration.h"
#include "risk/logistic.h"
#include "risk/xgboost_library.h"
#include "risk/xgboost_model.h"

namespace weir::risk {
namespace {

Status done(int code) {
  if (code != 0) {
    return fail(Errc::internal, std::string("XGBoost: ") +
                                    std::string(std::string_view(xgboost.XGBGetLastError()).substr(0, 500)));
  }
  return {};
}

struct FreeMatrix {
  void operator()(void* handle) const noexcept { xgboost.XGDMatrixFree(handle); }
};
struct FreeBooster {
  void operator()(void* handle) const noexcept { xgboost.XGBoosterFree(handle); }
};

// Threads that wait for each other on a busy or small machine cost more than they bring; the bits are the
// same for any number.
int useful_threads(int threads, std::size_t rows) {
  constexpr std::size_t kRowsPerThread = 10'000;
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  return std::min({threads, static_cast<int>(cores),
                   static_cast<int>(std::min<std::size_t>(1 + rows / kRowsPerThread, 256))});
}

std::string float_text(float number) {
  std::array<char, 32> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), written.ptr};
}

std::string monotone_text(std::span<const features::Monotone> monotone) {
  std::string text = "(";
  for (const features::Monotone way : monotone) {
    text += (text.size() > 1 ? "," : "") + std::to_string(static_cast<int>(way));
  }
  return text + ")";
}

struct Sums {
  double all{0};
  double positive{0};
};

Sums sums_of(std::span<const std::uint8_t> outcome, std::span<const double> weight) {
  Sums sums;
  for (std::size_t i = 0; i < outcome.size(); ++i) {
    sums.all += weight[i];
    sums.positive += outcome[i] != 0 ? weight[i] : 0;
  }
  return sums;
}

// A power of two at least total / 2^52: sums of its multiples with absolute values up to `total` are exact in
// double.
double exact_grid(double total) {
  int exponent = 0;
  std::frexp(total, &exponent);
  return std::ldexp(1.0, exponent - 52);
}

// Of two roundings the first to float, the second to the grid: a float below 2^24 grid steps that is a
// multiple of one stays a float.
float on_grid(double number, double grid) noexcept {
  const auto as_float = static_cast<double>(static_cast<float>(number));
  return static_cast<float>(std::floor(as_float / grid + 0.5) * grid);
}

// One run of boosting over rows that XGBoost has taken over. Rows of weight 0 teach nothing, but get their
// margins: so those of the inner period need no matrix of their own.
class Booster {
 public:
  static Result<Booster> make(const TreeRows& rows, std::span<const std::uint8_t> outcome,
                              std::vector<double> weight, std::span<const features::Monotone> monotone,
                              const BoostingOptions& options) {
    WEIR_TRY_STATUS(load_xgboost());
    Booster made(outcome, std::move(weight));
    const int threads = useful_threads(options.threads, rows.row_count);
    DMatrixHandle matrix = nullptr;
    WEIR_TRY_STATUS(
        done(xgboost.XGDMatrixCreateFromMat_omp(rows.values.data(), rows.row_count, rows.column_count,
                                                std::numeric_limits<float>::quiet_NaN(), &matrix, threads)));
    made.matrix_.reset(matrix);
    BoosterHandle booster = nullptr;
    WEIR_TRY_STATUS(done(xgboost.XGBoosterCreate(&matrix, 1, &booster)));
    made.booster_.reset(booster);
    const double share = made.sums_.positive / made.sums_.all;
    WEIR_TRY_STATUS(
        made.set_up(monotone, options, threads, static_cast<float>(fixed_math::log(share / (1 - share)))));
    return made;
  }

  // One more tree. The gradients are those of the log-loss; the margins are XGBoost's own.
  Status add_tree() {
    WEIR_TRY_STATUS(read_margins());
    for (std::size_t i = 0; i < weight_.size(); ++i) {
      const double probability = weight_[i] > 0 ? probability_of(static_cast<double>(margins_[i])) : 0;
      const double target = outcome_[i] != 0 ? 1 : 0;
      gradient_[i] = weight_[i] > 0 ? on_grid(weight_[i] * (probability - target), grid_) : 0;
      hessian_[i] = weight_[i] > 0 ? on_grid(weight_[i] * probability * (1 - probability), grid_) : 0;
    }
    return done(xgboost.XGBoosterBoostOneIter(booster_.get(), matrix_.get(), gradient_.data(),
                                              hessian_.data(), gradient_.size()));
  }

  // margins() holds those after the last tree.
  Status read_margins() {
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* values = nullptr;
    WEIR_TRY_STATUS(done(xgboost.XGBoosterPredictFromDMatrix(
        booster_.get(), matrix_.get(),
        R"({"type": 1, "training": true, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})",
        &shape, &dimensions, &values)));
    if (dimensions == 0 || shape[0] != margins_.size()) {
      return fail(Errc::internal, "XGBoost: the predictions have an unexpected shape");
    }
    std::copy(values, values + margins_.size(), margins_.begin());
    return {};
  }
  [[nodiscard]] std::span<const float> margins() const noexcept { return margins_; }

  [[nodiscard]] Result<Forest> forest() const {
    bst_ulong length = 0;
    const char* bytes = nullptr;
    WEIR_TRY_STATUS(
        done(xgboost.XGBoosterSaveModelToBuffer(booster_.get(), R"({"format": "json"})", &length, &bytes)));
    return forest_from_xgboost({bytes, length});
  }

 private:
  Booster(std::span<const std::uint8_t> outcome, std::vector<double> weight)
      : outcome_(outcome),
        weight_(std::move(weight)),
        sums_(sums_of(outcome_, weight_)),
        grid_(exact_grid(sums_.all)),
        margins_(outcome_.size()),
        gradient_(outcome_.size()),
        hessian_(outcome_.size()) {}

  Status set(const char* name, const std::string& value) {
    return done(xgboost.XGBoosterSetParam(booster_.get(), name, value.c_str()));
  }

  Status set_up(std::span<const features::Monotone> monotone, const BoostingOptions& options, int threads,
                float base) {
    const std::array<std::pair<const char*, std::string>, 16> settings{{
        {"verbosity", "0"},
        {"booster", "gbtree"},
        {"tree_method", "hist"},
        {"objective", "reg:squarederror"},  // its margin is its prediction; the gradients are ours
        {"base_score", float_text(base)},
        {"max_depth", std::to_string(options.depth)},
        {"eta", json_number(options.learning_rate)},
        {"min_child_weight", json_number(options.min_child_weight)},
        {"lambda", json_number(options.ridge)},
        {"subsample", json_number(options.row_share)},
        {"colsample_bytree", json_number(options.column_share)},
        {"monotone_constraints", monotone_text(monotone)},
        {"max_bin", "256"},
        {"seed", std::to_string(options.seed & 0x7FFFFFFF)},
        {"nthread", std::to_string(threads)},
        {"disable_default_eval_metric", "1"},
    }};
    for (const auto& [name, value] : settings) {
      WEIR_TRY_STATUS(set(name, value));
    }
    return {};
  }

  std::unique_ptr<void, FreeMatrix> matrix_;
  std::unique_ptr<void, FreeBooster> booster_;
  std::span<const std::uint8_t> outcome_;
  std::vector<double> weight_;
  Sums sums_;
  double grid_;
  std::vector<float> margins_;
  std::vector<float> gradient_;
  std::vector<float> hessian_;
};

Status check_input(const TreeRows& rows, std::span<const std::uint8_t> outcome,
                   std::span<const double> weight, std::span<const features::Monotone> monotone,
                   const BoostingOptions& options) {
  WEIR_CHECK(outcome.size() == rows.row_count && weight.size() == rows.row_count,
             "one outcome and one weight per row");
  WEIR_CHECK(monotone.size() == rows.column_count, "one monotone hint per column");
  const Sums sums = sums_of(outcome, weight);
  if (!(sums.positive > 0 && sums.positive < sums.all)) {
    return fail(Errc::state,
                "the training rows have one outcome only: a model needs both, lost and not lost");
  }
  if (rows.column_count == 0) {
    return fail(Errc::state, "no feature varies over the training rows");
  }
  if (rows.row_count > std::numeric_limits<std::uint32_t>::max()) {
    return fail(Errc::out_of_range, "there are more training rows than XGBoost counts");
  }
  if (options.rounds < 1 || options.depth < 1 || options.depth > static_cast<int>(kMaxTreeDepth) ||
      options.threads < 1) {
    return fail(Errc::invalid_argument,
                "boosting needs at least one round and one thread, and a depth of 1 to 32");
  }
  return {};
}

std::vector<double> weights_or_ones(std::span<const double> weight, std::size_t rows) {
  return weight.empty() ? std::vector<double>(rows, 1.0) : std::vector<double>(weight.begin(), weight.end());
}

}  // namespace

Result<Forest> fit_forest(const TreeRows& rows, std::span<const std::uint8_t> outcome,
                          std::span<const double> weight, std::span<const features::Monotone> monotone,
                          const BoostingOptions& options) {
  std::vector<double> weights = weights_or_ones(weight, rows.row_count);
  WEIR_TRY_STATUS(check_input(rows, outcome, weights, monotone, options));
  WEIR_TRY(Booster booster, Booster::make(rows, outcome, std::move(weights), monotone, options));
  for (int round = 0; round < options.rounds; ++round) {
    WEIR_TRY_STATUS(booster.add_tree());
  }
  return booster.forest();
}

Result<int> choose_rounds(const TreeRows& rows, std::span<const std::uint8_t> outcome,
                          std::span<const double> weight, std::span<const features::Monotone> monotone,
                          std::span<const std::uint8_t> inner_validation, const BoostingOptions& options,
                          int patience) {
  WEIR_CHECK(inner_validation.size() == rows.row_count, "one mark of the inner period per row");
  const std::vector<double> all = weights_or_ones(weight, rows.row_count);
  std::vector<double> before = all;
  std::vector<double> held_out(all.size(), 0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (inner_validation[i] != 0) {
      std::swap(before[i], held_out[i]);
    }
  }
  WEIR_TRY_STATUS(check_input(rows, outcome, before, monotone, options));
  WEIR_TRY_STATUS(check_input(rows, outcome, held_out, monotone, options));
  WEIR_TRY(Booster booster, Booster::make(rows, outcome, std::move(before), monotone, options));
  int best_round = 1;
  double best_loss = std::numeric_limits<double>::infinity();
  for (int round = 1; round <= options.rounds && round - best_round <= patience; ++round) {
    WEIR_TRY_STATUS(booster.add_tree());
    WEIR_TRY_STATUS(booster.read_margins());
    double loss = 0;
    for (std::size_t i = 0; i < held_out.size(); ++i) {
      loss += held_out[i] > 0
                  ? held_out[i] * log_loss_of(static_cast<double>(booster.margins()[i]), outcome[i] != 0)
                  : 0;
    }
    if (loss < best_loss) {
      best_loss = loss;
      best_round = round;
    }
  }
  return best_round;
}

}  // namespace weir::risk
