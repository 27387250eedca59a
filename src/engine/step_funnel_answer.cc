#include "engine/step_funnel_answer.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <thread>
#include <utility>

#include "base/json.h"

namespace weir::engine {

using funnel::Attempts;
using funnel::kNoValue;
using timeline::Row;
using timeline::TimelineStore;

namespace {

constexpr unsigned kMostThreads = 16;

// The step whose event says the value of the attempt; nothing when it was not done.
std::optional<std::size_t> deciding_step(const Attempts& attempts, std::uint32_t attempt,
                                         const BoundSteps& bound) {
  const auto& bits = bound.layout.bits;
  std::size_t step = bits.size() - 1;
  if (bound.attribution == Attribution::first) {
    step = 0;
  } else if (bound.attribution == Attribution::step) {
    step = bound.attribution_step;
  } else {
    while (!attempts.has(attempt, bits[step])) --step;
  }
  return attempts.has(attempt, bits[step]) ? std::optional<std::size_t>(bits[step]) : std::nullopt;
}

// Texts, sorted, each of them once; numbers of values become places in them. Numbers of one property lie
// close together, so a list says what becomes of each.
void code_values(StepUnits& units, const funnel::StepProperties& properties,
                 const funnel::StepProperty& property) {
  std::uint32_t least = kNoValue, greatest = 0;
  for (const std::uint32_t number : units.values) {
    least = std::min(least, number);
    if (number != kNoValue) greatest = std::max(greatest, number);
  }
  std::vector<std::uint32_t> place_of(least == kNoValue ? 0 : std::size_t{greatest} - least + 1, kNoValue);
  std::vector<std::pair<std::string_view, std::uint32_t>> texts;  // with the number
  for (const std::uint32_t number : units.values) {
    if (number == kNoValue || place_of[number - least] != kNoValue) continue;
    place_of[number - least] = 0;
    texts.emplace_back(properties.text(property, number), number);
  }
  std::sort(texts.begin(), texts.end());
  for (const auto& [text, number] : texts) {
    if (units.value_texts.empty() || units.value_texts.back() != text) units.value_texts.emplace_back(text);
    place_of[number - least] = static_cast<std::uint32_t>(units.value_texts.size() - 1);
  }
  const auto unknown = static_cast<std::uint32_t>(units.value_texts.size());
  for (std::uint32_t& value : units.values) value = value == kNoValue ? unknown : place_of[value - least];
}

void choose_units(const funnel::StepProperties& properties, StepFunnelAnswer& answer) {
  StepUnits& units = answer.units;
  const std::size_t required = answer.bound.query.required;
  if (answer.bound.count == StepCount::account) {
    units.accounts.reserve(units.attempts.size());
    for (std::uint32_t attempt = 0; attempt < units.attempts.size(); ++attempt) {
      units.accounts.push_back(properties.entity_at(timeline::kAccount, units.attempts.subject[attempt],
                                                    units.attempts.row(attempt, 0)));
      if (units.accounts.back() == timeline::kNoHandle) ++answer.without_account;
    }
    units.counted = funnel::furthest_of_groups(units.attempts, units.accounts, required);
  } else if (answer.bound.count == StepCount::subject && answer.bound.query.entry == funnel::Entry::every) {
    units.counted = funnel::furthest_of_groups(units.attempts, units.attempts.subject, required);
  } else {  // one per subject there is, or all are wanted
    units.counted.resize(units.attempts.size());
    std::iota(units.counted.begin(), units.counted.end(), 0U);
  }
}

// The value of each attempt that counts.
void break_down(const funnel::StepProperties& properties, StepFunnelAnswer& answer) {
  StepUnits& units = answer.units;
  const BoundSteps& bound = answer.bound;
  // Events are anywhere in the columns: those of a block are asked of the memory before the first is read.
  std::array<std::optional<std::size_t>, 256> steps;
  std::array<Row, 256> rows;
  units.values.reserve(units.counted.size());
  for (std::size_t begin = 0; begin < units.counted.size(); begin += rows.size()) {
    const auto block =
        std::span(units.counted).subspan(begin, std::min(rows.size(), units.counted.size() - begin));
    for (std::size_t i = 0; i < block.size(); ++i) {
      steps[i] = deciding_step(units.attempts, block[i], bound);
      if (steps[i]) units.attempts.fetch_row(block[i], *steps[i]);
    }
    for (std::size_t i = 0; i < block.size(); ++i) {
      rows[i] = steps[i] ? units.attempts.row(block[i], *steps[i]) : funnel::kNoRow;
      if (steps[i]) properties.fetch(*bound.by, rows[i]);
    }
    for (std::size_t i = 0; i < block.size(); ++i) {
      units.values.push_back(rows[i] == funnel::kNoRow
                                 ? kNoValue
                                 : properties.known_at(*bound.by, units.attempts.subject[block[i]], rows[i]));
    }
  }
  code_values(units, properties, *bound.by);
}

// Counts and times; of each value, unless nobody has it.
void summarise(StepFunnelAnswer& answer) {
  const StepUnits& units = answer.units;
  const BoundSteps& bound = answer.bound;
  const std::size_t count = bound.by ? units.value_texts.size() + 1 : 0;
  funnel::StepTables tables = funnel::summarise_steps(units.attempts, units.counted, bound.layout,
                                                      bound.quantiles, units.values, count);
  answer.table = std::move(tables.whole);
  for (std::size_t value = 0; value < tables.by_value.size(); ++value) {
    funnel::StepTable& table = tables.by_value[value];
    if (table.steps.front().reached == 0) continue;
    answer.values.push_back(
        {value + 1 == count ? std::nullopt : std::optional(units.value_texts[value]), std::move(table)});
  }
}

// Whether the answer looks at more of rows than the keys it asks for: at what was known when, say.
bool reads_columns(const TimelineStore& store, const BoundSteps& bound, const TimeQuestion& time) {
  const auto reads = [&](const std::optional<funnel::StepProperty>& property) {
    return property && (property->is_source || property->attribute ||
                        (property->entity != bound.subject && !store.is_always_named(property->entity)));
  };
  bool apart = false;
  for (std::size_t signal = 0; signal < store.signals().size(); ++signal)
    apart =
        apart || (store.signals().flags(signal) & (timeline::kRowRetracted | timeline::kRowKnownApart)) != 0;
  return apart || time.known_at || reads(bound.by) || reads(bound.hold) ||
         bound.count == StepCount::account || bound.subject == timeline::kContact ||
         !store.runs().has_signals();
}

// Of timelines that were opened on demand.
Status need_timelines(TimelineStore& store, const BoundSteps& bound, const TimeQuestion& time) {
  WEIR_TRY_STATUS(store.need_runs(bound.subject));
  if (bound.subject == timeline::kContact) WEIR_TRY_STATUS(store.need_runs(timeline::kAnonymous));
  if (reads_columns(store, bound, time)) return store.need_columns();
  if (bound.by) WEIR_TRY_STATUS(store.need_key(bound.by->entity));
  return bound.hold ? store.need_key(bound.hold->entity) : Status{};
}

}  // namespace

Result<StepFunnelAnswer> answer_step_funnel(const CompiledWorkspace& workspace,
                                            const OpenTimelines& timelines,
                                            const StepFunnelQuestion& question) {
  const TimelineStore& store = *timelines.store;
  WEIR_TRY(auto bound, bind_steps(workspace, store, question));
  WEIR_TRY_STATUS(need_timelines(*timelines.store, bound, question.time));
  WEIR_TRY(const auto as_of, resolve_as_of(workspace, timelines, question.time));
  const auto links = links_at(timelines, as_of);
  return answer_bound_steps(store, *links, std::move(bound), as_of, question.by);
}

StepFunnelAnswer answer_bound_steps(const TimelineStore& store, const identity::EntityLinks& links,
                                    BoundSteps bound, const funnel::AsOf& as_of, const std::string& by) {
  StepFunnelAnswer answer;
  answer.bound = std::move(bound);
  answer.subject = workspace::to_text(static_cast<workspace::EntityKind>(answer.bound.subject));
  answer.as_of = as_of;
  StepUnits& units = answer.units;
  units.subjects = funnel::own_runs(store, links, answer.bound.subject, as_of);
  const funnel::StepProperties properties(store, links, units.subjects);
  funnel::StepFunnel funnel;
  funnel.query = answer.bound.query;
  funnel.masks = funnel::step_masks(store.signals(), answer.bound.selectors);
  funnel.as_of = as_of;
  funnel.threads = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads));
  if (answer.bound.hold) {
    funnel.held = [&](std::uint32_t subject, Row row) {
      return properties.said_by(*answer.bound.hold, subject, row);
    };
  }
  units.attempts = funnel::run_step_funnel(store, units.subjects, funnel);
  choose_units(properties, answer);
  answer.by = by;
  if (answer.bound.by) break_down(properties, answer);
  summarise(answer);
  return answer;
}

