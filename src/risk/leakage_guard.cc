#include "risk/leakage_guard.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/fixed_math.h"
#include "risk/metrics.h"

namespace weir::risk {
namespace {

using features::ColumnType;
using features::FeatureColumn;
using features::FeatureMatrix;

constexpr std::size_t kFolds = 5;
constexpr std::size_t kGroupsOfNumbers = 32;
constexpr std::size_t kRowsForEdges = 20000;
constexpr double kShrinkRows = 20;  // pseudo-rows at the overall rate in a group's rate

std::vector<std::uint8_t> folds_of(std::size_t rows, std::span<const std::uint64_t> subjects) {
  std::vector<std::uint8_t> folds(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    std::uint64_t key = subjects.empty() ? row : subjects[row];
    if (!subjects.empty()) key = (key ^ (key >> 29)) * 0xBF58476D1CE4E5B9ULL >> 32;
    folds[row] = static_cast<std::uint8_t>(key % kFolds);
  }
  return folds;
}

// Group of each row; the last group holds the nulls.
struct Grouping {
  std::vector<std::uint32_t> group;
  std::size_t count{0};
};

Grouping group_numbers(const FeatureColumn& column) {
  std::vector<double> sample;
  const std::size_t stride = column.numbers.size() / kRowsForEdges + 1;
  for (std::size_t row = 0; row < column.numbers.size(); row += stride) {
    if (!std::isnan(column.numbers[row])) sample.push_back(column.numbers[row]);
  }
  std::sort(sample.begin(), sample.end());
  std::vector<double> edges;
  for (std::size_t i = 1; i < kGroupsOfNumbers && !sample.empty(); ++i) {
    edges.push_back(sample[i * sample.size() / kGroupsOfNumbers]);
  }
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  Grouping grouping;
  grouping.count = edges.size() + 2;
  for (const double value : column.numbers) {
    const auto place = std::upper_bound(edges.begin(), edges.end(), value) - edges.begin();
    grouping.group.push_back(std::isnan(value) ? static_cast<std::uint32_t>(grouping.count - 1)
                                               : static_cast<std::uint32_t>(place));
  }
  return grouping;
}

Grouping group_categories(const FeatureColumn& column) {
  Grouping grouping;
  grouping.count = column.levels.size() + 1;
  for (const std::uint32_t code : column.codes) {
    grouping.group.push_back(code == features::kNoLevel ? static_cast<std::uint32_t>(column.levels.size())
                                                        : code);
  }
  return grouping;
}

struct Counts {
  double rows{0};
  double events{0};
};

// What the guard needs of the rows, beside the columns.
struct Rows {
  std::span<const std::uint8_t> outcomes;
  std::vector<std::uint8_t> folds;
  std::size_t events{0};
};

// Log-odds of the event in each row's group, from the other folds, less the overall log-odds.
std::vector<double> out_of_fold_scores(const Grouping& grouping, const Rows& rows) {
  std::vector<std::array<Counts, kFolds>> by_fold(grouping.count);
  std::vector<Counts> total(grouping.count);
  std::array<Counts, kFolds> fold_total{};
  Counts all;
  for (std::size_t row = 0; row < grouping.group.size(); ++row) {
    const double event = rows.outcomes[row] != 0 ? 1 : 0;
    const std::size_t group = grouping.group[row];
    const std::size_t fold = rows.folds[row];
    for (Counts* counts : {&by_fold[group][fold], &total[group], &fold_total[fold], &all}) {
      counts->rows += 1;
      counts->events += event;
    }
  }
  std::vector<std::array<double, kFolds>> score(grouping.count);
  for (std::size_t group = 0; group < grouping.count; ++group) {
    for (std::size_t fold = 0; fold < kFolds; ++fold) {
      const double prior =
          (all.events - fold_total[fold].events + 0.5) / (all.rows - fold_total[fold].rows + 1);
      const double seen = total[group].rows - by_fold[group][fold].rows;
      const double events = total[group].events - by_fold[group][fold].events;
      const double rate = (events + kShrinkRows * prior) / (seen + kShrinkRows);
      score[group][fold] = fixed_math::log(rate / (1 - rate)) - fixed_math::log(prior / (1 - prior));
    }
  }
  std::vector<double> scores(grouping.group.size());
  for (std::size_t row = 0; row < scores.size(); ++row)
    scores[row] = score[grouping.group[row]][rows.folds[row]];
  return scores;
}

std::vector<double> column_scores(const FeatureColumn& column, const Rows& rows) {
  return out_of_fold_scores(
      column.type == ColumnType::number ? group_numbers(column) : group_categories(column), rows);
}

ColumnPower power_of(const FeatureColumn& column, const Rows& rows) {
  ColumnPower power;
  power.name = column.name;
  double filled[2] = {0, 0};
  const std::size_t row_count = rows.outcomes.size();
  for (std::size_t row = 0; row < row_count; ++row) {
    if (!column.is_null(row)) filled[rows.outcomes[row] != 0 ? 1 : 0] += 1;
  }
  const double events = static_cast<double>(rows.events);
  const double others = static_cast<double>(row_count) - events;
  if (events > 0) power.filled_among_events = filled[1] / events;
  if (others > 0) power.filled_among_others = filled[0] / others;
  power.auc = auc(column_scores(column, rows), rows.outcomes).value_or(0.5);
  if (column.type == ColumnType::number && filled[0] + filled[1] == static_cast<double>(row_count)) {
    const double by_rank = auc(column.numbers, rows.outcomes).value_or(0.5);
    power.auc = std::max({power.auc, by_rank, 1 - by_rank});
  }
  return power;
}

bool filled_for_one_class(double filled, double absent_filled, double class_rows, double absent_rows,
                          const GuardLimits& limits) noexcept {
  const double absent_share = absent_filled + 0.5 / absent_rows;
  return absent_filled <= limits.presence_absent && filled >= limits.presence_ratio * absent_share &&
         filled * class_rows >= static_cast<double>(limits.presence_rows) && filled >= limits.presence_share;
}

// Emptiness tells only of what is filled in: that nothing happened for a while makes other columns empty, and
// may be known in time.
bool presence_tells(const ColumnPower& power, bool is_filled_in, const Rows& rows,
                    const GuardLimits& limits) noexcept {
  const double events = static_cast<double>(rows.events);
  const double others = static_cast<double>(rows.outcomes.size()) - events;
  if (is_filled_in && (filled_for_one_class(1 - power.filled_among_events, 1 - power.filled_among_others,
                                            events, others, limits) ||
                       filled_for_one_class(1 - power.filled_among_others, 1 - power.filled_among_events,
                                            others, events, limits))) {
    return true;
  }
  return filled_for_one_class(power.filled_among_events, power.filled_among_others, events, others, limits) ||
         filled_for_one_class(power.filled_among_others, power.filled_among_events, others, events, limits);
}

// Which columns are suspicious, by column index.
struct Verdicts {
  std::vector<std::optional<Suspicion>> why;
  double second_best{0.5};
  double all_others{0.5};
};

double best_of_the_rest(const std::vector<ColumnPower>& columns, const std::vector<bool>& apart) noexcept {
  double best = 0.5;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!apart[i]) best = std::max(best, columns[i].auc);
  }
  return best;
}

