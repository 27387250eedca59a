#include "features/point_features.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <thread>

#include "features/point_view.h"

namespace weir::features {

using timeline::Handle;
using timeline::kNoHandle;
using timeline::Row;

namespace {

constexpr double kNull = std::numeric_limits<double>::quiet_NaN();
constexpr Row kNoRow = 0xFFFFFFFF;

double or_null(const std::optional<double>& value) noexcept { return value ? *value : kNull; }

// The whole text as a finite number; null otherwise.
double number_of(std::string_view text) noexcept {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value) ? value : kNull;
}

// What a definition needs besides its words.
struct Compiled {
  std::size_t channel{0};
  std::vector<double> numbers;          // attribute, number: by attribute value
  std::vector<std::uint32_t> codes;     // category: level by attribute value, type, stage or handle - first_handle
  std::vector<std::string> levels;
  Handle first_handle{0};
};

bool uses_channel(Function function) noexcept {
  return function <= Function::own_rate;
}

}  // namespace

struct FeatureKernel::Prepared {
  FeatureInput input;
  std::vector<Definition> definitions;
  std::vector<Compiled> compiled;
  std::vector<Selector> selectors;   // sorted
  std::vector<Channel> channels;     // sorted

  void find_channels();
  void find_levels(const Definition& definition, Compiled& out) const;
  [[nodiscard]] double number(const PointView& view, std::size_t index) const;
  [[nodiscard]] std::uint32_t code(const PointView& view, std::size_t index) const;
  [[nodiscard]] std::optional<double> value_of(const Definition& definition, Row row) const;
  [[nodiscard]] double value_statistic(const Definition& definition, std::span<const Occurrence> events) const;
  [[nodiscard]] double distinct(const PointView& view, const Definition& definition, std::span<const Occurrence> events) const;
  [[nodiscard]] double cadence(const PointView& view, const Definition& definition, std::span<const Occurrence> events) const;
  [[nodiscard]] double stage_number(const PointView& view, const Definition& definition, std::size_t channel) const;
  [[nodiscard]] double reply_hours(const PointView& view, const Definition& definition) const;
  [[nodiscard]] double context_number(const PointView& view, const Definition& definition) const;
  [[nodiscard]] std::optional<std::uint32_t> attribute_value(const PointView& view, const Definition& definition) const;
  void compute_range(std::span<const Point> points, std::span<const std::uint32_t> order, Computed& out) const;
};

// ---- Preparation.

void FeatureKernel::Prepared::find_channels() {
  for (const Definition& definition : definitions) {
    if (uses_channel(definition.spec.function)) channels.push_back({definition.selector, definition.spec.scope});
    if (definition.spec.function == Function::stage_touches) channels.push_back({{Selector::Kind::touch, 0}, Scope::contact});
  }
  std::sort(channels.begin(), channels.end());
  channels.erase(std::unique(channels.begin(), channels.end()), channels.end());
  for (const Channel& channel : channels) selectors.push_back(channel.selector);
  selectors.erase(std::unique(selectors.begin(), selectors.end()), selectors.end());
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    Channel wanted{definitions[i].selector, definitions[i].spec.scope};
    if (definitions[i].spec.function == Function::stage_touches) wanted = {{Selector::Kind::touch, 0}, Scope::contact};
    compiled[i].channel = static_cast<std::size_t>(std::lower_bound(channels.begin(), channels.end(), wanted) - channels.begin());
  }
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
      out.codes.push_back(static_cast<std::uint32_t>(std::lower_bound(out.levels.begin(), out.levels.end(), name) - out.levels.begin()));
    }
  } else if (definition.spec.function == Function::last) {
    take(store.type_count(), [&](std::size_t i) { return store.type(static_cast<std::uint16_t>(i)); });
  } else if (definition.attribute == kEntityKey) {
    while (out.first_handle < store.handle_count() && store.handle_kind(out.first_handle) < definition.kind) ++out.first_handle;
    Handle end = out.first_handle;
    while (end < store.handle_count() && store.handle_kind(end) == definition.kind) ++end;
    take(end - out.first_handle, [&](std::size_t i) { return store.handle_text(out.first_handle + static_cast<Handle>(i)); });
  } else {
    std::vector<bool> is_used(store.attribute_value_count(), false);
    for (const timeline::Attribute& attribute : store.attributes()) {
      if (attribute.name == definition.attribute && store.handle_kind(attribute.handle) == definition.kind) is_used[attribute.value] = true;
    }
    out.codes.assign(is_used.size(), kNoLevel);
    for (std::uint32_t value = 0; value < is_used.size(); ++value) {
      if (!is_used[value]) continue;
      out.codes[value] = static_cast<std::uint32_t>(out.levels.size());
      out.levels.emplace_back(store.attribute_value(value));
    }
  }
}

