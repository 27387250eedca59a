#include "features/subject_sweep.h"

#include <algorithm>
#include <bit>
#include <set>

namespace weir::features {

using timeline::Handle;
using timeline::kNoHandle;
using timeline::Row;

namespace {

constexpr Row kNoRow = 0xFFFFFFFF;

Scope scope_of(const funnel::HistoryEvent& event) noexcept {
  if (!event.via) return Scope::own;
  return event.via_contact ? Scope::contact : Scope::account;
}

}  // namespace

SubjectSweep::SubjectSweep(const SweepPlan& plan)
    : plan_(plan),
      input_(plan.input),
      entities_(*input_.store, *input_.links),
      stages_(*input_.store, *input_.funnel, *input_.zone),
      events_(plan.events),
      values_(plan.values),
      distincts_(plan.distincts),
      is_linked_(plan.distincts.size(), false),
      gaps_(plan.gaps_of.size()),
      attributes_(plan.attribute_of.size()) {
  for (const Talk& talk : plan.talks) {
    talks_.emplace_back();
    talks_.back().windows = talk.windows;
    talks_.back().medians.resize(talk.windows.size());
  }
}

void SubjectSweep::gather(funnel::SubjectIndex subject) {
  subject_ = subject;
  funnel::gather_history(*input_.store, input_.subjects[subject], history_);
  planned_.clear();
  planned_places_.clear();
  for (std::size_t place = 0; plan_.has_steps && place < history_.events.size(); ++place) {
    const funnel::HistoryEvent& event = history_.events[place];
    if (event.known_from >= event.at || scope_of(event) > Scope::contact) continue;
    bits_ = plan_.matcher.bits(event.signal);
    const auto step = is(SweepPlan::kStep) ? step_of(event.row) : std::nullopt;
    if (!step) continue;
    planned_.push_back(*step);
    planned_places_.push_back(place);
  }
  related_.fill({});
  contacts_account_ = {};
  restart();
}

void SubjectSweep::restart() {
  stages_.begin(history_.handle);
  for (EventSeries& series : events_) series.restart();
  for (ValueSeries& series : values_) series.restart();
  for (DistinctSeries& series : distincts_) series.restart();
  std::fill(is_linked_.begin(), is_linked_.end(), false);
  for (GapWindow& gaps : gaps_) gaps.restart();
  for (Conversing& talk : talks_) {
    talk.conversation.answers.clear();
    talk.conversation.unanswered.reset();
    talk.windows.restart();
    talk.answered_at.clear();
    talk.hours.clear();
    for (auto& median : talk.medians) median.first = SIZE_MAX;
  }
  at_ = INT64_MIN;
  next_ = 0;
  holds_until_ = INT64_MAX;
  last_seen_ = kNoRow;
  counts_ = {};
  own_.clear();
  last_named_.fill({});
  owners_.clear();
  owner_changes_ = 0;
  are_owners_linked_ = false;
  objections_.clear();
  answered_objections_ = 0;
  steps_.clear();
  last_other_touch_ = INT64_MIN;
}

// Events are taken in time order. One that happened, but is not known yet, is passed over once a later one is
// seen, and the past holds until it is known; it also ends when an event that was taken is taken back. Of one
// row the first way in that is known stands for it.
void SubjectSweep::look(std::int64_t at) {
  if (at > holds_until_ || at < at_) restart();
  at_ = at;
  std::int64_t waiting = INT64_MAX;  // when the first of those passed over is known
  for (std::size_t place = next_; place < history_.events.size() && history_.events[place].at < at; ++place) {
    const funnel::HistoryEvent& event = history_.events[place];
    if (event.known_until < at) continue;  // taken back, for good
    if (event.known_from >= at) {
      waiting = std::min(waiting, event.known_from);
      continue;
    }
    next_ = place + 1;
    holds_until_ = std::min(holds_until_, waiting);
    if (event.row == last_seen_) continue;
    last_seen_ = event.row;
    holds_until_ = std::min(holds_until_, event.known_until);
    take(event);
  }
  for (EventSeries& series : events_) series.move(at);
  for (ValueSeries& series : values_) series.move(at);
  for (DistinctSeries& series : distincts_) series.move(at);
  for (Conversing& talk : talks_) talk.windows.move(talk.answered_at, at);
  entity_now_.fill(std::nullopt);
  steps_now_.reset();
  day_now_.reset();
}

void SubjectSweep::take(const funnel::HistoryEvent& event) {
  if (!stages_.append(event)) return;
  const std::uint32_t flags = input_.store->signals().flags(event.signal);
  if (counts_.event_count++ == 0) first_seen_ = event.at;
  if ((flags & timeline::kRowTouch) != 0) counts_.last_touch = event.at;
  bits_ = plan_.matcher.bits(event.signal);
  add_to_channels(event);
  add_roles(event);
  if (event.via) return;
  ++counts_.own_count;
  counts_.last_row = event.row;
  own_.push_back(event.row);
  if (plan_.has_owner_changes && (flags & timeline::kRowTouch) == 0) add_owner(event.row);
}

void SubjectSweep::add_to_channels(const funnel::HistoryEvent& event) {
  const auto& takes = plan_.scope_masks[static_cast<std::size_t>(scope_of(event))];
  const bool has_amount = (input_.store->signals().flags(event.signal) & timeline::kRowHasAmount) != 0;
  for (std::size_t word = 0; word < takes.size(); ++word) {
    for (std::uint64_t left = bits_[word] & takes[word]; left != 0; left &= left - 1) {
      const std::size_t channel = word * 64 + static_cast<std::size_t>(std::countr_zero(left));
      events_[channel].add(event.at, event.row);
      for (const std::size_t place : plan_.values_of_channel[channel]) {
        const std::uint32_t which = plan_.value_of[place].value;
        const std::int64_t value =
            which == kAmountValue && !has_amount ? timeline::kNoAmount : plan_.value_at(which, event.row);
        if (value != timeline::kNoAmount) values_[place].add(event.at, value);
      }
      for (const std::size_t place : plan_.distincts_of_channel[channel]) {
        const SweepPlan::DistinctOf& of = plan_.distinct_of[place];
        const std::int64_t key = key_of(of, event);
        if (of.key == SweepPlan::Key::entity) {
          if (key == kNoHandle) continue;
          if (!entities_.is_alone(static_cast<Handle>(key))) is_linked_[place] = true;
        }
        distincts_[place].add(event.at, key);
      }
    }
  }
}

void SubjectSweep::add_roles(const funnel::HistoryEvent& event) {
  const Scope scope = scope_of(event);
  const Row row = event.row;
  if (plan_.has_steps) {
    const bool is_step = is(SweepPlan::kStep);
    if (!is_step && (input_.store->signals().flags(event.signal) & timeline::kRowTouch) != 0)
      last_other_touch_ = event.at;
    if (is_step && scope <= Scope::contact) {
      if (const auto step = step_of(row)) steps_.push_back(*step);
    }
  }
  if (plan_.has_objections && scope <= Scope::contact) {
    if (is(SweepPlan::kObjection)) {
      objections_.push_back(row);
    } else if (is(SweepPlan::kAnswer) && answered_objections_ < objections_.size()) {
      ++answered_objections_;  // the oldest is answered first
    }
  }
  if (talks_.empty()) return;
  const bool is_in = is(SweepPlan::kInbound);
  if (is_in == is(SweepPlan::kOutbound)) return;
  for (std::size_t i = 0; i < talks_.size(); ++i) {
    if (scope > plan_.talks[i].scope) continue;
    Conversing& talk = talks_[i];
    if (!talk.conversation.add({event.at, is_in != plan_.talks[i].theirs, row})) continue;
    const Answer& answer = talk.conversation.answers.back();
    talk.answered_at.push_back(event.at);
    talk.hours.push_back(input_.business->hours_between(answer.question.at, answer.answer.at));
  }
}

// A touch names who did it, not whose subject it is.
void SubjectSweep::add_owner(Row row) {
  const Handle named = input_.store->columns().keys[timeline::kOwner][row];
  if (named == kNoHandle) return;
  if (!entities_.is_alone(named)) are_owners_linked_ = true;
  if (!owners_.empty() && owners_.back().owner != named) ++owner_changes_;
  owners_.push_back({named, row});
}

std::int64_t SubjectSweep::key_of(const SweepPlan::DistinctOf& of, const funnel::HistoryEvent& event) const {
  switch (of.key) {
    case SweepPlan::Key::type:
      return input_.store->signals().type(event.signal);
    case SweepPlan::Key::day:
      return input_.zone->day_of(event.at).days;
    case SweepPlan::Key::entity:
      return input_.store->columns().keys[of.kind][event.row];
  }
  return 0;
}

std::size_t SubjectSweep::distinct(std::size_t place, std::size_t window) const {
  if (!is_linked_[place]) return distincts_[place].count(window);
  std::set<Handle> different;  // handles become one entity as links are known
  for (const std::int64_t key : distincts_[place].keys(window))
    different.insert(entities_.entity(static_cast<Handle>(key), known_by()));
  return different.size();
}

const Cadence& SubjectSweep::gaps(std::size_t place) {
  const SweepPlan::GapsOf& of = plan_.gaps_of[place];
  return gaps_[place].look(events_[of.channel], of.window, at_);
}

std::optional<double> SubjectSweep::answer_hours(std::size_t talk, std::size_t window) {
  Conversing& conversing = talks_[talk];
  auto& median = conversing.medians[window];
  const std::size_t first = conversing.windows[window];
  if (median.first != first || median.end != conversing.hours.size()) {
    median.first = first;
    median.end = conversing.hours.size();
    median.value =
        median_of({conversing.hours.begin() + static_cast<std::ptrdiff_t>(first), conversing.hours.end()});
  }
  return median.value;
}

// ---- Entities.

std::optional<std::uint32_t> SubjectSweep::attribute(std::size_t place) {
  const SweepPlan::AttributeOf& of = plan_.attribute_of[place];
  const Handle named = entity(of.kind).handle;
  if (named == kNoHandle || of.name == kUnknownAttribute) return std::nullopt;
  AttributeHeld& held = attributes_[place];
  if (held.entity != named || known_by() < held.from || known_by() >= held.until) {
    const auto found = entities_.attribute(named, of.name, known_by());
    held = {named, known_by(), found.until, found.value};
  }
  return held.value;
}

Handle SubjectSweep::related(RelatedHeld& held, Handle from, timeline::Kind kind) {
  if (held.from != from || known_by() < held.known_from || known_by() >= held.until) {
    const Held found = entities_.related(from, kind, known_by());
    held = {from, found.value, known_by(), found.until};
  }
  return held.to;
}

SubjectSweep::Named SubjectSweep::entity(timeline::Kind kind) {
  auto& now = entity_now_[kind];
  if (!now) now = find_entity(kind);
  return *now;
}

// The newest own events first, up to those that were looked at before.
SubjectSweep::Named SubjectSweep::last_named(timeline::Kind kind) {
  LastNamed& last = last_named_[kind];
  const auto& keys = input_.store->columns().keys[kind];
  if (last.looked == own_.size() || (keys.is_constant() && keys[0] == kNoHandle)) return last.named;
  for (std::size_t i = own_.size(); i > last.looked; --i) {
    const Handle handle = keys[own_[i - 1]];
    if (handle == kNoHandle) continue;
    last.named = {handle, own_[i - 1]};
    break;
  }
  last.looked = own_.size();
  return last.named;
}

SubjectSweep::Named SubjectSweep::find_entity(timeline::Kind kind) {
  const Handle self = input_.subjects[subject_].handle;
  if (input_.funnel->subject == kind) return {self, kNoRow};
  Named named = last_named(kind);
  if (named.handle == kNoHandle) named = {related(related_[kind], self, kind), kNoRow};
  if (named.handle != kNoHandle || kind != timeline::kAccount) return named;
  Named contact = last_named(timeline::kContact);
  if (contact.handle == kNoHandle)
    contact = {related(related_[timeline::kContact], self, timeline::kContact), kNoRow};
  if (contact.handle != kNoHandle) named = {related(contacts_account_, contact.handle, kind), contact.row};
  return named;
}

std::size_t SubjectSweep::owner_change_count() const {
  return are_owners_linked_ ? owner_changes().size() : owner_changes_;
}

std::vector<Row> SubjectSweep::owner_changes() const {
  std::vector<Row> changes;
  Handle owner = kNoHandle;
  for (const Naming& naming : owners_) {
    const Handle entity = entities_.entity(naming.owner, known_by());
    if (owner != kNoHandle && entity != owner) changes.push_back(naming.row);
    owner = entity;
  }
  return changes;
}

std::int32_t SubjectSweep::day() {
  if (!day_now_) day_now_ = input_.zone->day_of(at_).days;
  return *day_now_;
}

PointState SubjectSweep::state() {
  PointState state = counts_;
  state.state = stages_.state();
  if (const funnel::Stay* stay = stages_.open_stay()) {
    state.stage = stay->stage;
    state.entered = micros_of(stay->entered);
    state.dormant = stages_.is_dormant(at_);
  }
  state.account = entity(timeline::kAccount).handle;
  state.owner = entity(timeline::kOwner).handle;
  return state;
}

// ---- Next steps.

std::optional<SubjectSweep::Step> SubjectSweep::step_of(Row row) const noexcept {
  const auto& c = input_.store->columns();
  Step step{row, c.occurred_at[row]};
  if (input_.meanings->step_due) {
    const std::int64_t days = c.values[*input_.meanings->step_due][row];
    if (days == timeline::kNoAmount || days > INT64_MAX / 8'640'000 || days < INT64_MIN / 8'640'000)
      return std::nullopt;
    step.due = days * 8'640'000;  // ten-thousandths of a day in microseconds
  } else if (c.known_at[row] >= step.due) {
    return std::nullopt;  // known only when it happened: no plan
  }
  return step;
}

void SubjectSweep::consider(const Step& step) {
  Steps& steps = *steps_now_;
  if (step.due >= at_) {
    if (!steps.next || step.due < steps.next->due) steps.next = step;
  } else if (step.due > last_other_touch_ && (!steps.overdue || step.due > steps.overdue->due)) {
    steps.overdue = step;
  }
}

const SubjectSweep::Steps& SubjectSweep::steps() {
  if (steps_now_) return *steps_now_;
  steps_now_.emplace();
  for (const Step& step : steps_) consider(step);
  // What is to happen, and known to be planned already.
  for (std::size_t i = 0; i < planned_.size(); ++i) {
    const funnel::HistoryEvent& event = history_.events[planned_places_[i]];
    if (event.at >= at_ && event.known_from < at_ && event.known_until >= at_) consider(planned_[i]);
  }
  return *steps_now_;
}

}  // namespace weir::features
