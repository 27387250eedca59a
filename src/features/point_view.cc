#include "features/point_view.h"

#include <algorithm>
#include <bit>

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

bool matches(const timeline::TimelineStore& store, const Selector& selector, Row row) noexcept {
  switch (selector.kind) {
    case Selector::Kind::any: return true;
    case Selector::Kind::touch: return (store.columns().flags[row] & timeline::kRowTouch) != 0;
    case Selector::Kind::type: return store.columns().type[row] == selector.index;
    case Selector::Kind::condition: return store.condition(row, selector.index);
    case Selector::Kind::none: return false;
  }
  return false;
}

bool matches_any(const timeline::TimelineStore& store, const std::vector<Selector>& selectors, Row row) noexcept {
  return std::any_of(selectors.begin(), selectors.end(), [&](const Selector& selector) { return matches(store, selector, row); });
}

PointView::PointView(const FeatureInput& input, const std::vector<Selector>& selectors, const std::vector<Channel>& channels)
    : input_(input), selectors_(selectors), channels_(channels), entities_(*input.store, *input.links), channels_of_(selectors.size()),
      reader_(*input.store, *input.funnel, *input.zone), rows_(channels.size()) {
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const auto at = std::lower_bound(selectors.begin(), selectors.end(), channels[i].selector);
    channels_of_[static_cast<std::size_t>(at - selectors.begin())].push_back(i);
  }
}

void PointView::gather(funnel::SubjectIndex subject) {
  subject_ = subject;
  funnel::gather_history(*input_.store, input_.subjects[subject], prepared_.history);
  prepared_.words = (selectors_.size() + 63) / 64;
  prepared_.channels.assign(prepared_.history.events.size() * prepared_.words, 0);
  for (std::size_t i = 0; i < prepared_.history.events.size(); ++i) {
    for (std::size_t selector = 0; selector < selectors_.size(); ++selector) {
      if (!matches(*input_.store, selectors_[selector], prepared_.history.events[i].row)) continue;
      prepared_.channels[i * prepared_.words + selector / 64] |= std::uint64_t{1} << (selector % 64);
    }
  }
}

void PointView::look(std::int64_t at) {
  at_ = at;
  seen_ = &reader_.at(prepared_.history, {event_time(at), known_time(at - 1)});
  events_.clear();
  for (const std::uint32_t place : seen_->events) {
    const funnel::HistoryEvent& event = prepared_.history.events[place];
    events_.push_back({event.row, scope_of(event)});
  }
  sort_into_channels();
}

void PointView::sort_into_channels() {
  for (auto& rows : rows_) rows.clear();
  const auto& occurred = input_.store->columns().occurred_at;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const Seen& event = events_[i];
    for (std::size_t word = 0; word < prepared_.words; ++word) {
      for (std::uint64_t bits = prepared_.channels[seen_->events[i] * prepared_.words + word]; bits != 0; bits &= bits - 1) {
        for (const std::size_t channel : channels_of_[word * 64 + static_cast<std::size_t>(std::countr_zero(bits))]) {
          if (event.scope <= channels_[channel].scope) rows_[channel].push_back({event.row, occurred[event.row]});
        }
      }
    }
  }
}

std::span<const Occurrence> PointView::in_window(std::size_t index, Micros window) const {
  const std::span<const Occurrence> all = rows_[index];
  if (window.count() == 0) return all;
  const auto from = std::lower_bound(all.begin(), all.end(), at_ - window.count(), [](const Occurrence& event, std::int64_t begin) { return event.at < begin; });
  return all.subspan(static_cast<std::size_t>(from - all.begin()));
}

const funnel::Stay* PointView::open_stay() const noexcept {
  if (seen_->subject.state != funnel::SubjectState::in_stage || stays().empty()) return nullptr;
  const funnel::Stay& last = stays().back();
  return last.ending == funnel::Ending::open || last.ending == funnel::Ending::dormant ? &last : nullptr;
}

std::int64_t PointView::first_seen() const { return input_.store->columns().occurred_at[events_.front().row]; }

PointState PointView::state() const {
  PointState state;
  state.state = seen_->subject.state;
  if (const funnel::Stay* stay = open_stay()) {
    state.stage = stay->stage;
    state.entered = micros_of(stay->entered);
    state.dormant = stay->ending == funnel::Ending::dormant;
  }
  const auto& c = input_.store->columns();
  for (const Seen& event : events_) {
    ++state.event_count;
    if ((c.flags[event.row] & timeline::kRowTouch) != 0) state.last_touch = c.occurred_at[event.row];
    if (event.scope != Scope::own) continue;
    ++state.own_count;
    state.last_row = event.row;
  }
  state.account = entity(timeline::kAccount).handle;
  state.owner = entity(timeline::kOwner).handle;
  return state;
}