Result<std::vector<ListedAttempt>> list_attempts(const TimelineStore& store, const StepFunnelAnswer& answer,
                                                 const std::string& what) {
  const std::size_t colon = what.rfind(':');
  const std::string state = colon == std::string::npos ? "" : what.substr(colon + 1);
  if (state != "reached" && state != "dropped")
    return fail(Errc::usage, "--list takes STEP:reached or STEP:dropped; '" + what + "' is neither");
  WEIR_TRY(const std::size_t step, answer.bound.find_step(what.substr(0, colon)));
  const StepUnits& units = answer.units;
  const auto& layout = answer.bound.layout;
  const std::size_t next = layout.next_required(step);
  std::vector<ListedAttempt> rows;
  for (std::size_t i = 0; i < units.counted.size(); ++i) {
    const std::uint32_t attempt = units.counted[i];
    if (!units.attempts.has(attempt, layout.bits[step])) continue;
    const bool dropped = next < layout.bits.size() && !units.attempts.has(attempt, layout.bits[next]);
    if (state == "dropped" && !dropped) continue;
    ListedAttempt row;
    row.subject = store.handle_text(units.subjects.handle(units.attempts.subject[attempt]));
    if (!units.accounts.empty()) row.account = store.handle_text(units.accounts[attempt]);
    if (answer.bound.by && units.values[i] < units.value_texts.size())
      row.value = units.value_texts[units.values[i]];
    row.started_at = units.attempts.time(attempt, layout.bits.front());
    row.reached_at = units.attempts.time(attempt, layout.bits[step]);
    std::size_t furthest = layout.bits.size() - 1;
    while (!units.attempts.has(attempt, layout.bits[furthest])) --furthest;
    row.furthest = answer.bound.steps[furthest].name;
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const ListedAttempt& a, const ListedAttempt& b) {
    return a.subject != b.subject ? a.subject < b.subject : a.started_at < b.started_at;
  });
  return rows;
}

