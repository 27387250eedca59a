#include "risk/metrics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/check.h"
#include "base/fixed_math.h"

namespace weir::risk {
namespace {

std::vector<std::size_t> order_by(std::span<const double> scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t left, std::size_t right) { return scores[left] < scores[right]; });
  return order;
}

double weight_of(std::span<const double> weights, std::size_t row) noexcept {
  return weights.empty() ? 1.0 : weights[row];
}

void check_shapes(std::span<const double> scores, std::span<const std::uint8_t> outcomes,
                  std::span<const double> weights) {
  WEIR_CHECK(scores.size() == outcomes.size(), "one outcome per score");
  WEIR_CHECK(weights.empty() || weights.size() == scores.size(), "one weight per score, or none at all");
}

// The weights of rows of one score.
struct TieGroup {
  double events{0};
  double others{0};
};

// One group per distinct score, rising.
std::vector<TieGroup> tie_groups(std::span<const double> scores, std::span<const std::uint8_t> outcomes,
                                 std::span<const double> weights) {
  const std::vector<std::size_t> order = order_by(scores);
  std::vector<TieGroup> groups;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || scores[order[i]] != scores[order[i - 1]]) groups.emplace_back();
    (outcomes[order[i]] != 0 ? groups.back().events : groups.back().others) += weight_of(weights, order[i]);
  }
  return groups;
}

TieGroup total_of(const std::vector<TieGroup>& groups) noexcept {
  TieGroup total;
  for (const TieGroup& group : groups) {
    total.events += group.events;
    total.others += group.others;
  }
  return total;
}

// The empirical variance of the AUC by placements, plain counts; empty when a class has one row only.
std::optional<double> placement_variance(const std::vector<TieGroup>& groups, const TieGroup& total,
                                         double area) {
  if (total.events < 2 || total.others < 2) return std::nullopt;
  double over_events = 0;
  double over_others = 0;
  TieGroup below;
  for (const TieGroup& group : groups) {
    // Share of the other class that this score beats; that an event beats a row of this score.
    const double placement_of_event = (below.others + group.others / 2) / total.others;
    const double placement_of_other = (total.events - below.events - group.events / 2) / total.events;
    over_events += group.events * (placement_of_event - area) * (placement_of_event - area);
    over_others += group.others * (placement_of_other - area) * (placement_of_other - area);
    below.events += group.events;
    below.others += group.others;
  }
  return over_events / (total.events - 1) / total.events + over_others / (total.others - 1) / total.others;
}

// The same over subjects: sums of a subject's placements against what the area lets expect of them.
std::optional<double> clustered_variance(std::span<const double> scores,
                                         std::span<const std::uint8_t> outcomes,
                                         std::span<const std::uint32_t> subjects, const TieGroup& total,
                                         double area) {
  const std::size_t rows = scores.size();
  std::vector<std::size_t> order(rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  std::vector<double> placements(rows);
  TieGroup below;
  for (std::size_t begin = 0; begin < rows;) {
    std::size_t end = begin;
    TieGroup group;
    for (; end < rows && scores[order[end]] == scores[order[begin]]; ++end)
      (outcomes[order[end]] != 0 ? group.events : group.others) += 1;
    for (std::size_t i = begin; i < end; ++i) {
      placements[order[i]] = outcomes[order[i]] != 0
                                 ? (below.others + group.others / 2) / total.others
                                 : (total.events - below.events - group.events / 2) / total.events;
    }
    below.events += group.events;
    below.others += group.others;
    begin = end;
  }
  struct Sums {
    double events{0}, others{0};
    bool has_events{false}, has_others{false};
  };
  std::map<std::uint32_t, Sums> by_subject;
  for (std::size_t row = 0; row < rows; ++row) {
    Sums& sums = by_subject[subjects[row]];
    (outcomes[row] != 0 ? sums.events : sums.others) += placements[row] - area;
    (outcomes[row] != 0 ? sums.has_events : sums.has_others) = true;
  }
  double events = 0, others = 0, both = 0, with_events = 0, with_others = 0;
  for (const auto& [subject, sums] : by_subject) {
    events += sums.events * sums.events;
    others += sums.others * sums.others;
    both += sums.events * sums.others;
    with_events += sums.has_events ? 1 : 0;
    with_others += sums.has_others ? 1 : 0;
  }
  const auto count = static_cast<double>(by_subject.size());
  if (with_events < 2 || with_others < 2) return std::nullopt;
  const double of_events = with_events / (with_events - 1) * events / (total.events * total.events);
  const double of_others = with_others / (with_others - 1) * others / (total.others * total.others);
  const double of_both = count / (count - 1) * both / (total.events * total.others);
  return of_events + of_others + 2 * of_both;
}

double mean_loss(std::span<const double> losses, std::span<const double> weights) noexcept {
  double sum = 0;
  double weight = 0;
  for (std::size_t row = 0; row < losses.size(); ++row) {
    sum += losses[row] * weight_of(weights, row);
    weight += weight_of(weights, row);
  }
  return sum / weight;
}

bool has_weight(std::size_t rows, std::span<const double> weights) noexcept {
  return weights.empty()
             ? rows > 0
             : std::any_of(weights.begin(), weights.end(), [](double weight) { return weight > 0; });
}

double error_of(const std::vector<ReliabilityGroup>& groups, std::size_t rows) noexcept {
  double error = 0;
  for (const ReliabilityGroup& group : groups) {
    error += static_cast<double>(group.rows) / static_cast<double>(rows) *
             std::abs(group.observed_rate - group.mean_probability);
  }
  return error;
}

}  // namespace