FeatureKernel::FeatureKernel(const FeatureInput& input, std::span<const Definition> definitions) {
  auto prepared = std::make_unique<Prepared>();
  prepared->input = input;
  prepared->definitions.assign(definitions.begin(), definitions.end());
  prepared->compiled.resize(definitions.size());
  prepared->find_channels();
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    const Definition& definition = definitions[i];
    if (definition.type == ColumnType::category) {
      prepared->find_levels(definition, prepared->compiled[i]);
    } else if (definition.spec.function == Function::attribute) {
      for (std::uint32_t value = 0; value < input.store->attribute_value_count(); ++value) {
        prepared->compiled[i].numbers.push_back(number_of(input.store->attribute_value(value)));
      }
    }
  }
  prepared_ = std::move(prepared);
}

FeatureKernel::~FeatureKernel() = default;

// ---- Numbers of one point.

std::optional<double> FeatureKernel::Prepared::value_of(const Definition& definition, Row row) const {
  const timeline::TimelineStore& store = *input.store;
  if (definition.value == kAmountValue) {
    const std::int64_t minor = input.base_amounts.empty() ? store.columns().amount_minor[row] : input.base_amounts[row];
    return minor == timeline::kNoAmount ? std::nullopt : std::optional(static_cast<double>(minor) / input.minor_per_major);
  }
  const std::int64_t value = store.columns().values[definition.value][row];
  return value == timeline::kNoAmount ? std::nullopt : std::optional(static_cast<double>(value) / 10'000);
}

double FeatureKernel::Prepared::value_statistic(const Definition& definition, std::span<const Occurrence> events) const {
  double sum = 0;
  std::size_t count = 0;
  std::optional<double> least, greatest, last;
  for (const Occurrence& event : events) {
    const auto value = value_of(definition, event.row);
    if (!value) continue;
    sum += *value;
    ++count;
    least = least ? std::min(*least, *value) : *value;
    greatest = greatest ? std::max(*greatest, *value) : *value;
    last = value;
  }
  switch (definition.spec.function) {
    case Function::sum: return sum;
    case Function::mean: return count == 0 ? kNull : sum / static_cast<double>(count);
    case Function::min: return or_null(least);
    case Function::max: return or_null(greatest);
    default: return or_null(last);
  }
}

double FeatureKernel::Prepared::distinct(const PointView& view, const Definition& definition, std::span<const Occurrence> events) const {
  const auto& c = input.store->columns();
  std::set<std::int64_t> different;
  for (const Occurrence& event : events) {
    if (definition.spec.of == "type") {
      different.insert(c.type[event.row]);
    } else if (definition.spec.of == "day") {
      different.insert(input.zone->day_of(event.at).days);
    } else if (const Handle named = c.keys[definition.kind][event.row]; named != kNoHandle) {
      different.insert(view.entities().entity(named, view.known_by()));
    }
  }
  return static_cast<double>(different.size());
}

double FeatureKernel::Prepared::cadence(const PointView& view, const Definition& definition, std::span<const Occurrence> events) const {
  std::vector<std::int64_t> times;
  times.reserve(events.size());
  for (const Occurrence& event : events) times.push_back(event.at);
  if (definition.spec.function == Function::velocity) {
    return view.has_events() ? or_null(velocity(times, view.first_seen(), view.at(), definition.spec.window)) : kNull;
  }
  const Cadence cadence = cadence_of(times, view.at());
  switch (definition.spec.function) {
    case Function::gap_mean: return or_null(cadence.mean());
    case Function::gap_median: return or_null(cadence.median());
    case Function::gap_max: return or_null(cadence.max());
    case Function::gap_ratio: return or_null(cadence.ratio());
    default: return or_null(cadence.is_broken());
  }
}

double FeatureKernel::Prepared::stage_number(const PointView& view, const Definition& definition, std::size_t channel) const {
  const auto& stays = view.stays();
  const funnel::Stay* open = view.open_stay();
  switch (definition.spec.function) {
    case Function::stage_age: return open == nullptr ? kNull : days_of(Micros{view.at() - micros_of(open->entered)});
    case Function::stage_touches: {
      if (open == nullptr) return kNull;
      const auto& touches = view.channel(channel);
      return static_cast<double>(std::count_if(touches.begin(), touches.end(), [&](const Occurrence& touch) { return touch.at >= micros_of(open->entered); }));
    }
    case Function::stage_moves: {
      const auto visited = std::count_if(stays.begin(), stays.end(), [](const funnel::Stay& stay) { return (stay.flags & funnel::kSkipped) == 0; });
      return static_cast<double>(std::max<std::ptrdiff_t>(visited - 1, 0));
    }
    default: return static_cast<double>(std::count_if(stays.begin(), stays.end(), [](const funnel::Stay& stay) { return stay.ending == funnel::Ending::back; }));
  }
}

double FeatureKernel::Prepared::reply_hours(const PointView& view, const Definition& definition) const {
  const Conversation conversation = view.conversation(definition.spec.of == "theirs", definition.spec.scope);
  if (definition.spec.function == Function::waiting) {
    return conversation.unanswered ? input.business->hours_between(conversation.unanswered->at, view.at()) : kNull;
  }
  std::vector<double> hours;
  for (const Answer& answer : conversation.answers) {
    if (definition.spec.window.count() > 0 && answer.answer.at < view.at() - definition.spec.window.count()) continue;
    hours.push_back(input.business->hours_between(answer.question.at, answer.answer.at));
  }
  return or_null(median_of(std::move(hours)));
}

double FeatureKernel::Prepared::context_number(const PointView& view, const Definition& definition) const {
  if (input.context == nullptr) return kNull;
  const ContextTables& tables = *input.context;
  const std::int32_t day = input.zone->day_of(view.at()).days - 1;   // the last closed one
  if (definition.spec.function == Function::calendar_factor) {
    if (day > tables.last_day) return kNull;
    return day < tables.first_day ? 1 : tables.calendar_factor[static_cast<std::size_t>(day - tables.first_day)];
  }
  const bool of_owner = definition.spec.function == Function::owner_open;
  const Handle named = view.entity(of_owner ? timeline::kOwner : timeline::kAccount).handle;
  if (named == kNoHandle) return kNull;
  const auto& table = of_owner ? tables.owner_open : definition.spec.function == Function::account_open ? tables.account_open : tables.account_touches;
  const DayValue* found = ContextTables::find(table, view.entities().entity(named, view.known_by()), day);
  return found == nullptr ? 0 : static_cast<double>(found->value);
}

std::optional<std::uint32_t> FeatureKernel::Prepared::attribute_value(const PointView& view, const Definition& definition) const {
  const Handle entity = view.entity(definition.kind).handle;
  if (entity == kNoHandle || definition.attribute == kUnknownAttribute) return std::nullopt;
  return view.entities().attribute(entity, definition.attribute, view.known_by());
}

double FeatureKernel::Prepared::number(const PointView& view, std::size_t index) const {
  const Definition& definition = definitions[index];
  const std::size_t channel = compiled[index].channel;
  switch (definition.spec.function) {
    case Function::count: return static_cast<double>(view.in_window(channel, definition.spec.window).size());
    case Function::sum:
    case Function::mean:
    case Function::min:
    case Function::max:
    case Function::last: return value_statistic(definition, view.in_window(channel, definition.spec.window));
    case Function::distinct: return distinct(view, definition, view.in_window(channel, definition.spec.window));
    case Function::since: {
      const auto& events = view.channel(channel);
      return events.empty() ? kNull : days_of(Micros{view.at() - events.back().at});
    }
    case Function::velocity: return cadence(view, definition, view.channel(channel));
    case Function::gap_mean:
    case Function::gap_median:
    case Function::gap_max:
    case Function::gap_ratio:
    case Function::gap_break: return cadence(view, definition, view.in_window(channel, definition.spec.window));
    case Function::own_rate:
      if (!view.has_events()) return kNull;
      return static_cast<double>(view.channel(channel).size()) / std::max(1.0, days_of(Micros{view.at() - view.first_seen()}));
    case Function::reply_time:
    case Function::waiting: return reply_hours(view, definition);
    case Function::stage_age:
    case Function::stage_moves:
    case Function::stage_back_moves:
    case Function::stage_touches: return stage_number(view, definition, channel);
    case Function::owner_changes: return static_cast<double>(view.owner_changes().size());
    case Function::next_step_missing: return view.steps().next ? 0 : 1;
    case Function::next_step_due: {
      const auto steps = view.steps();
      return steps.next ? days_of(Micros{steps.next->due - view.at()}) : kNull;
    }
    case Function::next_step_overdue: {
      const auto steps = view.steps();
      return steps.overdue ? days_of(Micros{view.at() - steps.overdue->due}) : 0;
    }
    case Function::objections_open: return static_cast<double>(view.open_objections().size());
    case Function::attribute: {
      const auto value = attribute_value(view, definition);
      return value ? compiled[index].numbers[*value] : kNull;
    }
    case Function::account_open:
    case Function::account_touches:
    case Function::owner_open:
    case Function::calendar_factor: return context_number(view, definition);
    case Function::stage_name: return kNull;  // a category
  }
  return kNull;
}

std::uint32_t FeatureKernel::Prepared::code(const PointView& view, std::size_t index) const {
  const Definition& definition = definitions[index];
  const Compiled& details = compiled[index];
  if (definition.spec.function == Function::stage_name) {
    const funnel::Stay* open = view.open_stay();
    return open == nullptr ? kNoLevel : details.codes[open->stage];
  }
  if (definition.spec.function == Function::last) {
    const auto events = view.in_window(details.channel, definition.spec.window);
    return events.empty() ? kNoLevel : input.store->columns().type[events.back().row];
  }
  if (definition.attribute == kEntityKey) {
    const Handle entity = view.entity(definition.kind).handle;
    return entity == kNoHandle ? kNoLevel : entity - details.first_handle;
  }
  const auto value = attribute_value(view, definition);
  return value ? details.codes[*value] : kNoLevel;
}

// ---- All points.

void FeatureKernel::Prepared::compute_range(std::span<const Point> points, std::span<const std::uint32_t> order, Computed& out) const {
  PointView view(input, selectors, channels);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Point& point = points[order[i]];
    if (i == 0 || points[order[i - 1]].subject != point.subject) view.gather(point.subject);
    view.look(point.at);
    out.states[order[i]] = view.state();
    for (std::size_t d = 0; d < definitions.size(); ++d) {
      FeatureColumn& column = out.matrix.columns[d];
      if (column.type == ColumnType::number) {
        column.numbers[order[i]] = number(view, d);
      } else {
        column.codes[order[i]] = code(view, d);
      }
    }
  }
}

