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

// What is known of a column beside its values. Given by name.
struct ColumnFact {
  std::string name;
  double changed_at_or_after_outcome{
      0};                    // share of the rows' values that last changed at or after the outcome
  bool is_filled_in{false};  // somebody or something writes it down, as an attribute: nothing but that
                             // decides whether it is empty
};

enum class Suspicion : std::uint8_t {
  changed_after,  // values change at or after the outcome
  presence,  // filled in for one class and (nearly) never for the other; or what is filled in is empty for
             // one class and (nearly) never for the other: never a deal without an account among those that
             // closed
  power,  // alone ranks better than anything that is known before an outcome does
};

struct GuardLimits {
  double changed_share{0.05};     // changed_after from here on
  double presence_absent{0.02};   // presence: filled in at most this share of one class, and in at least
  double presence_ratio{20};      // ... this many times that share of the other (half a row added), and
  std::size_t presence_rows{20};  // ... in so many of its rows
  double presence_share{
      0.05};  // ... which are this share of them: what hardly anybody has tells of nobody's end
  double certain_auc{0.90};      // power: alone at least this; or
  double strong_auc{0.80};       // ... at least this, and
  double above_second{0.10};     // ... this much above the best column that is not suspicious, and
                                 // no worse than all those together (naive Bayes, out of fold)
  std::size_t least_events{20};  // of the rarer class: below, power and presence are not judged
};

// Power of one column, alone. Numbers are cut by rank into at most 32 groups and nulls are one more;
// categories are groups with nulls as one; each row scores the shrunk event rate of its group in the other
// folds. For numbers without nulls the rank AUC, whichever way round, counts if it is higher.
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
  double second_best_auc{0.5};  // the best column that is not suspicious
  double all_others_auc{0.5};   // all columns that are not suspicious together, naive Bayes out of fold
  double filled_among_events{0};
  double filled_among_others{0};
  std::optional<double> changed_at_or_after_outcome;
  std::string sentence;  // for people, with the figures
};

struct LeakageReport {
  std::vector<SuspiciousColumn> suspicious;  // strongest reason first (order of Suspicion), then by AUC, name
  std::vector<ColumnPower> columns;          // all, in the matrix's order
  std::size_t rows{0};
  std::size_t events{0};
  bool judged{false};  // false: too few outcomes for power and presence
};

// `outcomes`: 1 for the event, one per row. `subjects`: whose row it is (empty: each its own); the rows of
// one subject stay in one fold, else a name that comes back would seem to know its outcome. Fails with
// Errc::invalid_argument on lengths that differ.
[[nodiscard]] Result<LeakageReport> find_leakage(const features::FeatureMatrix& matrix,
                                                 std::span<const std::uint8_t> outcomes,
                                                 std::span<const ColumnFact> facts = {},
                                                 std::span<const std::uint64_t> subjects = {},
                                                 const GuardLimits& limits = {});

}  // namespace weir::risk
