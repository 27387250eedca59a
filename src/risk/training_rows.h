// Random training rows with a known relation, for tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"
#include "features/feature_matrix.h"
#include "risk/logistic.h"

namespace weir::risk {

struct Drawn {
  features::FeatureMatrix rows;
  std::vector<std::uint8_t> outcome;
  std::vector<std::uint8_t> inner;  // the last fifth
};

inline features::FeatureColumn number_column(std::string name, std::vector<double> numbers,
                                             features::Monotone monotone = features::Monotone::free) {
  features::FeatureColumn column;
  column.group = name.substr(0, 1);
  column.name = std::move(name);
  column.version = "v1";
  column.monotone = monotone;
  column.numbers = std::move(numbers);
  return column;
}

inline features::FeatureColumn category_column(std::string name, std::vector<std::string> levels,
                                               std::vector<std::uint32_t> codes) {
  features::FeatureColumn column;
  column.group = name.substr(0, 1);
  column.name = std::move(name);
  column.version = "v1";
  column.type = features::ColumnType::category;
  column.levels = std::move(levels);
  column.codes = std::move(codes);
  return column;
}

// `noise` further columns say nothing. Features: a_since (skewed, rising), b_replies (counts, falling),
// c_value (5 % null), d_sector (levels of falling share, some rare, some null).
inline Drawn draw_rows(std::size_t count, std::size_t noise, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> since, replies, value;
  std::vector<std::uint32_t> sector;
  std::vector<std::vector<double>> others(noise);
  Drawn drawn;
  for (std::size_t i = 0; i < count; ++i) {
    since.push_back(-20 * std::log(1 - random.uniform()));
    replies.push_back(std::floor(-1.5 * std::log(1 - random.uniform())));
    const bool null = random.chance(0.05);
    const double x = random.uniform() + random.uniform() + random.uniform() - 1.5;
    value.push_back(null ? std::numeric_limits<double>::quiet_NaN() : x);
    const double place = random.uniform();
    sector.push_back(place < 0.02 ? features::kNoLevel : static_cast<std::uint32_t>(6 * place * place));
    for (auto& other : others) {
      other.push_back(random.uniform());
    }
    const double margin = -1.5 + 0.5 * std::log1p(since.back()) - 0.4 * replies.back() +
                          (null ? 0.8 : 1.2 * x * x - x) + (sector.back() == 1 ? 0.7 : 0) +
                          (since.back() > 30 && replies.back() < 1 ? 0.6 : 0);
    drawn.outcome.push_back(random.chance(1 / (1 + std::exp(-margin))) ? 1 : 0);
    drawn.inner.push_back(i >= count - count / 5 ? 1 : 0);
  }
  drawn.rows.row_count = count;
  drawn.rows.columns = {number_column("a_since", since, features::Monotone::rising),
                        number_column("b_replies", replies, features::Monotone::falling),
                        number_column("c_value", value),
                        category_column("d_sector", {"art", "bank", "chem", "food", "rare", "wood"}, sector)};
  for (std::size_t j = 0; j < noise; ++j) {
    drawn.rows.columns.push_back(number_column("n" + std::to_string(j), others[j]));
  }
  return drawn;
}

}  // namespace weir::risk
