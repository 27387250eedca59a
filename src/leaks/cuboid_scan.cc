#include "leaks/cuboid_scan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "base/fixed_math.h"
#include "leaks/count_tests.h"

namespace weir::leaks {
namespace {

// Below this even nothing at all would not stand out (stall), or a handful of events would be called a leak.
constexpr double least_expected(LeakKind kind) noexcept {
  return kind == LeakKind::stall ? 3 : 1.5;
}
constexpr std::size_t kMostFindings = 12;  // per edge and kind
constexpr double kNotable = 3;             // log-likelihood ratio below which no exact chance is computed
constexpr double kOwnPastDiffers =
    2;                             // log-likelihood ratio of a cuboid's own baseline against the main effects
constexpr double kGapRatio = 0.8;  // a gap is at most this (stall), or at least its inverse
constexpr double kStillGap = 0.9;
constexpr double kMidP = 0.5;
constexpr double kNever = -std::numeric_limits<double>::infinity();

struct Entry {
  Cuboid cuboid;
  Counts counts;
};

// All cuboids of up to two dimensions with their counts: the edge, then dimension by dimension, then pairs.
std::vector<Entry> add_up(const CellMap& cells, const std::vector<Counts>& counts) {
  std::vector<Entry> entries(1);
  for (const Counts& cell : counts) entries[0].counts += cell;
  const std::size_t dimensions = cells.sizes.size();
  for (std::size_t d = 0; d < dimensions; ++d) {
    const std::size_t first = entries.size();
    for (std::size_t v = 0; v < cells.sizes[d]; ++v) {
      entries.push_back({{1, {static_cast<std::uint8_t>(d), 0}, {static_cast<std::uint16_t>(v), 0}}, {}});
    }
    for (std::size_t c = 0; c < counts.size(); ++c) {
      const std::size_t v = cells.code(c, d);
      if (v < cells.sizes[d]) entries[first + v].counts += counts[c];
    }
  }
  for (std::size_t d = 0; d < dimensions; ++d) {
    for (std::size_t e = d + 1; e < dimensions; ++e) {
      const std::size_t first = entries.size();
      const std::size_t width = cells.sizes[e];
      for (std::size_t i = 0; i < cells.sizes[d] * width; ++i) {
        entries.push_back({{2,
                            {static_cast<std::uint8_t>(d), static_cast<std::uint8_t>(e)},
                            {static_cast<std::uint16_t>(i / width), static_cast<std::uint16_t>(i % width)}},
                           {}});
      }
      for (std::size_t c = 0; c < counts.size(); ++c) {
        const std::size_t v = cells.code(c, d);
        const std::size_t w = cells.code(c, e);
        if (v < cells.sizes[d] && w < width) entries[first + v * width + w].counts += counts[c];
      }
    }
  }
  return entries;
}

double effective_events(const Counts& counts) noexcept {
  return counts.base_squares > 0 ? counts.base_observed * counts.base_observed / counts.base_squares : 0;
}

// From how many baseline events each expectation comes: the Gamma shape of its uncertainty. Main effects are
// known as well as their margins: variance of a pair's log expectation about 1/n_u + 1/n_v - 1/n.
class Shapes {
 public:
  Shapes(const CellMap& cells, const std::vector<Entry>& entries) {
    edge_ = std::max(1.0, effective_events(entries[0].counts));
    std::size_t next = 1;
    for (const std::size_t size : cells.sizes) {
      values_.emplace_back();
      for (std::size_t v = 0; v < size; ++v)
        values_.back().push_back(effective_events(entries[next++].counts));
    }
  }
  [[nodiscard]] double inverse(const Cuboid& cuboid, double pseudo_events) const noexcept {
    double inverse = 1 / edge_;
    for (std::size_t i = 0; i < cuboid.dimensions; ++i) {
      inverse +=
          std::max(0.0, 1 / (values_[cuboid.dimension[i]][cuboid.value[i]] + pseudo_events) - 1 / edge_);
    }
    return inverse;
  }

