#include "features/prepared_kernel.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "features/alive_feature.h"

namespace weir::features {

using timeline::Handle;
using timeline::kNoHandle;

namespace {

constexpr double kNull = std::numeric_limits<double>::quiet_NaN();

double or_null(const std::optional<double>& value) noexcept {
  return value ? *value : kNull;
}

// The whole text as a finite number; null otherwise.
double number_of(std::string_view text) noexcept {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value) ? value : kNull;
}

}  // namespace

// ---- Preparation.

FeatureKernel::Prepared::Prepared(const FeatureInput& given, std::span<const Definition> asked)
    : input(given), definitions(asked.begin(), asked.end()), compiled(asked.size()), plan(input) {
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    compile(definitions[i], compiled[i]);
    if (definitions[i].type == ColumnType::category) find_levels(definitions[i], compiled[i]);
    const bool is_count =
        definitions[i].spec.function == Function::count && definitions[i].type == ColumnType::number;
    (is_count ? counts : cells).push_back(i);
    if (is_count)
      count_places_.push_back(
          {static_cast<std::uint32_t>(compiled[i].channel), static_cast<std::uint32_t>(compiled[i].window)});
  }
  plan.finish();
  if (std::all_of(definitions.begin(), definitions.end(), CountingPlan::answers)) plan_counting();
}

void FeatureKernel::Prepared::plan_counting() {
  counting.emplace(plan);
  for (const std::size_t i : counts) counting->add_count(compiled[i].channel, definitions[i].spec.window);
  for (const std::size_t i : cells)
    counting->add_number(definitions[i], compiled[i].channel, compiled[i].place, compiled[i].scale);
  counting->finish();
}

void FeatureKernel::Prepared::compile(const Definition& definition, Compiled& out) {
  const Micros window = definition.spec.window;
  if (definition.spec.function <= Function::own_rate) {
    out.channel = plan.add_channel({definition.selector, definition.spec.scope});
    out.window = plan.events[out.channel].windows.add(window);
  }
  switch (definition.spec.function) {
    case Function::sum:
    case Function::mean:
    case Function::min:
    case Function::max:
      return compile_values(definition, out);
    case Function::last:
      if (definition.type == ColumnType::number) compile_values(definition, out);
      return;
    case Function::distinct: {
      const auto key = definition.spec.of == "type"  ? SweepPlan::Key::type
                       : definition.spec.of == "day" ? SweepPlan::Key::day
                                                     : SweepPlan::Key::entity;
      out.place = plan.add_distinct(out.channel, key,
                                    key == SweepPlan::Key::entity ? definition.kind : timeline::kAccount);
      out.window = plan.distincts[out.place].add_window(window);
      return;
    }
    case Function::gap_mean:
    case Function::gap_median:
    case Function::gap_max:
    case Function::gap_ratio:
    case Function::gap_break:
      out.place = plan.add_gaps(out.channel, out.window);
      return;
    case Function::reply_time:
    case Function::waiting:
      out.place = plan.add_talk(definition.spec.of == "theirs", definition.spec.scope);
      out.window = plan.talks[out.place].windows.add(
          definition.spec.function == Function::reply_time ? window : Micros{0});
      return;
    case Function::alive:
    case Function::stage_touches:
      out.channel = plan.add_channel({{Selector::Kind::touch, 0}, Scope::contact});
      return;
    case Function::owner_changes:
      plan.has_owner_changes = true;
      return;
    case Function::next_step_missing:
    case Function::next_step_due:
    case Function::next_step_overdue:
      plan.has_steps = true;
      return;
    case Function::objections_open:
      plan.has_objections = true;
      return;
    case Function::attribute:
      if (definition.attribute == kEntityKey) return;
      out.place = plan.add_attribute(definition.kind, definition.attribute);
      if (definition.type == ColumnType::category) return;
      for (std::uint32_t value = 0; value < input.store->attribute_value_count(); ++value) {
        out.numbers.push_back(number_of(input.store->attribute_value(value)));
      }
      return;
    default:
      return;
  }
}

void FeatureKernel::Prepared::compile_values(const Definition& definition, Compiled& out) {
  out.place = plan.add_value(out.channel, definition.value);
  out.scale = definition.value == kAmountValue ? input.minor_per_major : 10'000;
  ValueSeries& values = plan.values[out.place];
  out.window = values.add_window(definition.spec.window);
  const bool greatest = definition.spec.function == Function::max;
  if (greatest || definition.spec.function == Function::min)
    out.extreme = values.add_extreme(out.window, greatest);
}