namespace {

void write_seconds(JsonWriter& out, const std::vector<funnel::StepQuantile>& quantiles,
                   const std::vector<std::int64_t>& micros) {
  out.begin_object();
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    out.key(quantiles[i].name);
    if (micros.empty()) {
      out.null();
    } else {
      out.value(static_cast<double>(micros[i]) / 1e6);
    }
  }
  out.end_object();
}

void write_table(JsonWriter& out, const StepFunnelAnswer& answer, const funnel::StepTable& table) {
  const BoundSteps& bound = answer.bound;
  const auto share = [&](const char* name, std::int64_t part, std::int64_t whole) {
    out.key(name);
    if (whole == 0) {
      out.null();
    } else {
      out.value(static_cast<double>(part) / static_cast<double>(whole));
    }
  };
  out.key("steps").begin_array();
  std::int64_t previous = table.steps.front().reached;
  for (std::size_t step = 0; step < table.steps.size(); ++step) {
    const funnel::StepFigures& figures = table.steps[step];
    out.begin_object().field("step", bound.steps[step].name).field("optional", bound.steps[step].optional);
    out.field("reached", figures.reached).field("dropped", figures.dropped);
    share("share_of_first", figures.reached, table.steps.front().reached);
    share("share_of_previous", figures.reached, previous);
    out.key("seconds");
    write_seconds(out, bound.quantiles, figures.micros);
    out.end_object();
    if (bound.layout.is_required(step)) previous = figures.reached;
  }
  out.end_array();
  out.field("converted", table.converted);
  out.key("seconds_to_convert");
  write_seconds(out, bound.quantiles, table.micros);
}

}  // namespace

std::string step_funnel_json(const StepFunnelAnswer& answer) {
  const BoundSteps& bound = answer.bound;
  JsonWriter out;
  out.begin_object().field("subject", answer.subject).field("count", to_text(bound.count));
  out.field("order", to_text(bound.query.order)).field("entry", to_text(bound.query.entry));
  out.key("window_seconds");
  if (bound.query.window == funnel::kNoWindow) {
    out.null();
  } else {
    out.value(static_cast<double>(bound.query.window) / 1e6);
  }
  out.field("as_of", weir::to_text(answer.as_of.as_of));
  out.key("known_at");
  if (answer.as_of.known_at == kNeverKnown) {
    out.null();
  } else {
    out.value(weir::to_text(answer.as_of.known_at));
  }
  if (answer.rows) {
    out.key("rows").begin_object().field("read", answer.rows->read);
    out.field("without_subject", answer.rows->without_subject)
        .field("without_time", answer.rows->without_time)
        .field("without_type", answer.rows->without_type)
        .end_object();
  }
  write_table(out, answer, answer.table);
  if (bound.count == StepCount::account) out.field("attempts_without_account", answer.without_account);
  if (bound.by) {
    out.key("by").begin_object().key(answer.by).begin_object();
    for (const StepValueAnswer& value : answer.values) {
      out.key(value.value.value_or("(unknown)")).begin_object();
      write_table(out, answer, value.table);
      out.end_object();
    }
    out.end_object().end_object();
  }
  out.end_object();
  return out.text();
}

}  // namespace weir::engine
