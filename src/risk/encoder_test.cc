#include "risk/encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "risk/encoder_fit.h"
#include "risk/training_rows.h"

namespace weir::risk {
namespace {

const double kNull = std::numeric_limits<double>::quiet_NaN();

features::FeatureMatrix matrix_of(std::vector<features::FeatureColumn> columns) {
  return {columns.at(0).size(), std::move(columns)};
}

// 100 rows: a 60, b 25, c 10, d 3, null 2.
features::FeatureColumn sectors() {
  std::vector<std::uint32_t> codes;
  for (std::uint32_t i = 0; i < 100; ++i) {
    codes.push_back(i < 60 ? 0 : i < 85 ? 1 : i < 95 ? 2 : i < 98 ? 3 : features::kNoLevel);
  }
  return category_column("sector", {"a", "b", "c", "d"}, codes);
}

TEST(Encoder, frequent_levels_have_a_column_and_others_share_one) {
  const auto encoder = fit_encoder(matrix_of({sectors()}), {}).value();
  ASSERT_EQ(encoder.features.size(), 1U);
  EXPECT_EQ(encoder.features[0].levels, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(encoder.tree_columns.size(), 3U);
  EXPECT_EQ(encoder.tree_columns[2].kind, EncodedKind::other);
  EXPECT_EQ(encoder.linear_columns.size(), 3U);
}

TEST(Encoder, levels_are_matched_by_text_and_unknown_ones_are_other) {
  const auto encoder = fit_encoder(matrix_of({sectors()}), {}).value();
  const auto later = matrix_of({category_column("sector", {"b", "new", "a"}, {0, 1, 2, features::kNoLevel})});
  const auto bound = BoundEncoder::bind(encoder, later).value();
  const TreeRows rows = bound.tree_rows(0, 4);
  EXPECT_EQ(rows.values, (std::vector<float>{0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1}));
  const LinearRows linear = bound.linear_rows(1, 3);
  EXPECT_EQ(linear.values, (std::vector<double>{0, 0, 1, 1, 0, 0}));
}

TEST(Encoder, a_frequent_null_of_a_category_has_a_column_of_its_own) {
  std::vector<std::uint32_t> codes(100, features::kNoLevel);
  std::fill(codes.begin(), codes.begin() + 60, 0U);
  const auto encoder = fit_encoder(matrix_of({category_column("sector", {"a"}, codes)}), {}).value();
  ASSERT_EQ(encoder.tree_columns.size(), 2U);  // a, null: nothing was pooled
  EXPECT_EQ(encoder.tree_columns[1].kind, EncodedKind::missing);
  const auto later = matrix_of({category_column("sector", {"z"}, {0, features::kNoLevel})});
  EXPECT_EQ(BoundEncoder::bind(encoder, later).value().tree_rows(0, 2).values,
            (std::vector<float>{0, 0, 0, 1}));
}

TEST(Encoder, the_threshold_of_a_level_is_half_a_percent_of_many_rows) {
  std::vector<std::uint32_t> codes(10000, 0);
  std::fill(codes.begin(), codes.begin() + 50, 1U);
  std::fill(codes.begin() + 50, codes.begin() + 99, 2U);
  const auto encoder =
      fit_encoder(matrix_of({category_column("sector", {"a", "fifty", "forty-nine"}, codes)}), {}).value();
  EXPECT_EQ(encoder.features[0].levels, (std::vector<std::string>{"a", "fifty"}));
}

TEST(Encoder, numbers_are_standardised_and_nulls_are_the_mean_with_a_mark) {
  const auto matrix = matrix_of({number_column("x", {1, 2, 3, 4, kNull})});
  const auto encoder = fit_encoder(matrix, {}).value();
  ASSERT_EQ(encoder.linear_columns.size(), 2U);
  ASSERT_EQ(encoder.tree_columns.size(), 1U);
  const auto bound = BoundEncoder::bind(encoder, matrix).value();
  const LinearRows rows = bound.linear_rows(0, 5);
  const double deviation = std::sqrt(1.25);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_DOUBLE_EQ(rows.row(i)[0], (static_cast<double>(i) - 1.5) / deviation);
    EXPECT_EQ(rows.row(i)[1], 0);
  }
  EXPECT_EQ(rows.row(4)[0], 0);
  EXPECT_EQ(rows.row(4)[1], 1);
  EXPECT_TRUE(std::isnan(bound.tree_rows(4, 5).values[0]));
}

TEST(Encoder, skewed_counts_go_through_a_logarithm_and_symmetric_numbers_do_not) {
  std::vector<double> skewed, even, negative;
  for (int i = 0; i < 200; ++i) {
    skewed.push_back(std::exp(i / 25.0));
    even.push_back(i);
    negative.push_back(i == 0 ? -1 : skewed.back());
  }
  const auto encoder =
      fit_encoder(matrix_of({number_column("even", even), number_column("negative", negative),
                             number_column("skewed", skewed)}),
                  {})
          .value();
  ASSERT_EQ(encoder.linear_columns.size(), 3U);
  EXPECT_FALSE(encoder.linear_columns[0].log_scale);
  EXPECT_FALSE(encoder.linear_columns[1].log_scale);
  EXPECT_TRUE(encoder.linear_columns[2].log_scale);
}

TEST(Encoder, values_far_outside_training_are_cut) {
  const auto encoder = fit_encoder(matrix_of({number_column("x", {-1, 0, 1, 0})}), {}).value();
  const auto later = matrix_of({number_column("x", {1e300, -1e300})});
  const auto bound = BoundEncoder::bind(encoder, later).value();
  EXPECT_EQ(bound.linear_rows(0, 2).values, (std::vector<double>{kMaxDeviation, -kMaxDeviation}));
  EXPECT_EQ(bound.tree_rows(0, 2).values,
            (std::vector<float>{std::numeric_limits<float>::max(), -std::numeric_limits<float>::max()}));
}

TEST(Encoder, what_never_varies_is_left_out) {
  const std::vector<double> nulls(30, kNull);
  std::vector<double> sometimes(30, 5);
  sometimes[3] = kNull;
  const auto encoder =
      fit_encoder(matrix_of({number_column("always_5", std::vector<double>(30, 5)),
                             number_column("nothing", nulls), number_column("sometimes_5", sometimes),
                             category_column("one", {"a"}, std::vector<std::uint32_t>(30, 0))}),
                  {})
          .value();
  ASSERT_EQ(encoder.features.size(), 1U);
  EXPECT_EQ(encoder.features[0].name, "sometimes_5");
  ASSERT_EQ(encoder.linear_columns.size(), 1U);
  EXPECT_EQ(encoder.linear_columns[0].kind, EncodedKind::missing);
}

TEST(Encoder, a_missing_or_changed_feature_is_named) {
  const auto encoder =
      fit_encoder(matrix_of({number_column("x", {1, 2}), number_column("y", {1, 2})}), {}).value();
  const auto error_of = [&](std::vector<features::FeatureColumn> columns) {
    const auto matrix = matrix_of(std::move(columns));
    const auto bound = BoundEncoder::bind(encoder, matrix);
    return bound ? std::string() : bound.error().message;
  };
  EXPECT_EQ(error_of({number_column("z", {1}), number_column("y", {1}), number_column("x", {1})}),
            "");  // order and more do not matter
  EXPECT_NE(error_of({number_column("x", {1})}).find("'y'"), std::string::npos);
  EXPECT_NE(error_of({number_column("x", {1}), category_column("y", {"a"}, {0})}).find("'y' is a category"),
            std::string::npos);
  auto newer = number_column("y", {1});
  newer.version = "v2";
  EXPECT_NE(error_of({number_column("x", {1}), newer}).find("version 'v2'"), std::string::npos);
}

TEST(Encoder, names_must_differ_and_rows_must_be) {
  EXPECT_FALSE(
      fit_encoder(matrix_of({number_column("x", {1, 2}), number_column("x", {1, 2})}), {}).has_value());
  EXPECT_FALSE(fit_encoder({}, {}).has_value());
  EXPECT_FALSE(
      fit_encoder(matrix_of({number_column("x", {1, 2})}), std::vector<std::string>{"y"}).has_value());
}

TEST(Encoder, the_order_of_columns_changes_nothing) {
  const auto a = number_column("a", {1, 2, 4});
  const auto b = number_column("b", {3, 1, 1});
  const auto first = fit_encoder(matrix_of({a, b}), {}).value();
  const auto second = fit_encoder(matrix_of({b, a}), {}).value();
  ASSERT_EQ(first.features.size(), second.features.size());
  for (std::size_t i = 0; i < first.features.size(); ++i) {
    EXPECT_EQ(first.features[i].name, second.features[i].name);
    EXPECT_EQ(first.linear_columns[i].mean, second.linear_columns[i].mean);
  }
}

}  // namespace
}  // namespace weir::risk