void FeatureKernel::Prepared::find_levels(const Definition& definition, Compiled& out) const {
  const timeline::TimelineStore& store = *input.store;
  const auto take = [&](std::size_t count, const auto& text) {
    // Texts are sorted in the store; a level's code is its place.
    for (std::size_t i = 0; i < count; ++i) out.levels.emplace_back(text(i));
  };
  if (definition.spec.function == Function::stage_name) {
    out.levels.assign(input.stage_names.begin(), input.stage_names.end());
    std::sort(out.levels.begin(), out.levels.end());
    for (const std::string& name : input.stage_names) {
      out.codes.push_back(static_cast<std::uint32_t>(
          std::lower_bound(out.levels.begin(), out.levels.end(), name) - out.levels.begin()));
    }
  } else if (definition.spec.function == Function::last) {
    take(store.type_count(), [&](std::size_t i) { return store.type(static_cast<std::uint16_t>(i)); });
  } else if (definition.attribute == kEntityKey) {
    while (out.first_handle < store.handle_count() && store.handle_kind(out.first_handle) < definition.kind)
      ++out.first_handle;
    Handle end = out.first_handle;
    while (end < store.handle_count() && store.handle_kind(end) == definition.kind) ++end;
    take(end - out.first_handle,
         [&](std::size_t i) { return store.handle_text(out.first_handle + static_cast<Handle>(i)); });
  } else {
    std::vector<bool> is_used(store.attribute_value_count(), false);
    for (const timeline::Attribute& attribute : store.attributes()) {
      if (attribute.name == definition.attribute && store.handle_kind(attribute.handle) == definition.kind)
        is_used[attribute.value] = true;
    }
    out.codes.assign(is_used.size(), kNoLevel);
    for (std::uint32_t value = 0; value < is_used.size(); ++value) {
      if (!is_used[value]) continue;
      out.codes[value] = static_cast<std::uint32_t>(out.levels.size());
      out.levels.emplace_back(store.attribute_value(value));
    }
  }
}

// ---- Numbers of one point.

// Sums are of whole numbers and divided once, so they are exact whatever order the events came in.
double FeatureKernel::Prepared::value_statistic(SubjectSweep& sweep, const Definition& definition,
                                                const Compiled& details) const {
  const ValueSeries& values = sweep.values(details.place);
  const std::size_t count = values.count(details.window);
  if (definition.spec.function == Function::sum)
    return static_cast<double>(values.sum(details.window)) / details.scale;
  if (count == 0) return kNull;
  switch (definition.spec.function) {
    case Function::mean:
      return static_cast<double>(values.sum(details.window)) / details.scale / static_cast<double>(count);
    case Function::min:
    case Function::max:
      return static_cast<double>(values.extreme(details.extreme)) / details.scale;
    default:
      return static_cast<double>(values.last()) / details.scale;
  }
}

double FeatureKernel::Prepared::cadence(SubjectSweep& sweep, const Definition& definition,
                                        const Compiled& details) const {
  const Cadence& cadence = sweep.gaps(details.place);
  switch (definition.spec.function) {
    case Function::gap_mean:
      return or_null(cadence.mean());
    case Function::gap_median:
      return or_null(cadence.median());
    case Function::gap_max:
      return or_null(cadence.max());
    case Function::gap_ratio:
      return or_null(cadence.ratio());
    default:
      return or_null(cadence.is_broken());
  }
}

double FeatureKernel::Prepared::stage_number(SubjectSweep& sweep, const Definition& definition,
                                             const Compiled& details) const {
  const auto stays = sweep.stays();
  const funnel::Stay* open = sweep.open_stay();
  switch (definition.spec.function) {
    case Function::stage_age:
      return open == nullptr ? kNull : days_of(Micros{sweep.at() - micros_of(open->entered)});
    case Function::stage_touches: {
      if (open == nullptr) return kNull;
      const auto& touches = sweep.events(details.channel).at;
      return static_cast<double>(touches.end() -
                                 std::lower_bound(touches.begin(), touches.end(), micros_of(open->entered)));
    }
    case Function::stage_moves: {
      const auto visited = std::count_if(stays.begin(), stays.end(), [](const funnel::Stay& stay) {
        return (stay.flags & funnel::kSkipped) == 0;
      });
      return static_cast<double>(std::max<std::ptrdiff_t>(visited - 1, 0));
    }
    default:
      return static_cast<double>(std::count_if(stays.begin(), stays.end(), [](const funnel::Stay& stay) {
        return stay.ending == funnel::Ending::back;
      }));
  }
}