std::size_t count_events(std::span<const std::uint8_t> outcomes) noexcept {
  return static_cast<std::size_t>(
      std::count_if(outcomes.begin(), outcomes.end(), [](std::uint8_t outcome) { return outcome != 0; }));
}

std::optional<double> auc(std::span<const double> scores, std::span<const std::uint8_t> outcomes,
                          std::span<const double> weights) {
  check_shapes(scores, outcomes, weights);
  const std::vector<TieGroup> groups = tie_groups(scores, outcomes, weights);
  const TieGroup total = total_of(groups);
  if (total.events <= 0 || total.others <= 0) return std::nullopt;
  double beaten = 0;
  double others_below = 0;
  for (const TieGroup& group : groups) {
    beaten += group.events * (others_below + group.others / 2);
    others_below += group.others;
  }
  return beaten / (total.events * total.others);
}

std::optional<AucInterval> auc_interval(std::span<const double> scores,
                                        std::span<const std::uint8_t> outcomes, double confidence,
                                        std::span<const std::uint32_t> subjects) {
  const std::optional<double> area = auc(scores, outcomes);
  if (!area) return std::nullopt;
  const std::vector<TieGroup> groups = tie_groups(scores, outcomes, {});
  const TieGroup total = total_of(groups);
  double centre = *area;
  double variance = (subjects.empty() ? placement_variance(groups, total, centre)
                                      : clustered_variance(scores, outcomes, subjects, total, centre))
                        .value_or(0);
  if (variance <= 0) {
    const double edge = 0.5 / (total.events * total.others);
    centre = std::clamp(centre, edge, 1 - edge);
    variance = centre * (1 - centre) / std::min(total.events, total.others);
  }
  const double error = std::sqrt(variance);
  const double reach = fixed_math::normal_quantile(0.5 + confidence / 2) * error / (centre * (1 - centre));
  const double middle = fixed_math::log(centre / (1 - centre));
  const auto probability = [](double x) { return 1 / (1 + fixed_math::exp(-x)); };
  return AucInterval{.auc = *area,
                     .low = std::min(*area, probability(middle - reach)),
                     .high = std::max(*area, probability(middle + reach)),
                     .standard_error = error};
}

std::optional<double> average_precision(std::span<const double> scores,
                                        std::span<const std::uint8_t> outcomes,
                                        std::span<const double> weights) {
  check_shapes(scores, outcomes, weights);
  const std::vector<TieGroup> groups = tie_groups(scores, outcomes, weights);
  const TieGroup total = total_of(groups);
  if (total.events <= 0) return std::nullopt;
  double sum = 0;
  TieGroup flagged;
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    flagged.events += group->events;
    flagged.others += group->others;
    if (group->events > 0)
      sum += group->events / total.events * (flagged.events / (flagged.events + flagged.others));
  }
  return sum;
}

std::optional<double> brier_score(std::span<const double> probabilities,
                                  std::span<const std::uint8_t> outcomes, std::span<const double> weights) {
  check_shapes(probabilities, outcomes, weights);
  if (!has_weight(probabilities.size(), weights)) return std::nullopt;
  std::vector<double> losses(probabilities.size());
  for (std::size_t row = 0; row < losses.size(); ++row) {
    const double miss = probabilities[row] - (outcomes[row] != 0 ? 1.0 : 0.0);
    losses[row] = miss * miss;
  }
  return mean_loss(losses, weights);
}

std::optional<double> log_loss(std::span<const double> probabilities, std::span<const std::uint8_t> outcomes,
                               std::span<const double> weights, double clip) {
  check_shapes(probabilities, outcomes, weights);
  if (!has_weight(probabilities.size(), weights)) return std::nullopt;
  std::vector<double> losses(probabilities.size());
  for (std::size_t row = 0; row < losses.size(); ++row) {
    const double probability = std::clamp(probabilities[row], clip, 1 - clip);
    losses[row] = outcomes[row] != 0 ? -fixed_math::log(probability) : -fixed_math::log1p(-probability);
  }
  return mean_loss(losses, weights);
}