double all_of_the_rest(const FeatureMatrix& matrix, const Rows& rows, const std::vector<bool>& apart) {
  std::vector<double> sum(rows.outcomes.size(), 0.0);
  for (std::size_t i = 0; i < matrix.columns.size(); ++i) {
    if (apart[i]) continue;
    const std::vector<double> scores = column_scores(matrix.columns[i], rows);
    for (std::size_t row = 0; row < sum.size(); ++row) sum[row] += scores[row];
  }
  return auc(sum, rows.outcomes).value_or(0.5);
}

// Columns of strong power, strongest first; the longest run of them that stands clear of all that follow.
void judge_power(const FeatureMatrix& matrix, const std::vector<ColumnPower>& columns, const Rows& rows,
                 const GuardLimits& limits, Verdicts& verdicts) {
  std::vector<std::size_t> strong;
  std::vector<bool> apart(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!verdicts.why[i] && columns[i].auc >= limits.certain_auc) verdicts.why[i] = Suspicion::power;
    apart[i] = verdicts.why[i].has_value();
    if (!apart[i] && columns[i].auc >= limits.strong_auc) strong.push_back(i);
  }
  std::stable_sort(strong.begin(), strong.end(),
                   [&](std::size_t a, std::size_t b) { return columns[a].auc > columns[b].auc; });
  std::vector<bool> with_strong = apart;
  for (const std::size_t i : strong) with_strong[i] = true;
  for (std::size_t run = strong.size(); run > 0; --run) {
    const double weakest = columns[strong[run - 1]].auc;
    if (weakest >= best_of_the_rest(columns, with_strong) + limits.above_second &&
        weakest >= all_of_the_rest(matrix, rows, with_strong)) {
      for (std::size_t i = 0; i < run; ++i) verdicts.why[strong[i]] = Suspicion::power;
      break;
    }
    with_strong[strong[run - 1]] = false;
  }
}

