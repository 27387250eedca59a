#include "risk/boosting.h"
#include "risk/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "risk/logistic.h"
#include "risk/xgboost_library.h"
#include "risk/xgboost_model.h"

namespace weir::risk {
namespace {

using nlohmann::json;

const float kNull = std::numeric_limits<float>::quiet_NaN();

json reference_cases() {
  std::ifstream file(std::string(WEIR_SOURCE_DIR) + "/tests/refs/treeshap.json");
  return json::parse(file).at("cases");
}

std::vector<float> reference_row(const json& values) {
  std::vector<float> row;
  for (const json& value : values) {
    row.push_back(value.is_null() ? kNull : value.get<float>());
  }
  return row;
}

// tests/refs/treeshap.json: xgboost-cpu 3.2.0's own margins and contributions, which shap 0.51 confirms.
void compare_with_reference(const Forest& forest, std::span<const float> row, double margin,
                            const json& contributions) {
  EXPECT_NEAR(forest.margin(row), margin, 1e-5);
  std::vector<double> ours(forest.column_count(), 0);
  forest.add_contributions(row, 1, ours);
  for (std::size_t column = 0; column < ours.size(); ++column) {
    EXPECT_NEAR(ours[column], contributions.at(column).get<double>(), 1e-5);
  }
  EXPECT_NEAR(forest.expected(), contributions.back().get<double>(), 1e-5);
}

TEST(XgboostModel, margins_and_contributions_equal_the_references) {
  for (const json& one : reference_cases()) {
    const std::string text = one.at("in").at("model_json").dump();
    const json& margins = one.at("out").at("margin");
    const json& contributions = one.at("out").at("pred_contribs(last=bias)");
    const std::size_t classes = margins.at(0).is_array() ? margins.at(0).size() : 1;
    for (std::size_t index = 0; index < classes; ++index) {
      const auto forest = forest_from_xgboost(text, index);
      ASSERT_TRUE(forest.has_value()) << forest.error().message;
      EXPECT_EQ(forest->tree_count(), 12U);
      for (std::size_t i = 0; i < margins.size(); ++i) {
        const bool many = classes > 1;
        compare_with_reference(*forest, reference_row(one.at("in").at("X").at(i)),
                               (many ? margins.at(i).at(index) : margins.at(i)).get<double>(),
                               many ? contributions.at(i).at(index) : contributions.at(i));
      }
    }
  }
}

TEST(XgboostModel, foreign_bytes_are_errors_and_nothing_worse) {
  const std::string text = reference_cases().at(0).at("in").at("model_json").dump();
  EXPECT_FALSE(forest_from_xgboost("").has_value());
  EXPECT_FALSE(forest_from_xgboost("[1]").has_value());
  EXPECT_FALSE(forest_from_xgboost(R"({"learner": 3})").has_value());
  for (std::size_t cut = 0; cut < text.size(); cut += 101) {
    EXPECT_FALSE(forest_from_xgboost(text.substr(0, cut)).has_value());
  }
  Random random(1);
  for (int round = 0; round < 1500; ++round) {
    std::string broken = text;
    for (int change = 0; change < 3; ++change) {
      broken[random.below(broken.size())] = "0123456789-.,[]{}\"e"[random.below(19)];
    }
    const auto forest = forest_from_xgboost(broken);
    if (forest && forest->column_count() < 100) {
      const std::vector<float> row(forest->column_count(), 0.5F);
      std::vector<double> contributions(row.size(), 0);
      forest->add_contributions(row, 1, contributions);
      EXPECT_TRUE(std::isfinite(forest->margin(row)));
    }
  }
}

struct Sample {
  TreeRows rows;
  std::vector<std::uint8_t> outcome;
};

// Column 0 raises the risk, column 1 lowers it, column 2 has nulls, the others say nothing.
Sample draw(std::size_t count, std::size_t columns, std::uint64_t seed) {
  Random random(seed);
  Sample sample{{count, columns, {}}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      const bool null = j == 2 && random.chance(0.2);
      sample.rows.values.push_back(null ? kNull : static_cast<float>(random.uniform()));
    }
    const auto row = sample.rows.row(i);
    const auto x = [&](std::size_t j) { return std::isnan(row[j]) ? 1.0 : static_cast<double>(row[j]); };
    sample.outcome.push_back(
        random.chance(probability_of(3 * x(0) - 2 * x(1) * x(1) + x(2) * x(0) - 1.5)) ? 1 : 0);
  }
  return sample;
}

std::vector<features::Monotone> no_hints(std::size_t columns) {
  return std::vector<features::Monotone>(columns);
}

// A booster of XGBoost's own, to compare with.
class Peer {
 public:
  Peer(const Sample& sample, int depth) {
    EXPECT_TRUE(load_xgboost().has_value());
    const std::vector<float> labels(sample.outcome.begin(), sample.outcome.end());
    call(xgboost.XGDMatrixCreateFromMat_omp(sample.rows.values.data(), sample.rows.row_count,
                                            sample.rows.column_count, kNull, &matrix_, 1));
    call(xgboost.XGDMatrixSetFloatInfo(matrix_, "label", labels.data(), labels.size()));
    call(xgboost.XGBoosterCreate(&matrix_, 1, &booster_));
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"objective", "binary:logistic"},
                                                          {"tree_method", "hist"},
                                                          {"max_depth", std::to_string(depth)},
                                                          {"eta", "0.3"},
                                                          {"base_score", "0.3"},
                                                          {"nthread", "1"},
                                                          {"verbosity", "0"}}) {
      call(xgboost.XGBoosterSetParam(booster_, name.c_str(), value.c_str()));
    }
    for (int round = 0; round < 40; ++round) {
      call(xgboost.XGBoosterUpdateOneIter(booster_, round, matrix_));
    }
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    xgboost.XGBoosterFree(booster_);
    xgboost.XGDMatrixFree(matrix_);
  }

  // 1: margins, 2: contributions, the bias last.
  std::vector<float> predict(int type) {
    const std::string config =
        R"({"type": )" + std::to_string(type) +
        R"(, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})";
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* values = nullptr;
    call(
        xgboost.XGBoosterPredictFromDMatrix(booster_, matrix_, config.c_str(), &shape, &dimensions, &values));
    const bst_ulong size = std::accumulate(shape, shape + dimensions, bst_ulong{1}, std::multiplies<>());
    return {values, values + size};
  }

  std::string model() {
    bst_ulong length = 0;
    const char* bytes = nullptr;
    call(xgboost.XGBoosterSaveModelToBuffer(booster_, R"({"format": "json"})", &length, &bytes));
    return {bytes, length};
  }

 private:
  static void call(int code) { ASSERT_EQ(code, 0) << xgboost.XGBGetLastError(); }
  DMatrixHandle matrix_{nullptr};
  BoosterHandle booster_{nullptr};
};

