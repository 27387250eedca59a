// Is there enough evidence to rank? Honest answers from the tenth lead on, "not enough" as one of them. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace weir::risk {

enum class EvidenceLevel : std::uint8_t {
  none,           // below the outcomes an interval needs: say the counts, nothing else
  baseline_only,  // a rate with its interval, no ranking
  no_signal,      // enough outcomes, but the ranking does no better than chance on data it has not seen
  model,          // a model's ranking and probability may be shown
};
[[nodiscard]] const char* to_text(EvidenceLevel level) noexcept;

struct EvidenceRule {
  std::size_t outcomes_for_interval{10};
  std::size_t outcomes_for_model{20};
  double outcomes_per_feature{2};  // of the model's effective features (ridge degrees of freedom)
  double confidence{0.90};         // two-sided, of the holdout AUC's interval
};

struct EvidenceFigures {
  std::size_t rows{0};
  std::size_t outcomes{0};  // events of the rarer class
  double effective_features{0};
  std::optional<double> holdout_auc;  // empty: not measured, or one class only
  std::optional<double> holdout_auc_low;
  std::size_t holdout_outcomes{0};
};

struct Evidence {
  EvidenceLevel level{EvidenceLevel::none};
  EvidenceFigures figures;
  std::size_t outcomes_needed{0};  // for a model
  std::string sentence;            // for people: what there is and what is missing
  [[nodiscard]] bool enough() const noexcept { return level == EvidenceLevel::model; }
};

// `holdout_scores` and `holdout_outcomes`: rows the model has not seen (empty before there is one: then a
// model may be trained but level stays baseline_only). `rows` and `events` are those of subjects where one
// has several rows: they do not add evidence. `holdout_subjects`: whose row each is (empty: each its own).
[[nodiscard]] Evidence judge_evidence(std::size_t rows, std::size_t events, double effective_features,
                                      std::span<const double> holdout_scores,
                                      std::span<const std::uint8_t> holdout_outcomes,
                                      const EvidenceRule& rule = {},
                                      std::span<const std::uint32_t> holdout_subjects = {});
// May a model be trained at all?
[[nodiscard]] bool enough_to_train(std::size_t rows, std::size_t events, double effective_features,
                                   const EvidenceRule& rule = {}) noexcept;

struct RateInterval {
  double rate{0};
  double low{0};
  double high{1};
};
// A share with its exact two-sided interval (Clopper & Pearson 1934): it covers at least as often as it says,
// from the first row on. Without rows [0, 1].
[[nodiscard]] RateInterval rate_interval(std::size_t events, std::size_t rows,
                                         double confidence = 0.90) noexcept;

}  // namespace weir::risk