Computed FeatureKernel::compute(std::span<const Point> points, unsigned threads) const {
  Computed out;
  out.matrix.row_count = points.size();
  out.states.resize(points.size());
  for (std::size_t d = 0; d < prepared_->definitions.size(); ++d) {
    const Definition& definition = prepared_->definitions[d];
    FeatureColumn column;
    column.name = definition.name;
    column.group = definition.group;
    column.description = definition.description;
    column.version = definition.version;
    column.type = definition.type;
    column.monotone = definition.monotone;
    if (column.type == ColumnType::number) {
      column.numbers.assign(points.size(), kNull);
    } else {
      column.codes.assign(points.size(), kNoLevel);
      column.levels = prepared_->compiled[d].levels;
    }
    out.matrix.columns.push_back(std::move(column));
  }
  std::vector<std::uint32_t> order(points.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(points[a].subject, points[a].at, a) < std::tie(points[b].subject, points[b].at, b);
  });
  // Each row is written by one thread alone, whatever the shares.
  const std::size_t shares = std::clamp<std::size_t>(threads, 1, std::max<std::size_t>(1, points.size() / 256));
  std::vector<std::jthread> workers;
  std::size_t begin = 0;
  for (std::size_t share = 1; share <= shares; ++share) {
    std::size_t end = points.size() * share / shares;
    while (end > begin && end < points.size() && points[order[end]].subject == points[order[end - 1]].subject) ++end;
    end = std::max(begin, end);
    const auto part = std::span<const std::uint32_t>(order).subspan(begin, end - begin);
    if (share == shares) {
      prepared_->compute_range(points, part, out);
    } else {
      workers.emplace_back([&, part] { prepared_->compute_range(points, part, out); });
    }
    begin = end;
  }
  workers.clear();  // joins
  return out;
}

