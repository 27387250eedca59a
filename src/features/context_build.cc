#include "features/context_build.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "features/alive_feature.h"
#include "features/context_versions.h"
#include "features/subject_sweep.h"

namespace weir::features {

using timeline::Handle;
using timeline::kNoHandle;
using timeline::Row;

namespace {

constexpr std::int32_t kMostDays = 20'000;
constexpr std::int32_t kTouchDays = 30;
// Pseudo-events that hold a day's factor at 1 while little is expected of it.
constexpr double kShrinkage = 10;

// An event as days know it: from the end of day `from` on, until before the end of day `until`.
struct KnownDays {
  std::int32_t from{0};
  std::int32_t until{INT32_MAX};
};

class ContextBuilder {
 public:
  ContextBuilder(const FeatureInput& input, bool with_alive)
      : input_(input),
        with_alive_(with_alive),
        plan_(empty_plan(input)),
        view_(plan_),
        entities_(*input.store, *input.links) {
    if (input.store->row_count() == 0) return;
    find_days();
    observed_.assign(covered_.size(), 0);
    expected_.assign(covered_.size(), 0);
    moves_by_contact_ = std::any_of(input.funnel->stages.begin(), input.funnel->stages.end(),
                                    [](const funnel::StageShape& stage) {
                                      return stage.enter.contact_scope || stage.exit.contact_scope;
                                    }) ||
                        input.funnel->won.contact_scope || input.funnel->lost.contact_scope;
  }

  ContextTables build() {
    for (std::size_t i = 0; i < input_.subjects.size() && !observed_.empty(); ++i)
      add_subject(static_cast<funnel::SubjectIndex>(i));
    if (!observed_.empty()) add_account_touches();
    tables_.account_open = settle(account_open_);
    tables_.owner_open = settle(owner_open_);
    tables_.account_touches = settle(account_touches_);
    for (std::size_t day = 0; day < observed_.size(); ++day) {
      tables_.calendar_factor.push_back(covered_[day] == 0
                                            ? std::numeric_limits<double>::quiet_NaN()
                                            : (static_cast<double>(observed_[day]) + kShrinkage) /
                                                  (expected_[day] + kShrinkage));
    }
    if (with_alive_ && !observed_.empty()) tables_.alive = alive_.build(tables_.first_day, covered_);
    tables_.day_versions = day_versions(detach(tables_, *input_.store));
    tables_.version = tables_.version_at(tables_.last_day);
    return std::move(tables_);
  }

 private:
  static SweepPlan empty_plan(const FeatureInput& input) {
    SweepPlan plan(input);
    plan.finish();
    return plan;
  }
  using Changes =
      std::map<std::pair<Handle, std::int32_t>, std::int64_t>;  // (entity, day) -> change of the value

  struct Standing {
    bool open{false};
    Handle account{kNoHandle};
    Handle owner{kNoHandle};
    CalendarNames calendar;
  };

  // From the first day on which anything was known until kContextDaysAfter the last one on which it changed.
  // A day is covered as it would be had the log ended with it.
  void find_days() {
    const auto& c = input_.store->columns();
    std::set<std::int32_t> changes;
    std::int64_t seen_begin = 0;  // bounds of the day that was asked for last
    std::int64_t seen_end = 0;
    const auto add = [&](std::int64_t at) {
      if (at >= seen_begin && at < seen_end) return;
      const Date day = input_.zone->day_of(at);
      seen_begin = input_.zone->start_of_day(day);
      seen_end = input_.zone->start_of_day(Date{day.days + 1});
      changes.insert(day.days);
    };
    for (Row row = 0; row < input_.store->row_count(); ++row) {
      add(std::max(c.occurred_at[row], c.known_at[row]));
      if (c.retracted_at[row] != INT64_MAX) add(c.retracted_at[row]);
    }
    tables_.first_day = *changes.begin();
    tables_.last_day = std::min(*changes.rbegin() + kContextDaysAfter, tables_.first_day + kMostDays);
    covered_.assign(static_cast<std::size_t>(tables_.last_day - tables_.first_day + 1), 0);
    std::int32_t next = tables_.first_day;
    for (const std::int32_t change : changes) {
      next = std::max(next, change);
      for (; next <= std::min(change + kContextDaysAfter, tables_.last_day); ++next)
        covered_[static_cast<std::size_t>(next - tables_.first_day)] = 1;
    }
  }

