#include "features/alive_filter.h"

#include <algorithm>
#include <utility>

#include "base/fixed_math.h"
#include "features/alive_fit.h"

namespace weir::features {
namespace {

constexpr double kPseudoContacts = 10;

// The cells that a subject's contacts count in: its own, its region's, that of all.
struct Levels {
  std::vector<std::uint32_t> region_of;
};

Levels levels_of(const AliveTables& tables) {
  Levels levels;
  for (const CalendarCell& cell : tables.cells) levels.region_of.push_back(tables.cell_of(cell.region, ""));
  return levels;
}

// All open subjects walk through the days side by side: a day's factor needs what each of them lets expect.
class DayWalk {
 public:
  DayWalk(AliveTables& tables, std::span<const ObservedDays> subjects, std::span<const std::uint8_t> covered)
      : tables_(tables),
        subjects_(subjects),
        levels_(levels_of(tables)),
        covered_(covered),
        observed_(tables.cells.size()),
        expected_(tables.cells.size()) {
    for (std::uint32_t i = 0; i < subjects.size(); ++i) order_.push_back(i);
    std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return subjects[a].first_day < subjects[b].first_day;
    });
    history_.resize(subjects.size());
  }

  void run() {
    for (std::size_t i = 0; i < covered_.size(); ++i) {
      const std::int32_t day = tables_.first_day + static_cast<std::int32_t>(i);
      const bool is_covered = covered_[i] != 0;
      if (is_covered && is_fit_day(day)) fit(day);
      while (next_ < order_.size() && subjects_[order_[next_]].first_day <= day) {
        if (subjects_[order_[next_]].first_day == day)
          open_.push_back({order_[next_], AliveFilter(parameters_)});
        ++next_;
      }
      std::erase_if(open_, [&](const Open& open) { return end_of(subjects_[open.subject]) <= day; });
      if (is_covered) {
        find_factors(day);
      } else {
        for (CalendarCell& cell : tables_.cells) cell.factor.push_back(1);
      }
      for (Open& open : open_) pass(open, day);
    }
  }

 private:
  struct Open {
    std::uint32_t subject{0};
    AliveFilter filter;
  };

  static std::int32_t end_of(const ObservedDays& days) {
    return days.first_day + static_cast<std::int32_t>(days.contact.size());
  }
  static bool contact_on(const ObservedDays& days, std::int32_t day) {
    return days.contact[static_cast<std::size_t>(day - days.first_day)] != 0;
  }

  void fit(std::int32_t day) {
    if (!fit_alive(subjects_, history_, day, parameters_)) return;
    tables_.epochs.push_back({day, parameters_});
  }

  void find_factors(std::int32_t day) {
    std::fill(observed_.begin(), observed_.end(), 0);
    std::fill(expected_.begin(), expected_.end(), 0);
    for (const Open& open : open_) {
      const ObservedDays& days = subjects_[open.subject];
      observed_[days.cell] += contact_on(days, day) ? 1 : 0;
      expected_[days.cell] += open.filter.expected(parameters_);
    }
    // Sums of the industries into their region, of the regions into all: cells are sorted, and "" comes
    // first.
    for (std::size_t cell = tables_.cells.size(); cell-- > 1;) {
      const std::size_t above = levels_.region_of[cell] == cell ? 0 : levels_.region_of[cell];
      observed_[above] += observed_[cell];
      expected_[above] += expected_[cell];
    }
    double all = 1;
    for (std::size_t cell = 0; cell < tables_.cells.size(); ++cell) {
      const bool is_region = levels_.region_of[cell] == cell;
      const double above = cell == 0   ? 1
                           : is_region ? all
                                       : tables_.cells[levels_.region_of[cell]].factor.back();
      // A cell that nothing is known of has the very factor above it: so has one that is not there yet.
      const bool is_empty = observed_[cell] == 0 && expected_[cell] == 0;
      const double factor =
          is_empty ? above
                   : (observed_[cell] + kPseudoContacts * above) / (expected_[cell] + kPseudoContacts);
      if (cell == 0) all = factor;
      tables_.cells[cell].factor.push_back(factor);
    }
  }