 private:
  double edge_{1};
  std::vector<std::vector<double>> values_;
};

bool is_worse(LeakKind kind, double observed, double expected) noexcept {
  return kind == LeakKind::stall ? observed < expected : observed > expected;
}

// A cuboid that was already worse than the main effects say is compared with its own past.
double own_past(const Counts& counts, LeakKind kind, double pseudo_events) noexcept {
  if (!is_worse(kind, counts.base_observed, counts.base_expected) || !(counts.base_squares > 0)) return 1;
  const double full = counts.base_observed / counts.base_squares;
  const double difference =
      poisson_log_likelihood_ratio(counts.base_observed * full, counts.base_expected * full);
  if (difference < kOwnPastDiffers) return 1;
  return (counts.base_observed + pseudo_events) / (counts.base_expected + pseudo_events);
}

double log_chance(LeakKind kind, double observed, double expected, double inverse_shape) noexcept {
  const double shape = 1 / std::max(inverse_shape, 1e-9);
  const auto count = static_cast<std::int64_t>(observed + 0.5);
  return kind == LeakKind::stall ? log_predictive_lower(count, expected, shape, kMidP)
                                 : log_predictive_upper(count, expected, shape, kMidP);
}

std::optional<Found> judge(const Entry& entry, const EdgeWindow& window, LeakKind kind, double inverse_shape,
                           const DetectionOptions& options) {
  const Counts& counts = entry.counts;
  const double expected = counts.expected * own_past(counts, kind, options.pseudo_events);
  if (expected < least_expected(kind) || !is_worse(kind, counts.observed, expected)) return std::nullopt;
  if (poisson_log_likelihood_ratio(counts.observed, expected) < kNotable) return std::nullopt;
  const double spread = inverse_shape + (window.dispersion - 1) / expected;
  Found found;
  found.cuboid = entry.cuboid;
  found.observed = counts.observed;
  found.expected = counts.expected;
  found.log_chance = log_chance(kind, counts.observed, expected, spread);
  return found;
}

struct Best {
  std::optional<Found> found;
  double score{kNever};
};

void look_in(const CellMap& cells, const EdgeWindow& window, std::size_t length, LeakKind kind,
             const DetectionOptions& options, const std::array<double, kSizeCount>& log_levels, Best& best) {
  if (!window.enough_evidence) return;
  const std::vector<Entry> entries = add_up(cells, window.cells);
  const Shapes shapes(cells, entries);
  for (const Entry& entry : entries) {
    auto found = judge(entry, window, kind, shapes.inverse(entry.cuboid, options.pseudo_events), options);
    const double log_level = log_levels[entry.cuboid.dimensions];
    if (!found || found->log_chance > log_level) continue;
    const double score = -found->log_chance - options.dimension_penalty * entry.cuboid.dimensions;
    if (score <= best.score) continue;
    found->length = length;
    best = {found, score};
  }
}

// What findings before it leave to a finding. One within another goes on from what that one explains.
void leave_out(const CellMap& cells, std::span<const Found> before, const EdgeWindow& window, Found& found) {
  for (const Found& other : before) {
    const bool within =
        other.cuboid.dimensions <= found.cuboid.dimensions && other.cuboid.nested_with(found.cuboid);
    if (!within) found.taken.push_back(other.cuboid);
  }
  for (std::size_t c = 0; c < window.cells.size(); ++c) {
    if (!found.counts(cells, c)) continue;
    found.observed_left += window.cells[c].observed;
    found.expected_left += window.cells[c].expected;
  }
}

// Takes a finding out: inside its cuboid what was observed becomes what is expected, for every period length.
void explain(const CellMap& cells, const Cuboid& cuboid, EdgeWindows& windows) {
  for (EdgeWindow& window : windows) {
    double observed = 0;
    double expected = 0;
    for (std::size_t c = 0; c < window.cells.size(); ++c) {
      if (!cuboid.holds(cells, c)) continue;
      observed += window.cells[c].observed;
      expected += window.cells[c].expected;
    }
    if (!(expected > 0)) continue;
    for (std::size_t c = 0; c < window.cells.size(); ++c) {
      if (cuboid.holds(cells, c)) window.cells[c].expected *= observed / expected;
    }
  }
}

}  // namespace

bool Cuboid::holds(const CellMap& cells, std::size_t cell) const noexcept {
  for (std::size_t i = 0; i < dimensions; ++i) {
    if (cells.code(cell, dimension[i]) != value[i]) return false;
  }
  return true;
}

bool Cuboid::nested_with(const Cuboid& other) const noexcept {
  const Cuboid& outer = dimensions <= other.dimensions ? *this : other;
  const Cuboid& inner = dimensions <= other.dimensions ? other : *this;
  for (std::size_t i = 0; i < outer.dimensions; ++i) {
    bool shared = false;
    for (std::size_t k = 0; k < inner.dimensions; ++k) {
      shared = shared || (outer.dimension[i] == inner.dimension[k] && outer.value[i] == inner.value[k]);
    }
    if (!shared) return false;
  }
  return true;
}

bool Found::counts(const CellMap& cells, std::size_t cell) const noexcept {
  return cuboid.holds(cells, cell) && std::none_of(taken.begin(), taken.end(), [&](const Cuboid& other) {
           return other.holds(cells, cell);
         });
}

std::array<std::int64_t, kSizeCount> count_cuboids(const CellMap& cells, const EdgeWindow& window,
                                                   LeakKind kind) {
  std::array<std::int64_t, kSizeCount> count{};
  if (!window.enough_evidence) return count;
  for (const Entry& entry : add_up(cells, window.cells)) {
    if (entry.counts.expected >= least_expected(kind)) ++count[entry.cuboid.dimensions];
  }
  return count;
}

std::vector<Found> find_leaks(const CellMap& cells, EdgeWindows& windows, LeakKind kind,
                              const DetectionOptions& options, const BySize<double>& log_levels) {
  std::vector<Found> findings;
  while (findings.size() < kMostFindings) {
    Best best;
    for (std::size_t length = 0; length < kLengthCount; ++length) {
      look_in(cells, windows[length], length, kind, options, log_levels[length], best);
    }
    if (!best.found) break;
    leave_out(cells, findings, windows[best.found->length], *best.found);
    findings.push_back(*best.found);
    explain(cells, best.found->cuboid, windows);
  }
  return findings;
}

std::vector<FoundGap> find_gaps(const CellMap& cells, const EdgeWindow& window, LeakKind kind,
                                const std::array<double, kSizeCount>& log_levels) {
  std::vector<FoundGap> gaps;
  if (!window.enough_evidence) return gaps;
  std::vector<Counts> counts = window.cells;
  while (gaps.size() < kMostFindings) {
    const std::vector<Entry> entries = add_up(cells, counts);
    std::optional<FoundGap> best;
    double best_score = kNever;
    for (const Entry& entry : entries) {
      const Counts& c = entry.counts;
      if (entry.cuboid.dimensions == 0 || !(c.base_average > 0) || !(c.base_squares > 0) || !(c.average > 0))
        continue;
      const double past = c.base_observed / c.base_average;
      const double now = c.observed / c.average;
      const bool far = kind == LeakKind::stall ? past <= kGapRatio && now <= kStillGap
                                               : past >= 1 / kGapRatio && now >= 1 / kStillGap;
      if (!far) continue;
      const double full = c.base_observed / c.base_squares;
      const double chance = log_chance(kind, c.base_observed * full, c.base_average * full, 0);
      const double score = -chance - 2.5 * entry.cuboid.dimensions;
      if (chance > log_levels[entry.cuboid.dimensions] || score <= best_score) continue;
      best_score = score;
      best = FoundGap{{entry.cuboid, 1, c.observed, c.average, chance, {}, c.observed, c.average}, past};
    }
    if (!best) break;
    gaps.push_back(*best);
    for (std::size_t cell = 0; cell < counts.size(); ++cell) {
      if (!best->found.cuboid.holds(cells, cell)) continue;
      counts[cell].base_average *= best->baseline_ratio;
      counts[cell].average *= best->baseline_ratio;
    }
  }
  return gaps;
}

double edge_expected(const EdgeWindow& window) noexcept {
  double sum = 0;
  for (const Counts& cell : window.cells) sum += cell.expected;
  return sum;
}

double median_segment_expected(const CellMap& cells, const EdgeWindow& window) {
  std::vector<double> expected;
  for (const Entry& entry : add_up(cells, window.cells)) {
    if (entry.cuboid.dimensions == 1) expected.push_back(entry.counts.expected);
  }
  if (expected.empty()) return 0;
  const auto middle = expected.begin() + static_cast<std::ptrdiff_t>(expected.size() / 2);
  std::nth_element(expected.begin(), middle, expected.end());
  return *middle;
}

}  // namespace weir::leaks