TEST(XgboostModel, equals_the_booster_that_it_was_read_from) {
  const Sample sample = draw(800, 6, 2);
  for (const int depth : {1, 3, 7}) {
    Peer peer(sample, depth);
    const auto forest = forest_from_xgboost(peer.model());
    ASSERT_TRUE(forest.has_value()) << forest.error().message;
    const std::vector<float> margins = peer.predict(1);
    const std::vector<float> contributions = peer.predict(2);
    for (std::size_t i = 0; i < margins.size(); ++i) {
      const auto row = sample.rows.row(i);
      // Added up as XGBoost does, in float, the bits are equal.
      float sum = forest->base();
      for (std::size_t tree = 0; tree < forest->tree_count(); ++tree) {
        sum += forest->leaf(tree, row);
      }
      EXPECT_EQ(sum, margins[i]);
      EXPECT_NEAR(forest->margin(row), static_cast<double>(margins[i]),
                  1e-6 * (1 + std::abs(static_cast<double>(margins[i]))));
      std::vector<double> ours(row.size(), 0);
      forest->add_contributions(row, 1, ours);
      for (std::size_t column = 0; column < row.size(); ++column) {
        EXPECT_NEAR(ours[column], static_cast<double>(contributions[i * 7 + column]), 1e-5);
      }
      EXPECT_NEAR(forest->expected(), static_cast<double>(contributions[i * 7 + 6]), 1e-5);
    }
  }
}

double loss_of(const Forest& forest, const Sample& sample) {
  double sum = 0;
  for (std::size_t i = 0; i < sample.outcome.size(); ++i) {
    sum += log_loss_of(forest.margin(sample.rows.row(i)), sample.outcome[i] != 0);
  }
  return sum / static_cast<double>(sample.outcome.size());
}

TEST(FitForest, learns_as_well_as_xgboosts_own_objective) {
  const Sample train = draw(4000, 6, 3);
  const Sample test = draw(4000, 6, 4);
  const BoostingOptions options{.rounds = 40, .learning_rate = 0.3, .min_child_weight = 1};
  const auto ours = fit_forest(train.rows, train.outcome, {}, no_hints(6), options);
  ASSERT_TRUE(ours.has_value()) << ours.error().message;
  EXPECT_EQ(ours->tree_count(), 40U);
  Peer peer(train, 3);
  EXPECT_NEAR(loss_of(*ours, test), loss_of(forest_from_xgboost(peer.model()).value(), test), 0.01);
}

TEST(FitForest, margins_move_only_the_way_a_hint_allows) {
  const Sample sample = draw(3000, 4, 5);
  std::vector<features::Monotone> hints = no_hints(4);
  hints[0] = features::Monotone::rising;
  hints[1] = features::Monotone::falling;
  hints[3] = features::Monotone::falling;
  const auto forest =
      fit_forest(sample.rows, sample.outcome, {}, hints, {.rounds = 80, .learning_rate = 0.2}).value();
  for (std::size_t i = 0; i < 200; ++i) {
    std::vector<float> row(sample.rows.row(i).begin(), sample.rows.row(i).end());
    for (const std::size_t column : {0U, 1U, 3U}) {
      const double sign = static_cast<double>(static_cast<int>(hints[column]));
      const float kept = row[column];
      double last = -std::numeric_limits<double>::infinity();
      for (int step = 0; step <= 50; ++step) {
        row[column] = static_cast<float>(step) / 50;
        const double next = sign * forest.margin(row);
        EXPECT_GE(next, last - 1e-6);
        last = next;
      }
      row[column] = kept;
    }
  }
}