std::string percent(double share) {
  const long tenths = std::lround(share * 1000);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string two_digits(double value) {
  const long hundredths = std::lround(value * 100);
  return std::to_string(hundredths / 100) + (hundredths % 100 < 10 ? ".0" : ".") +
         std::to_string(hundredths % 100);
}

std::string sentence_of(const SuspiciousColumn& column) {
  switch (column.why) {
    case Suspicion::changed_after:
      return percent(*column.changed_at_or_after_outcome) + " of the values of '" + column.name +
             "' changed at or after the outcome, so it may know it; it is left out until you say otherwise.";
    case Suspicion::presence:
      return "'" + column.name + "' is filled in " + percent(column.filled_among_events) +
             " of the rows with the outcome and " + percent(column.filled_among_others) +
             " of those without: it seems to be filled in because of the outcome; it is left out until you "
             "say otherwise.";
    case Suspicion::power:
      return "'" + column.name + "' alone tells the outcome with AUC " + two_digits(column.auc) +
             "; the best other column reaches " + two_digits(column.second_best_auc) +
             " and all others together " + two_digits(column.all_others_auc) +
             ": check whether it is known before the outcome; it is left out until you say otherwise.";
  }
  return {};
}

std::optional<double> changed_share(std::span<const ColumnFact> facts, const std::string& name) {
  const auto fact = std::find_if(facts.begin(), facts.end(),
                                 [&](const ColumnFact& candidate) { return candidate.name == name; });
  return fact == facts.end() ? std::nullopt : std::optional(fact->changed_at_or_after_outcome);
}

bool filled_in(std::span<const ColumnFact> facts, const std::string& name) {
  return std::any_of(facts.begin(), facts.end(),
                     [&](const ColumnFact& fact) { return fact.name == name && fact.is_filled_in; });
}

Verdicts judge(const FeatureMatrix& matrix, const LeakageReport& report, const Rows& rows,
               std::span<const ColumnFact> facts, const GuardLimits& limits) {
  Verdicts verdicts;
  verdicts.why.resize(report.columns.size());
  for (std::size_t i = 0; i < report.columns.size(); ++i) {
    if (changed_share(facts, report.columns[i].name).value_or(0) >= limits.changed_share) {
      verdicts.why[i] = Suspicion::changed_after;
    } else if (report.judged &&
               presence_tells(report.columns[i], filled_in(facts, report.columns[i].name), rows, limits)) {
      verdicts.why[i] = Suspicion::presence;
    }
  }
  if (report.judged) judge_power(matrix, report.columns, rows, limits, verdicts);
  std::vector<bool> apart(verdicts.why.size());
  std::transform(verdicts.why.begin(), verdicts.why.end(), apart.begin(),
                 [](const auto& why) { return why.has_value(); });
  if (std::find(apart.begin(), apart.end(), true) != apart.end()) {
    verdicts.second_best = best_of_the_rest(report.columns, apart);
    verdicts.all_others = all_of_the_rest(matrix, rows, apart);
  }
  return verdicts;
}

Status check_shapes(const FeatureMatrix& matrix, std::span<const std::uint8_t> outcomes,
                    std::span<const std::uint64_t> subjects) {
  if (outcomes.size() != matrix.row_count || (!subjects.empty() && subjects.size() != matrix.row_count)) {
    return fail(Errc::invalid_argument,
                "the leakage guard needs one outcome per row: " + std::to_string(matrix.row_count) +
                    " rows and " + std::to_string(outcomes.size()) + " outcomes were given");
  }
  for (const FeatureColumn& column : matrix.columns) {
    if (column.size() != matrix.row_count)
      return fail(Errc::invalid_argument, "column '" + column.name + "' has not one value per row");
  }
  return {};
}

}  // namespace

Result<LeakageReport> find_leakage(const FeatureMatrix& matrix, std::span<const std::uint8_t> outcomes,
                                   std::span<const ColumnFact> facts, std::span<const std::uint64_t> subjects,
                                   const GuardLimits& limits) {
  WEIR_TRY_STATUS(check_shapes(matrix, outcomes, subjects));
  Rows rows{outcomes, folds_of(outcomes.size(), subjects), 0};
  rows.events = count_events(outcomes);
  LeakageReport report;
  report.rows = outcomes.size();
  report.events = rows.events;
  report.judged = std::min(rows.events, outcomes.size() - rows.events) >= limits.least_events;
  for (const FeatureColumn& column : matrix.columns) report.columns.push_back(power_of(column, rows));
  const Verdicts verdicts = judge(matrix, report, rows, facts, limits);
  for (std::size_t i = 0; i < report.columns.size(); ++i) {
    if (!verdicts.why[i]) continue;
    const ColumnPower& power = report.columns[i];
    SuspiciousColumn column{.name = power.name,
                            .why = *verdicts.why[i],
                            .auc = power.auc,
                            .second_best_auc = verdicts.second_best,
                            .all_others_auc = verdicts.all_others,
                            .filled_among_events = power.filled_among_events,
                            .filled_among_others = power.filled_among_others,
                            .changed_at_or_after_outcome = changed_share(facts, power.name),
                            .sentence = {}};
    column.sentence = sentence_of(column);
    report.suspicious.push_back(std::move(column));
  }
  std::stable_sort(report.suspicious.begin(), report.suspicious.end(),
                   [](const SuspiciousColumn& a, const SuspiciousColumn& b) {
                     return a.why != b.why ? a.why < b.why : a.auc > b.auc;
                   });
  return report;
}

}  // namespace weir::risk