std::vector<PointState> states_at(const FeatureInput& input, std::span<const Point> points, unsigned threads) {
  return FeatureKernel(input, {}).compute(points, threads).states;
}

// ---- Proofs.

std::vector<Row> FeatureKernel::evidence(std::size_t index, const Point& point, std::size_t limit) const {
  const Prepared& prepared = *prepared_;
  const Definition& definition = prepared.definitions[index];
  PointView view(prepared.input, prepared.selectors, prepared.channels);
  view.gather(point.subject);
  view.look(point.at);
  std::vector<Row> rows;   // oldest first
  const auto stage_rows = [&](bool back_only) {
    for (const funnel::Stay& stay : view.stays()) {
      if (!back_only) {
        rows.push_back(static_cast<Row>(stay.entry_event));
      } else if (stay.ending == funnel::Ending::back) {
        rows.push_back(static_cast<Row>(stay.exit_event));
      }
    }
  };
  const auto named = [&](timeline::Kind kind) {
    if (const Row row = view.entity(kind).row; row != kNoRow) rows.push_back(row);
  };
  switch (definition.spec.function) {
    case Function::stage_name:
    case Function::stage_age:
      if (const funnel::Stay* open = view.open_stay()) rows.push_back(static_cast<Row>(open->entry_event));
      break;
    case Function::stage_moves: stage_rows(false); break;
    case Function::stage_back_moves: stage_rows(true); break;
    case Function::stage_touches: {
      const funnel::Stay* open = view.open_stay();
      for (const Occurrence& touch : view.channel(prepared.compiled[index].channel)) {
        if (open != nullptr && touch.at >= micros_of(open->entered)) rows.push_back(touch.row);
      }
      break;
    }
    case Function::owner_changes: rows = view.owner_changes(); break;
    case Function::objections_open: rows = view.open_objections(); break;
    case Function::next_step_missing: break;
    case Function::next_step_due:
      if (const auto steps = view.steps(); steps.next) rows.push_back(steps.next->row);
      break;
    case Function::next_step_overdue:
      if (const auto steps = view.steps(); steps.overdue) rows.push_back(steps.overdue->row);
      break;
    case Function::reply_time:
    case Function::waiting: {
      const Conversation conversation = view.conversation(definition.spec.of == "theirs", definition.spec.scope);
      if (definition.spec.function == Function::waiting) {
        if (conversation.unanswered) rows.push_back(conversation.unanswered->row);
        break;
      }
      for (const Answer& answer : conversation.answers) {
        if (definition.spec.window.count() > 0 && answer.answer.at < view.at() - definition.spec.window.count()) continue;
        rows.push_back(answer.question.row);
        rows.push_back(answer.answer.row);
      }
      break;
    }
    case Function::attribute: named(definition.kind); break;
    case Function::account_open:
    case Function::account_touches: named(timeline::kAccount); break;
    case Function::owner_open: named(timeline::kOwner); break;
    case Function::calendar_factor: break;
    default:
      for (const Occurrence& event : view.in_window(prepared.compiled[index].channel, definition.spec.function == Function::velocity ? Micros{0} : definition.spec.window)) {
        rows.push_back(event.row);
      }
      if (definition.spec.function == Function::since && rows.size() > 1) rows.erase(rows.begin(), rows.end() - 1);
      break;
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  std::reverse(rows.begin(), rows.end());
  if (rows.size() > limit) rows.resize(limit);
  return rows;
}

}  // namespace weir::features