bool equal(const Forest& a, const Forest& b) {
  if (a.tree_count() != b.tree_count() || a.base() != b.base()) {
    return false;
  }
  for (std::size_t index = 0; index < a.tree_count(); ++index) {
    const Tree left = a.tree(index);
    const Tree right = b.tree(index);
    for (std::size_t place = 0; place < std::max(left.size(), right.size()); ++place) {
      if (left.size() != right.size() || left[place].threshold != right[place].threshold ||
          left[place].cover != right[place].cover || left[place].column != right[place].column ||
          left[place].null_left != right[place].null_left) {
        return false;
      }
    }
  }
  return true;
}

TEST(FitForest, threads_change_no_bit) {
  const Sample sample = draw(20000, 8, 6);
  std::vector<double> weight;
  weight.reserve(sample.outcome.size());
  Random random(7);
  for (std::size_t i = 0; i < sample.outcome.size(); ++i) {
    weight.push_back(0.1 + random.uniform());
  }
  const auto fit = [&](int threads, double row_share) {
    return fit_forest(sample.rows, sample.outcome, weight, no_hints(8),
                      {.rounds = 25, .row_share = row_share, .threads = threads})
        .value();
  };
  const Forest one = fit(1, 1);
  EXPECT_TRUE(equal(one, fit(1, 1)));
  EXPECT_TRUE(equal(one, fit(2, 1)));
  EXPECT_TRUE(equal(fit(1, 0.5), fit(2, 0.5)));
  EXPECT_FALSE(equal(one, fit(1, 0.5)));
}

TEST(FitForest, a_row_of_weight_zero_teaches_nothing) {
  const Sample sample = draw(2000, 3, 8);
  std::vector<double> weight(2000, 1);
  std::vector<std::uint8_t> flipped = sample.outcome;
  for (std::size_t i = 1000; i < 2000; ++i) {
    weight[i] = 0;
    flipped[i] = flipped[i] != 0 ? 0 : 1;
  }
  const BoostingOptions options{.rounds = 30};
  EXPECT_TRUE(equal(fit_forest(sample.rows, sample.outcome, weight, no_hints(3), options).value(),
                    fit_forest(sample.rows, flipped, weight, no_hints(3), options).value()));
}

TEST(ChooseRounds, stops_where_the_inner_period_says_so) {
  const Sample sample = draw(3000, 6, 9);
  std::vector<std::uint8_t> inner(3000, 0);
  std::fill(inner.begin() + 2000, inner.end(), std::uint8_t{1});
  const BoostingOptions options{.depth = 4, .rounds = 300, .learning_rate = 0.3, .min_child_weight = 1};
  const auto chosen = choose_rounds(sample.rows, sample.outcome, {}, no_hints(6), inner, options, 300);
  ASSERT_TRUE(chosen.has_value()) << chosen.error().message;
  EXPECT_GT(*chosen, 2);
  EXPECT_LT(*chosen, 100);
  // The loss by rounds, computed the long way.
  std::vector<double> weight(3000, 1);
  std::fill(weight.begin() + 2000, weight.end(), 0.0);
  const auto loss_after = [&](int rounds) {
    BoostingOptions until = options;
    until.rounds = rounds;
    const auto forest = fit_forest(sample.rows, sample.outcome, weight, no_hints(6), until).value();
    double sum = 0;
    for (std::size_t i = 2000; i < 3000; ++i) {
      sum += log_loss_of(forest.margin(sample.rows.row(i)), sample.outcome[i] != 0);
    }
    return sum;
  };
  const double best = loss_after(*chosen);
  for (const int rounds : {1, *chosen - 1, *chosen + 1, 100, 300}) {
    EXPECT_LE(best, loss_after(rounds) + 1e-4) << rounds;
  }
}

TEST(FitForest, what_it_cannot_do_is_an_error) {
  const Sample sample = draw(50, 3, 10);
  const std::vector<std::uint8_t> zeros(50, 0);
  const auto one_outcome = fit_forest(sample.rows, zeros, {}, no_hints(3), {});
  ASSERT_FALSE(one_outcome.has_value());
  EXPECT_EQ(one_outcome.error().code, Errc::state);
  EXPECT_FALSE(fit_forest({50, 0, {}}, sample.outcome, {}, {}, {}).has_value());
  EXPECT_FALSE(fit_forest(sample.rows, sample.outcome, {}, no_hints(3), {.rounds = 0}).has_value());
  Sample infinite = sample;
  infinite.rows.values[3] = std::numeric_limits<float>::infinity();
  const auto refused = fit_forest(infinite.rows, infinite.outcome, {}, no_hints(3), {.rounds = 2});
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("XGBoost"), std::string::npos);
}

}  // namespace
}  // namespace weir::risk
