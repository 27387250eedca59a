#include "risk/evidence.h"

#include <algorithm>
#include <cmath>

#include "risk/gamma_quantile.h"
#include "risk/metrics.h"

namespace weir::risk {
namespace {

std::size_t outcomes_needed(double effective_features, const EvidenceRule& rule) noexcept {
  const double by_features = std::ceil(std::max(0.0, effective_features) * rule.outcomes_per_feature);
  return std::max(rule.outcomes_for_model, static_cast<std::size_t>(by_features));
}

std::string two_digits(double value) {
  const long hundredths = std::lround(value * 100);
  const std::string digits = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + (digits.size() < 2 ? ".0" : ".") + digits;
}

std::string count_of(std::size_t outcomes) {
  return std::to_string(outcomes) + (outcomes == 1 ? " outcome" : " outcomes");
}

std::string sentence_of(const Evidence& evidence, const EvidenceRule& rule) {
  const EvidenceFigures& figures = evidence.figures;
  const std::string have = count_of(figures.outcomes) + " among " + std::to_string(figures.rows) +
                           (figures.rows == 1 ? " subject" : " subjects");
  switch (evidence.level) {
    case EvidenceLevel::none:
      return "Not enough evidence: " + have + "; a rate with an interval needs " +
             std::to_string(rule.outcomes_for_interval) + " and a ranking " +
             std::to_string(evidence.outcomes_needed) + ".";
    case EvidenceLevel::baseline_only:
      if (figures.outcomes < evidence.outcomes_needed) {
        return "Enough for a rate with its interval, not for a ranking: " + have + ", a ranking needs " +
               std::to_string(evidence.outcomes_needed) + ".";
      }
      return "Enough to train on (" + have + "), but no ranking has been proved on data it has not seen.";
    case EvidenceLevel::no_signal:
      return "No usable signal: with " + have + " the ranking reaches AUC " +
             two_digits(*figures.holdout_auc) + " on data it has not seen, and may be as low as " +
             two_digits(*figures.holdout_auc_low) + " (chance is 0.50).";
    case EvidenceLevel::model:
      return "Enough evidence: " + have + ", AUC " + two_digits(*figures.holdout_auc) +
             " on data not seen, at least " + two_digits(*figures.holdout_auc_low) + ".";
  }
  return {};
}

}  // namespace

const char* to_text(EvidenceLevel level) noexcept {
  switch (level) {
    case EvidenceLevel::none:
      return "none";
    case EvidenceLevel::baseline_only:
      return "baseline_only";
    case EvidenceLevel::no_signal:
      return "no_signal";
    case EvidenceLevel::model:
      return "model";
  }
  return "none";
}

bool enough_to_train(std::size_t rows, std::size_t events, double effective_features,
                     const EvidenceRule& rule) noexcept {
  return std::min(events, rows - std::min(events, rows)) >= outcomes_needed(effective_features, rule);
}

Evidence judge_evidence(std::size_t rows, std::size_t events, double effective_features,
                        std::span<const double> holdout_scores,
                        std::span<const std::uint8_t> holdout_outcomes, const EvidenceRule& rule,
                        std::span<const std::uint32_t> holdout_subjects) {
  Evidence evidence;
  EvidenceFigures& figures = evidence.figures;
  figures.rows = rows;
  figures.outcomes = std::min(events, rows - std::min(events, rows));
  figures.effective_features = effective_features;
  evidence.outcomes_needed = outcomes_needed(effective_features, rule);
  if (const auto area = auc_interval(holdout_scores, holdout_outcomes, rule.confidence, holdout_subjects)) {
    figures.holdout_auc = area->auc;
    figures.holdout_auc_low = area->low;
    const std::size_t holdout_events = count_events(holdout_outcomes);
    figures.holdout_outcomes = std::min(holdout_events, holdout_outcomes.size() - holdout_events);
  }
  if (figures.outcomes < rule.outcomes_for_interval) {
    evidence.level = EvidenceLevel::none;
  } else if (figures.outcomes < evidence.outcomes_needed || !figures.holdout_auc) {
    evidence.level = EvidenceLevel::baseline_only;
  } else {
    evidence.level = *figures.holdout_auc_low > 0.5 ? EvidenceLevel::model : EvidenceLevel::no_signal;
  }
  evidence.sentence = sentence_of(evidence, rule);
  return evidence;
}

RateInterval rate_interval(std::size_t events, std::size_t rows, double confidence) noexcept {
  if (rows == 0) return {};
  const double count = static_cast<double>(events);
  const double all = static_cast<double>(rows);
  const double tail = (1 - confidence) / 2;
  RateInterval interval{.rate = count / all, .low = 0, .high = 1};
  if (events > 0) interval.low = beta_quantile(count, all - count + 1, tail);
  if (events < rows) interval.high = beta_quantile(count + 1, all - count, 1 - tail);
  return interval;
}

}  // namespace weir::risk