  void pass(Open& open, std::int32_t day) {
    const ObservedDays& days = subjects_[open.subject];
    const double factor = tables_.factor(days.cell, day);
    history_[open.subject].push_back({open.filter.rate() * factor, factor, open.filter.alive()});
    open.filter.pass_day(parameters_, contact_on(days, day), factor);
  }

  AliveTables& tables_;
  std::span<const ObservedDays> subjects_;
  Levels levels_;
  std::span<const std::uint8_t> covered_;
  std::vector<double> observed_, expected_;
  std::vector<std::uint32_t> order_;
  std::size_t next_{0};
  std::vector<Open> open_;
  std::vector<std::vector<AliveDay>> history_;
  AliveParameters parameters_;
};

}  // namespace

double AliveFilter::predicted(const AliveParameters& parameters) const noexcept {
  return alive_ * (1 - parameters.dies) + (1 - alive_) * parameters.revives;
}

double AliveFilter::expected(const AliveParameters& parameters) const noexcept {
  const double alive = predicted(parameters);
  return rate_ * (alive + (1 - alive) * parameters.quiet);
}

void AliveFilter::pass_day(const AliveParameters& parameters, bool contact, double factor) noexcept {
  const double before = predicted(parameters);
  // Poisson likelihoods of 0 or 1 contact, quiet against alive.
  const double quiet_odds =
      (contact ? parameters.quiet : 1) * fixed_math::exp(rate_ * factor * (1 - parameters.quiet));
  alive_ = before / (before + (1 - before) * quiet_odds);
  contacts_ += contact ? alive_ : 0;
  exposure_ += alive_ * factor;
  rate_ = (parameters.shape + contacts_) / (parameters.days + exposure_);
}

std::uint32_t AliveTables::cell_of(std::string_view region, std::string_view industry) const noexcept {
  using Name = std::pair<std::string_view, std::string_view>;
  const auto find = [&](std::string_view first, std::string_view second) {
    const auto at = std::lower_bound(cells.begin(), cells.end(), Name(first, second),
                                     [](const CalendarCell& cell, const Name& wanted) {
                                       return Name(cell.region, cell.industry) < wanted;
                                     });
    const bool is_it = at != cells.end() && at->region == first && at->industry == second;
    return is_it ? static_cast<std::uint32_t>(at - cells.begin()) : 0U;
  };
  if (region.empty()) return 0;
  const std::uint32_t exact = find(region, industry);
  return exact != 0 ? exact : find(region, "");
}

const AliveParameters& AliveTables::parameters_at(std::int32_t day) const noexcept {
  static const AliveParameters kDefaults;
  const auto after =
      std::upper_bound(epochs.begin(), epochs.end(), day,
                       [](std::int32_t wanted, const Epoch& epoch) { return wanted < epoch.day; });
  return after == epochs.begin() ? kDefaults : (after - 1)->parameters;
}

double AliveTables::factor(std::uint32_t cell, std::int32_t day) const noexcept {
  if (cell >= cells.size() || day < first_day) return 1;
  const auto at = static_cast<std::size_t>(day - first_day);
  return at < cells[cell].factor.size() ? cells[cell].factor[at] : 1;
}

AliveTables build_alive_tables(std::vector<CalendarCell> cells, std::span<const ObservedDays> subjects,
                               std::int32_t first_day, std::span<const std::uint8_t> covered) {
  AliveTables tables;
  tables.first_day = first_day;
  tables.cells = std::move(cells);
  DayWalk(tables, subjects, covered).run();
  return tables;
}

double alive_probability(const AliveTables& tables, std::uint32_t cell, std::int32_t opened,
                         std::span<const std::int32_t> contact_days, std::int32_t last_day) noexcept {
  AliveFilter filter(tables.parameters_at(opened + 1));
  std::size_t contact = 0;
  for (std::int32_t day = opened + 1; day <= last_day; ++day) {
    while (contact < contact_days.size() && contact_days[contact] < day) ++contact;
    const bool seen = contact < contact_days.size() && contact_days[contact] == day;
    filter.pass_day(tables.parameters_at(day), seen, tables.factor(cell, day));
  }
  return filter.alive();
}

}  // namespace weir::features
