// Finds columns that know the outcome: filled in after the fact, or only for winners. Pure. It names them; it
// is the caller who leaves them out until told otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "features/feature_matrix.h"

namespace weir::risk {

// What the history of a column says, where it is known. Given by name.
struct ColumnFact {
  std::string name;
  double changed_at_or_after_outcome{0};  // share of the rows' values that last changed at or after the outcome
};

enum class Suspicion : std::uint8_t {
  changed_after,   // values change at or after the outcome
  presence,        // filled for (nearly) all of one class, empty for (nearly) all of the other
  power,           // alone ranks better than anything that is known before an outcome does
};

struct GuardLimits {
  double changed_share{0.05};        // changed_after from here on
  double presence_present{0.9};      // share filled in one class, at least, and ...
  double presence_absent{0.02};      // ... share filled in the other, at most
  double certain_auc{0.90};          // power: alone at least this, and `above_second` above the second best; or
  double strong_auc{0.80};           // ... at least this, `above_second` above the second best column, and
  double above_second{0.10};         // ... no worse than all others together (naive Bayes, out of fold)
  std::size_t least_events{20};      // of the rarer class: below, power and presence are not judged
};

// Power of one column, alone. Numbers are cut at their 2nd to 98th percentiles into at most 32 groups by rank
// and nulls are a group of their own; categories are groups with nulls as one; each group scores its shrunk
// event rate out of fold (5 folds by row). For numbers the plain rank AUC counts if it is higher.
struct ColumnPower {
  std::string name;
  double auc{0.5};
  double filled_among_events{0};
  double filled_among_others{0};
};

struct SuspiciousColumn {
  std::string name;
  Suspicion why{Suspicion::power};
  double auc{0.5};
  double second_best_auc{0.5};        // the best column that is not itself suspicious
  double all_others_auc{0.5};         // all columns that are not suspicious together, naive Bayes out of fold
  double filled_among_events{0};
  double filled_among_others{0};
  std::optional<double> changed_at_or_after_outcome;
  std::string sentence;               // for people, with the figures
};

struct LeakageReport {
  std::vector<SuspiciousColumn> suspicious;  // strongest reason first (order of Suspicion), then by AUC, name
  std::vector<ColumnPower> columns;          // all, in the matrix's order
  std::size_t rows{0};
  std::size_t events{0};
  bool judged{false};                 // false: too few outcomes for power and presence
};

// `outcomes`: 1 for the event, one per row. `winners`: which outcome the sentences call won (0 when the event
// is a loss, as risk has it; 1 when it is a conversion). Fails with Errc::invalid_argument on lengths that
// differ.
[[nodiscard]] Result<LeakageReport> find_leakage(const features::FeatureMatrix& matrix,
                                                 std::span<const std::uint8_t> outcomes,
                                                 std::span<const ColumnFact> facts = {}, const GuardLimits& limits = {});

}  // namespace weir::risk