double FeatureKernel::Prepared::context_number(SubjectSweep& sweep, const Definition& definition) const {
  if (input.context == nullptr) return kNull;
  const ContextTables& tables = *input.context;
  const std::int32_t day = sweep.day() - 1;  // the last closed one
  if (definition.spec.function == Function::calendar_factor) {
    if (day > tables.last_day) return kNull;
    return day < tables.first_day ? 1
                                  : tables.calendar_factor[static_cast<std::size_t>(day - tables.first_day)];
  }
  const bool of_owner = definition.spec.function == Function::owner_open;
  const Handle named = sweep.entity(of_owner ? timeline::kOwner : timeline::kAccount).handle;
  if (named == kNoHandle) return kNull;
  const auto& table = of_owner                                             ? tables.owner_open
                      : definition.spec.function == Function::account_open ? tables.account_open
                                                                           : tables.account_touches;
  const DayValue* found = ContextTables::find(table, sweep.entities().entity(named, sweep.known_by()), day);
  return found == nullptr ? 0 : static_cast<double>(found->value);
}

double FeatureKernel::Prepared::number(SubjectSweep& sweep, std::size_t index) const {
  const Definition& definition = definitions[index];
  const Compiled& details = compiled[index];
  switch (definition.spec.function) {
    case Function::count:
      return kNull;  // written apart
    case Function::sum:
    case Function::mean:
    case Function::min:
    case Function::max:
    case Function::last:
      return value_statistic(sweep, definition, details);
    case Function::distinct:
      return static_cast<double>(sweep.distinct(details.place, details.window));
    case Function::since: {
      const auto& times = sweep.events(details.channel).at;
      return times.empty() ? kNull : days_of(Micros{sweep.at() - times.back()});
    }
    case Function::velocity:
      if (!sweep.has_events()) return kNull;
      return or_null(
          velocity(sweep.events(details.channel).at, sweep.first_seen(), sweep.at(), definition.spec.window));
    case Function::gap_mean:
    case Function::gap_median:
    case Function::gap_max:
    case Function::gap_ratio:
    case Function::gap_break:
      return cadence(sweep, definition, details);
    case Function::own_rate:
      if (!sweep.has_events()) return kNull;
      return static_cast<double>(sweep.events(details.channel).at.size()) /
             std::max(1.0, days_of(Micros{sweep.at() - sweep.first_seen()}));
    case Function::reply_time:
      return or_null(sweep.answer_hours(details.place, details.window));
    case Function::waiting: {
      const auto& question = sweep.conversation(details.place).unanswered;
      return question ? input.business->hours_between(question->at, sweep.at()) : kNull;
    }
    case Function::stage_age:
    case Function::stage_moves:
    case Function::stage_back_moves:
    case Function::stage_touches:
      return stage_number(sweep, definition, details);
    case Function::owner_changes:
      return static_cast<double>(sweep.owner_change_count());
    case Function::next_step_missing:
      return sweep.steps().next ? 0 : 1;
    case Function::next_step_due: {
      const auto& next = sweep.steps().next;
      return next ? days_of(Micros{next->due - sweep.at()}) : kNull;
    }
    case Function::next_step_overdue: {
      const auto& overdue = sweep.steps().overdue;
      return overdue ? days_of(Micros{sweep.at() - overdue->due}) : 0;
    }
    case Function::objections_open:
      return static_cast<double>(sweep.open_objections().size());
    case Function::attribute: {
      const auto value = sweep.attribute(details.place);
      return value ? details.numbers[*value] : kNull;
    }
    case Function::account_open:
    case Function::account_touches:
    case Function::owner_open:
    case Function::calendar_factor:
      return context_number(sweep, definition);
    case Function::alive:
      return alive_at(input, sweep, sweep.events(details.channel));
    case Function::stage_name:
      return kNull;  // a category
  }
  return kNull;
}

std::uint32_t FeatureKernel::Prepared::code(SubjectSweep& sweep, std::size_t index) const {
  const Definition& definition = definitions[index];
  const Compiled& details = compiled[index];
  if (definition.spec.function == Function::stage_name) {
    const funnel::Stay* open = sweep.open_stay();
    return open == nullptr ? kNoLevel : details.codes[open->stage];
  }
  if (definition.spec.function == Function::last) {
    const EventSeries& events = sweep.events(details.channel);
    return events.count(details.window) == 0 ? kNoLevel : input.store->columns().type[events.row.back()];
  }
  if (definition.attribute == kEntityKey) {
    const Handle entity = sweep.entity(definition.kind).handle;
    return entity == kNoHandle ? kNoLevel : entity - details.first_handle;
  }
  const auto value = sweep.attribute(details.place);
  return value ? details.codes[*value] : kNoLevel;
}

}  // namespace weir::features
