#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "risk/ensemble.h"
#include "risk/ensemble_fit.h"
#include "risk/training_rows.h"

namespace weir::risk {
namespace {

FittedEnsemble fit(const Drawn& drawn, const EnsembleOptions& options) {
  auto fitted = fit_ensemble({drawn.rows, drawn.outcome, {}, drawn.inner}, options);
  EXPECT_TRUE(fitted.has_value()) << (fitted ? "" : fitted.error().message);
  return std::move(fitted).value();
}

EnsembleOptions small_options() {
  EnsembleOptions options;
  options.boosting.rounds = 60;
  return options;
}

double mean_log_loss(std::span<const double> margins, std::span<const std::uint8_t> outcome) {
  double sum = 0;
  for (std::size_t i = 0; i < margins.size(); ++i) {
    sum += log_loss_of(margins[i], outcome[i] != 0);
  }
  return sum / static_cast<double>(margins.size());
}

TEST(Ensemble, beats_the_base_rate_on_new_rows) {
  const Drawn train = draw_rows(4000, 3, 1);
  const Drawn test = draw_rows(4000, 3, 2);
  const FittedEnsemble fitted = fit(train, small_options());
  EXPECT_TRUE(fitted.chosen_inside);
  const auto scored = margins(fitted.ensemble, test.rows);
  ASSERT_TRUE(scored.has_value());
  const double share =
      static_cast<double>(std::accumulate(train.outcome.begin(), train.outcome.end(), 0)) / 4000;
  const std::vector<double> constant(test.outcome.size(), std::log(share / (1 - share)));
  EXPECT_LT(mean_log_loss(*scored, test.outcome), mean_log_loss(constant, test.outcome) - 0.05);
}

TEST(Ensemble, its_margin_is_the_mean_of_its_parts) {
  const Drawn train = draw_rows(1500, 2, 3);
  EnsembleOptions options = small_options();
  options.penalty = 5;
  options.rounds = 40;
  const auto both = margins(fit(train, options).ensemble, train.rows).value();
  options.forest = false;
  const auto linear = margins(fit(train, options).ensemble, train.rows).value();
  options.forest = true;
  options.logistic = false;
  const auto trees = margins(fit(train, options).ensemble, train.rows).value();
  for (std::size_t i = 0; i < both.size(); ++i) {
    EXPECT_DOUBLE_EQ(both[i], (linear[i] + trees[i]) / 2);
  }
}

TEST(Ensemble, contributions_and_bias_add_up_to_the_margin) {
  const Drawn train = draw_rows(2000, 3, 4);
  for (const int parts : {1, 2, 3}) {
    EnsembleOptions options = small_options();
    options.logistic = (parts & 1) != 0;
    options.forest = (parts & 2) != 0;
    const Ensemble ensemble = fit(train, options).ensemble;
    const auto scored = margins(ensemble, train.rows).value();
    const auto explained = contributions(ensemble, train.rows).value();
    const auto grouped = group_contributions(ensemble, explained);
    EXPECT_LT(grouped.features.size(), explained.features.size());  // n0, n1, n2 are one group
    for (std::size_t i = 0; i < scored.size(); ++i) {
      const auto row = explained.row(i);
      EXPECT_NEAR(std::accumulate(row.begin(), row.end(), explained.bias), scored[i], 1e-9);
      const auto groups = grouped.row(i);
      EXPECT_NEAR(std::accumulate(groups.begin(), groups.end(), grouped.bias), scored[i], 1e-9);
    }
  }
}

TEST(Ensemble, contributions_name_the_feature_that_moves_the_risk) {
  const Drawn train = draw_rows(4000, 2, 5);
  const Ensemble ensemble = fit(train, small_options()).ensemble;
  const auto explained = contributions(ensemble, train.rows).value();
  std::vector<double> size(explained.features.size(), 0);
  for (std::size_t i = 0; i < explained.row_count; ++i) {
    for (std::size_t f = 0; f < size.size(); ++f) {
      size[f] += std::abs(explained.row(i)[f]);
    }
  }
  const auto size_of = [&](const char* name) {
    return size[static_cast<std::size_t>(
        std::find(explained.features.begin(), explained.features.end(), name) - explained.features.begin())];
  };
  EXPECT_GT(size_of("a_since"), 3 * size_of("n0"));
  EXPECT_GT(size_of("b_replies"), 3 * size_of("n1"));
}

TEST(Ensemble, threads_and_repetition_change_no_byte) {
  const Drawn train = draw_rows(12000, 6, 6);
  EnsembleOptions options = small_options();
  options.boosting.rounds = 30;
  const std::string one = to_json(fit(train, options).ensemble);
  EXPECT_EQ(one, to_json(fit(train, options).ensemble));
  options.threads = 2;
  EXPECT_EQ(one, to_json(fit(train, options).ensemble));
}

TEST(Ensemble, reads_back_what_it_wrote_bit_for_bit) {
  const Drawn train = draw_rows(1500, 2, 7);
  const Ensemble ensemble = fit(train, small_options()).ensemble;
  const std::string text = to_json(ensemble);
  const auto read = ensemble_from_json(text);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(to_json(*read), text);
  EXPECT_EQ(margins(*read, train.rows).value(), margins(ensemble, train.rows).value());
}

TEST(Ensemble, a_row_alone_scores_as_in_a_batch) {
  const Drawn train = draw_rows(3000, 2, 8);
  const Ensemble ensemble = fit(train, small_options()).ensemble;
  const auto batch = margins(ensemble, train.rows).value();
  for (std::uint32_t i = 0; i < 3000; i += 271) {
    const std::vector<std::uint32_t> only{i};
    EXPECT_EQ(margins(ensemble, features::select_rows(train.rows, only)).value().front(), batch[i]);
  }
}

TEST(Ensemble, damaged_json_is_an_error_and_nothing_worse) {
  const Drawn train = draw_rows(400, 0, 9);
  EnsembleOptions options = small_options();
  options.rounds = 2;
  const std::string text = to_json(fit(train, options).ensemble);
  for (std::size_t cut = 0; cut < text.size(); cut += 37) {
    EXPECT_FALSE(ensemble_from_json(text.substr(0, cut)).has_value());
  }
  Random random(10);
  for (int round = 0; round < 3000; ++round) {
    std::string broken = text;
    for (int change = 0; change < 1 + round % 3; ++change) {
      broken[random.below(broken.size())] = "0123456789-.,[]{}\"eNnull"[random.below(24)];
    }
    const auto read = ensemble_from_json(broken);
    if (read) {
      const auto scored = margins(*read, train.rows);  // may refuse, must not crash
      const auto explained =
          contributions(*read, features::select_rows(train.rows, std::vector<std::uint32_t>{0, 1}));
      EXPECT_EQ(scored.has_value(), explained.has_value());
    }
  }
}

TEST(Ensemble, a_foreign_format_is_named) {
  const auto read = ensemble_from_json(R"({"format": 9})");
  ASSERT_FALSE(read.has_value());
  EXPECT_NE(read.error().message.find("format 9"), std::string::npos);
  EXPECT_FALSE(ensemble_from_json("[]").has_value());
  EXPECT_FALSE(ensemble_from_json("").has_value());
}

TEST(FitEnsemble, one_outcome_is_refused_in_words) {
  Drawn train = draw_rows(200, 0, 11);
  std::fill(train.outcome.begin(), train.outcome.end(), std::uint8_t{0});
  for (const bool forest : {false, true}) {
    EnsembleOptions options = small_options();
    options.forest = forest;
    options.logistic = !forest;
    const auto fitted = fit_ensemble({train.rows, train.outcome, {}, train.inner}, options);
    ASSERT_FALSE(fitted.has_value());
    EXPECT_NE(fitted.error().message.find("one outcome only"), std::string::npos);
  }
}

TEST(FitEnsemble, defaults_hold_when_the_inner_period_cannot_choose) {
  Drawn train = draw_rows(600, 0, 12);
  for (std::size_t i = 0; i < 600; ++i) {
    train.outcome[i] = train.inner[i] != 0 ? std::uint8_t{0} : train.outcome[i];
  }
  const FittedEnsemble fitted = fit(train, small_options());
  EXPECT_FALSE(fitted.chosen_inside);
  EXPECT_EQ(fitted.penalty, kDefaultPenalty);
  EXPECT_EQ(fitted.rounds, kDefaultRounds);
}

TEST(FitEnsemble, a_row_of_weight_two_counts_as_two_rows) {
  const Drawn train = draw_rows(500, 0, 13);
  std::vector<std::uint32_t> twice(1000);
  std::vector<std::uint8_t> outcome(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    twice[i] = i / 2;
    outcome[i] = train.outcome[i / 2];
  }
  const auto doubled = features::select_rows(train.rows, twice);
  const std::vector<double> weight(500, 2.0);
  EnsembleOptions options;
  options.forest = false;
  options.penalty = 3;
  const auto weighted = fit_ensemble({train.rows, train.outcome, weight, {}}, options);
  const auto repeated = fit_ensemble({doubled, outcome, {}, {}}, options);
  ASSERT_TRUE(weighted.has_value() && repeated.has_value());
  // 500 rows pool fewer levels than 1000 rows would: compare where both encoders agree.
  ASSERT_EQ(weighted->ensemble.encoder.linear_columns.size(),
            repeated->ensemble.encoder.linear_columns.size());
  const auto a = margins(weighted->ensemble, train.rows).value();
  const auto b = margins(repeated->ensemble, train.rows).value();
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i], b[i], 1e-5);
  }
}