  [[nodiscard]] std::int32_t day_of(std::int64_t at) const { return input_.zone->day_of(at).days; }
  [[nodiscard]] KnownDays known_days(const funnel::HistoryEvent& event) const {
    return {day_of(std::max(event.at, event.known_from)),
            event.known_until == INT64_MAX ? INT32_MAX : day_of(event.known_until)};
  }
  [[nodiscard]] KnownDays known_days(Row row, std::int64_t from, std::int64_t until) const {
    const auto& c = input_.store->columns();
    const std::int64_t end = std::min(c.retracted_at[row], until);
    return {day_of(std::max({c.occurred_at[row], c.known_at[row], from})),
            end == INT64_MAX ? INT32_MAX : day_of(end)};
  }

  void add_subject(funnel::SubjectIndex subject) {
    view_.gather(subject);
    const auto& events = view_.history().events;
    std::set<std::int32_t> days;
    Touches touches;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const funnel::HistoryEvent& event = events[i];
      if (event.via && !event.via_contact) continue;
      const KnownDays known = known_days(event);
      if (!event.via || moves_by_contact_) {
        days.insert(known.from);
        if (known.until != INT32_MAX) days.insert(known.until);
      }
      if ((input_.store->columns().flags[event.row] & timeline::kRowTouch) == 0) continue;
      if (i > 0 && events[i - 1].row == event.row && !touches.empty()) {
        // Another way in to the same event: it counts from the first that was known on.
        touches.back().first.from = std::min(touches.back().first.from, known.from);
        touches.back().first.until = std::max(touches.back().first.until, known.until);
        continue;
      }
      touches.emplace_back(known, day_of(event.at));
    }
    Standing before;
    std::int32_t since = tables_.first_day;
    for (const std::int32_t day : days) {
      if (day > tables_.last_day) break;
      const Standing now = standing_at(day);
      if (before.open) add_open_days(subject, before, touches, *days.begin(), since, day);
      change(before, day, -1);
      change(now, day, +1);
      before = now;
      since = day;
    }
    if (before.open) add_open_days(subject, before, touches, *days.begin(), since, tables_.last_day);
  }

  Standing standing_at(std::int32_t day) {
    view_.look(input_.zone->start_of_day(Date{day + 1}));
    const PointState state = view_.state();
    const auto known = [&](Handle handle) {
      return handle == kNoHandle ? kNoHandle : entities_.entity(handle, view_.known_by());
    };
    return {state.is_open(), known(state.account), known(state.owner),
            with_alive_ && state.is_open() ? calendar_names(input_, view_) : CalendarNames{}};
  }

  void change(const Standing& standing, std::int32_t day, std::int64_t by) {
    if (!standing.open) return;
    if (standing.account != kNoHandle) account_open_[{standing.account, day}] += by;
    if (standing.owner != kNoHandle) owner_open_[{standing.owner, day}] += by;
  }

  using Touches = std::vector<std::pair<KnownDays, std::int32_t>>;  // and the day each happened on

  void add_open_days(funnel::SubjectIndex subject, const Standing& standing, const Touches& touches,
                     std::int32_t begin, std::int32_t from, std::int32_t until) {
    add_pulse(touches, begin, from, until);
    if (!with_alive_) return;
    std::vector<std::int32_t> contact_days;  // as each day knew it at its end
    for (const auto& [known, happened] : touches) {
      if (known.from <= happened && known.until > happened) contact_days.push_back(happened);
    }
    std::sort(contact_days.begin(), contact_days.end());
    alive_.add(subject, input_.store->handle_text(input_.subjects[subject].handle), standing.calendar,
               contact_days, from, until);
  }