std::vector<ReliabilityGroup> reliability(std::span<const double> probabilities,
                                          std::span<const std::uint8_t> outcomes, std::size_t group_count) {
  check_shapes(probabilities, outcomes, {});
  WEIR_CHECK(group_count > 0, "at least one group");
  const std::vector<std::size_t> order = order_by(probabilities);
  const std::size_t rows = order.size();
  std::vector<ReliabilityGroup> groups;
  std::size_t next = 0;
  for (std::size_t g = 0; g < group_count && next < rows; ++g) {
    const std::size_t planned_end = (g + 1) * (rows / group_count) + std::min(g + 1, rows % group_count);
    if (planned_end <= next) continue;
    ReliabilityGroup group;
    const auto belongs = [&] {
      return next < planned_end || probabilities[order[next]] == probabilities[order[next - 1]];
    };
    for (; next < rows && belongs(); ++next) {
      ++group.rows;
      group.events += outcomes[order[next]] != 0 ? 1U : 0U;
      group.mean_probability += probabilities[order[next]];
    }
    group.mean_probability /= static_cast<double>(group.rows);
    group.observed_rate = static_cast<double>(group.events) / static_cast<double>(group.rows);
    groups.push_back(group);
  }
  return groups;
}

std::optional<double> calibration_error(std::span<const double> probabilities,
                                        std::span<const std::uint8_t> outcomes, std::size_t group_count) {
  if (probabilities.empty()) return std::nullopt;
  return error_of(reliability(probabilities, outcomes, group_count), probabilities.size());
}

std::optional<double> calibration_error_equal_width(std::span<const double> probabilities,
                                                    std::span<const std::uint8_t> outcomes,
                                                    std::size_t group_count) {
  check_shapes(probabilities, outcomes, {});
  WEIR_CHECK(group_count > 0, "at least one group");
  if (probabilities.empty()) return std::nullopt;
  std::vector<ReliabilityGroup> groups(group_count);
  for (std::size_t row = 0; row < probabilities.size(); ++row) {
    const double place = std::clamp(probabilities[row], 0.0, 1.0) * static_cast<double>(group_count);
    ReliabilityGroup& group = groups[std::min(static_cast<std::size_t>(place), group_count - 1)];
    ++group.rows;
    group.events += outcomes[row] != 0 ? 1U : 0U;
    group.mean_probability += probabilities[row];
  }
  std::erase_if(groups, [](const ReliabilityGroup& group) { return group.rows == 0; });
  for (ReliabilityGroup& group : groups) {
    group.mean_probability /= static_cast<double>(group.rows);
    group.observed_rate = static_cast<double>(group.events) / static_cast<double>(group.rows);
  }
  return error_of(groups, probabilities.size());
}

std::optional<double> lift_at(std::span<const double> scores, std::span<const std::uint8_t> outcomes,
                              double share) {
  check_shapes(scores, outcomes, {});
  WEIR_CHECK(share > 0 && share <= 1, "a share in (0, 1]");
  const std::vector<TieGroup> groups = tie_groups(scores, outcomes, {});
  const TieGroup total = total_of(groups);
  if (total.events <= 0) return std::nullopt;
  const double rows = static_cast<double>(scores.size());
  const double wanted = std::max(1.0, std::floor(share * rows));
  double taken = 0;
  double events = 0;
  for (auto group = groups.rbegin(); group != groups.rend() && taken < wanted; ++group) {
    const double size = group->events + group->others;
    const double part = std::min(1.0, (wanted - taken) / size);
    events += group->events * part;
    taken += size * part;
  }
  return events / wanted / (total.events / rows);
}

ThresholdCounts at_threshold(std::span<const double> scores, std::span<const std::uint8_t> outcomes,
                             double threshold) {
  check_shapes(scores, outcomes, {});
  ThresholdCounts counts;
  for (std::size_t row = 0; row < scores.size(); ++row) {
    const std::size_t event = outcomes[row] != 0 ? 1 : 0;
    counts.events += event;
    if (scores[row] < threshold) continue;
    ++counts.flagged;
    counts.flagged_events += event;
  }
  const double hits = static_cast<double>(counts.flagged_events);
  if (counts.flagged > 0) counts.precision = hits / static_cast<double>(counts.flagged);
  if (counts.events > 0) counts.recall = hits / static_cast<double>(counts.events);
  return counts;
}

}  // namespace weir::risk