PointView::Named PointView::last_named(timeline::Kind kind) const {
  const auto& keys = input_.store->columns().keys[kind];
  for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
    if (event->scope == Scope::own && keys[event->row] != kNoHandle) return {keys[event->row], event->row};
  }
  return {};
}

PointView::Named PointView::entity(timeline::Kind kind) const {
  const Handle self = input_.subjects[subject_].handle;
  if (input_.funnel->subject == kind) return {self, kNoRow};
  Named named = last_named(kind);
  if (named.handle == kNoHandle) named = {entities_.related(self, kind, known_by()), kNoRow};
  if (named.handle != kNoHandle || kind != timeline::kAccount) return named;
  Named contact = last_named(timeline::kContact);
  if (contact.handle == kNoHandle) contact = {entities_.related(self, timeline::kContact, known_by()), kNoRow};
  if (contact.handle != kNoHandle) named = {entities_.related(contact.handle, kind, known_by()), contact.row};
  return named;
}

std::vector<Row> PointView::owner_changes() const {
  const auto& c = input_.store->columns();
  std::vector<Row> changes;
  Handle owner = kNoHandle;
  for (const Seen& event : events_) {
    const Handle named = c.keys[timeline::kOwner][event.row];
    // A touch names who did it, not whose subject it is.
    if (event.scope != Scope::own || named == kNoHandle || (c.flags[event.row] & timeline::kRowTouch) != 0) continue;
    const Handle entity = entities_.entity(named, known_by());
    if (owner != kNoHandle && entity != owner) changes.push_back(event.row);
    owner = entity;
  }
  return changes;
}

std::vector<Row> PointView::open_objections() const {
  std::vector<Row> open;
  for (const Seen& event : events_) {
    if (event.scope > Scope::contact) continue;
    if (matches_any(*input_.store, input_.meanings->objections, event.row)) {
      open.push_back(event.row);
    } else if (!open.empty() && matches_any(*input_.store, input_.meanings->answers, event.row)) {
      open.erase(open.begin());  // the oldest is answered first
    }
  }
  return open;
}

Conversation PointView::conversation(bool theirs, Scope scope) const {
  const auto& c = input_.store->columns();
  std::vector<Message> messages;
  for (const Seen& event : events_) {
    if (event.scope > scope) continue;
    const bool is_in = matches(*input_.store, input_.meanings->inbound, event.row);
    if (is_in == matches(*input_.store, input_.meanings->outbound, event.row)) continue;
    messages.push_back({c.occurred_at[event.row], is_in != theirs, event.row});
  }
  return conversation_of(messages);
}

PointView::Steps PointView::steps() const {
  const timeline::TimelineStore& store = *input_.store;
  const auto& c = store.columns();
  Steps steps;
  std::int64_t last_touch = INT64_MIN;
  for (const Seen& event : events_) {
    if ((c.flags[event.row] & timeline::kRowTouch) != 0 && !matches_any(store, input_.meanings->steps, event.row)) last_touch = c.occurred_at[event.row];
  }
  const auto consider = [&](Row row) {
    Step step{row, c.occurred_at[row]};
    if (input_.meanings->step_due) {
      const std::int64_t days = c.values[*input_.meanings->step_due][row];
      if (days == timeline::kNoAmount || days > INT64_MAX / 8'640'000 || days < INT64_MIN / 8'640'000) return;
      step.due = days * 8'640'000;  // ten-thousandths of a day in microseconds
    } else if (c.known_at[row] >= step.due) {
      return;  // known only when it happened: no plan
    }
    if (step.due >= at_) {
      if (!steps.next || step.due < steps.next->due) steps.next = step;
    } else if (step.due > last_touch && (!steps.overdue || step.due > steps.overdue->due)) {
      steps.overdue = step;
    }
  };
  for (const Seen& event : events_) {
    if (event.scope <= Scope::contact && matches_any(store, input_.meanings->steps, event.row)) consider(event.row);
  }
  // What is to happen, and known to be planned already.
  for (const funnel::HistoryEvent& event : prepared_.history.events) {
    if (c.occurred_at[event.row] < at_ || scope_of(event) > Scope::contact) continue;
    const std::int64_t known_from = std::max(c.known_at[event.row], event.run.known_from);
    const std::int64_t known_until = std::min(c.retracted_at[event.row], event.run.known_until);
    if (known_from <= known_by() && known_until > known_by() && matches_any(store, input_.meanings->steps, event.row)) consider(event.row);
  }
  return steps;
}

}  // namespace weir::features