  // The subject was open at the ends of days [from, until): what it did on the days after these, against its
  // own rate before.
  void add_pulse(const Touches& touches, std::int32_t begin, std::int32_t from, std::int32_t until) {
    for (std::int32_t day = from + 1; day <= until; ++day) {
      std::int64_t earlier = 0;
      for (const auto& [known, happened] : touches) {
        if (known.from < day && known.until >= day) ++earlier;
        if (happened == day && known.from == day && known.until > day)
          ++observed_[static_cast<std::size_t>(day - tables_.first_day)];
      }
      expected_[static_cast<std::size_t>(day - tables_.first_day)] +=
          static_cast<double>(earlier) / std::max(1, day - begin);
    }
  }

  // Touches that name the account, or one of its contacts while that was known to belong to it.
  void add_account_touches() {
    const auto& c = input_.store->columns();
    std::map<std::pair<Handle, Row>, KnownDays> touches;
    const auto add = [&](Handle account, Row row, std::int64_t from, std::int64_t until) {
      const KnownDays known = known_days(row, from, until);
      const Handle entity = entities_.entity(account, input_.zone->start_of_day(Date{known.from + 1}) - 1);
      const auto [at, is_new] = touches.emplace(std::pair(entity, row), known);
      if (!is_new && known.from < at->second.from) at->second = known;
    };
    for (Row row = 0; row < input_.store->row_count(); ++row) {
      const Handle account = c.keys[timeline::kAccount][row];
      if (account != kNoHandle && (c.flags[row] & timeline::kRowTouch) != 0)
        add(account, row, INT64_MIN, INT64_MAX);
    }
    for (const timeline::Relation& relation : input_.store->relations()) {
      if (input_.store->handle_kind(relation.from) != timeline::kContact ||
          input_.store->handle_kind(relation.to) != timeline::kAccount)
        continue;
      for (const Handle member : input_.links->members(relation.from)) {
        const std::int64_t linked =
            std::max(relation.known_from, input_.links->connected_since(relation.from, member));
        for (const Row row : input_.store->run(member)) {
          if ((c.flags[row] & timeline::kRowTouch) == 0 || c.keys[timeline::kAccount][row] != kNoHandle)
            continue;
          add(relation.to, row, linked, relation.known_until);
        }
      }
    }
    for (const auto& [key, known] : touches) {
      const std::int32_t until = std::min(known.until, day_of(c.occurred_at[key.second]) + kTouchDays);
      if (until <= known.from || known.from > tables_.last_day) continue;
      account_touches_[{key.first, known.from}] += 1;
      account_touches_[{key.first, until}] -= 1;
    }
  }

  [[nodiscard]] std::vector<DayValue> settle(const Changes& changes) const {
    std::vector<DayValue> values;
    for (const auto& [key, by] : changes) {
      if (by == 0 || key.second > tables_.last_day) continue;
      const bool goes_on = !values.empty() && values.back().entity == key.first;
      values.push_back({key.first, key.second, by + (goes_on ? values.back().value : 0)});
    }
    return values;
  }

  const FeatureInput& input_;
  bool with_alive_;
  const SweepPlan plan_;  // states only
  SubjectSweep view_;
  EntitiesAt entities_;
  ContextTables tables_;
  Changes account_open_, owner_open_, account_touches_;
  std::vector<std::uint8_t>
      covered_;  // per day: 1 when something changed in the kContextDaysAfter days up to it
  std::vector<std::int64_t> observed_;
  std::vector<double> expected_;
  bool moves_by_contact_{false};
  AliveObserver alive_;
};

}  // namespace

ContextTables build_context(const FeatureInput& input, bool with_alive) {
  return ContextBuilder(input, with_alive).build();
}

}  // namespace weir::features