TEST(FitEnsemble, options_and_shapes_that_cannot_be_are_refused) {
  const Drawn train = draw_rows(200, 0, 14);
  const auto refused = [&](const EnsembleOptions& options, std::span<const double> weight = {}) {
    return !fit_ensemble({train.rows, train.outcome, weight, {}}, options).has_value();
  };
  EXPECT_TRUE(refused({.logistic = false, .forest = false}));
  EXPECT_TRUE(refused({.threads = 0}));
  EXPECT_TRUE(refused({.penalty = 0.0}));
  EXPECT_TRUE(refused({.rounds = 0}));
  EXPECT_TRUE(refused({.excluded = {"no_such_feature"}}));
  EXPECT_TRUE(refused({}, std::vector<double>(199, 1)));
  EXPECT_TRUE(refused({}, std::vector<double>(200, -1)));
  EXPECT_TRUE(refused({}, std::vector<double>(200, 0)));
}

TEST(FitEnsemble, excluded_features_are_not_read) {
  Drawn train = draw_rows(600, 1, 15);
  EnsembleOptions options = small_options();
  options.excluded = {"a_since", "d_sector"};
  const Ensemble ensemble = fit(train, options).ensemble;
  train.rows.columns.erase(train.rows.columns.begin() + 3);
  train.rows.columns.erase(train.rows.columns.begin());
  EXPECT_TRUE(margins(ensemble, train.rows).has_value());
}

}  // namespace
}  // namespace weir::risk
