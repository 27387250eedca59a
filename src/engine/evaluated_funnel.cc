#include "engine/evaluated_funnel.h"

#include <algorithm>
#include <map>

#include "base/nearest_name.h"
#include "engine/text_functions.h"
#include "funnel/facts.h"
#include "funnel/subjects.h"

namespace weir::engine {

using funnel::Stay;
using store::ValueType;
using timeline::Row;

namespace {

constexpr std::uint64_t kNoRow = ~std::uint64_t{0};

// Texts of the references of one stay; an empty optional is unknown.
using Tuple = std::vector<std::optional<std::string>>;

std::optional<std::string> reference_value(const timeline::TimelineStore& store, const funnel::Facts& facts,
                                           const funnel::SubjectHandles& subject, const Reference& reference,
                                           const std::optional<std::uint32_t>& name, Row row) {
  const timeline::Handle entity = facts.entity_at(subject, reference.kind, row);
  if (entity == timeline::kNoHandle) return std::nullopt;
  if (reference.attribute.empty()) return std::string(store.handle_text(entity));
  if (!name) return std::nullopt;
  const auto value = facts.attribute_at(entity, *name, store.columns().known_at[row]);
  if (!value) return std::nullopt;
  return std::string(store.attribute_value(*value));
}

// The expression over every distinct tuple, by the sealed engine.
Result<std::map<Tuple, std::optional<std::string>>> evaluate_tuples(
    const CompiledSegment& segment, const std::map<Tuple, std::uint32_t>& tuples) {
  store::EngineOptions options;
  options.sealed = true;
  options.threads = 1;
  options.text_functions = text_functions();
  WEIR_TRY(const auto engine, store::QueryEngine::open(options));
  std::string columns = "weir_row BIGINT";
  std::string typed;
  for (std::size_t i = 0; i < segment.references.size(); ++i) {
    columns += ", c" + std::to_string(i) + " VARCHAR";
    typed += ", TRY_CAST(c" + std::to_string(i) + " AS " + store::sql_type(segment.references[i].type) +
             ") AS " + store::sql_name(segment.columns[i]);
  }
  WEIR_TRY_STATUS(engine->execute("CREATE TABLE tuples (" + columns + ")"));
  std::vector<const Tuple*> order;
  {
    WEIR_TRY(const auto writer, engine->writer("tuples"));
    for (const auto& [tuple, number] : tuples) {
      writer->integer(static_cast<std::int64_t>(order.size()));
      for (const auto& value : tuple) {
        if (value) {
          writer->text(*value);
        } else {
          writer->null();
        }
      }
      writer->end_row();
      order.push_back(&tuple);
    }
    WEIR_TRY_STATUS(writer->flush());
  }
  std::map<Tuple, std::optional<std::string>> results;
  std::size_t at = 0;
  WEIR_TRY_STATUS(engine->query("SELECT CAST((" + segment.sql + ") AS VARCHAR) FROM (SELECT weir_row" +
                                    typed + " FROM tuples) ORDER BY weir_row",
                                [&](const store::QueryChunk& chunk) -> Status {
                                  for (std::size_t row = 0; row < chunk.row_count(); ++row, ++at) {
                                    results[*order[at]] =
                                        chunk.is_null(0, row)
                                            ? std::nullopt
                                            : std::optional<std::string>(chunk.text(0, row));
                                  }
                                  return {};
                                }));
  return results;
}

Result<SegmentColumn> segment_column(const CompiledSegment& segment, const timeline::TimelineStore& store,
                                     const funnel::Facts& facts, const EvaluatedFunnel& evaluated) {
  std::vector<std::optional<std::uint32_t>> names;
  for (const Reference& reference : segment.references)
    names.push_back(facts.attribute_name(reference.attribute));
  std::map<Tuple, std::uint32_t> tuples;
  std::vector<std::uint32_t> tuple_of;
  tuple_of.reserve(evaluated.run.table.stays.size());
  for (const Stay& stay : evaluated.run.table.stays) {
    Tuple tuple;
    const auto& subject = evaluated.handles[stay.subject];
    for (std::size_t i = 0; i < segment.references.size(); ++i) {
      tuple.push_back(reference_value(store, facts, subject, segment.references[i], names[i],
                                      static_cast<Row>(stay.entry_event)));
    }
    tuple_of.push_back(
        tuples.emplace(std::move(tuple), static_cast<std::uint32_t>(tuples.size())).first->second);
  }
  std::vector<std::optional<std::string>> values(tuples.size());
  if (segment.plain) {
    for (const auto& [tuple, number] : tuples) values[number] = tuple.front();
  } else {
    WEIR_TRY(const auto results, evaluate_tuples(segment, tuples));
    for (const auto& [tuple, number] : tuples) values[number] = results.at(tuple);
  }
  SegmentColumn column;
  column.name = segment.name;
  for (const auto& value : values) {
    if (value) column.values.push_back(*value);
  }
  std::sort(column.values.begin(), column.values.end());
  column.values.erase(std::unique(column.values.begin(), column.values.end()), column.values.end());
  if (column.values.size() >= kUnknownSegment) {
    return fail(Errc::state,
                "the segment '" + segment.name +
                    "' has more than 65,000 values; segments are for groups, not for single subjects");
  }
  std::vector<std::uint16_t> codes(values.size(), kUnknownSegment);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i])
      codes[i] = static_cast<std::uint16_t>(
          std::lower_bound(column.values.begin(), column.values.end(), *values[i]) - column.values.begin());
  }
  column.codes.reserve(tuple_of.size());
  for (const std::uint32_t tuple : tuple_of) column.codes.push_back(codes[tuple]);
  return column;
}

// The event's money in the base currency.
std::optional<std::int64_t> money_at(const CompiledWorkspace& workspace, const timeline::TimelineStore& store,
                                     const Rates& rates, int value_index, std::uint64_t row,
                                     std::int64_t& without_rate) {
  if (row == kNoRow) return std::nullopt;
  const auto& c = store.columns();
  std::int64_t minor = c.amount_minor[row];
  Currency currency = rates.base();
  const std::string_view code = store.currency(c.currency[row]);
  if (!code.empty()) {
    if (const auto parsed = Currency::parse(code)) currency = *parsed;
  }
  if (value_index >= 0) {
    minor = c.values[static_cast<std::size_t>(value_index)][row];
    if (minor != timeline::kNoAmount) {
      std::int64_t divisor = 10'000;
      for (int i = 0; i < currency.digits(); ++i) divisor /= 10;
      minor = (minor + (minor < 0 ? -divisor / 2 : divisor / 2)) / divisor;
    }
  }
  if (minor == timeline::kNoAmount) return std::nullopt;
  const auto base = rates.to_base_minor(minor, currency, workspace.zone.day_of(c.occurred_at[row]));
  if (!base) ++without_rate;
  return base;
}

}  // namespace

Result<std::int64_t> parse_moment(const Zone& zone, const std::string& text, const Place& place) {
  if (const auto day = parse_date(text)) return zone.start_of_day(*day);
  const auto civil = parse_civil_time(text);
  if (!civil.has_value())
    return fail(Errc::configuration,
                "'" + text + "' is neither a date like 2026-03-01 nor an instant like 2026-03-01T09:30:00Z",
                place);
  return zone.instant_of(*civil);
}

Result<funnel::AsOf> resolve_as_of(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                                   const TimeQuestion& question) {
  if (question.as_of || question.known_at || workspace.definitions->as_of.empty())
    return resolve_as_of(workspace.zone, *timelines.store, question);
  WEIR_TRY(const std::int64_t moment,
           parse_moment(workspace.zone, workspace.definitions->as_of, workspace.definitions->as_of_place));
  funnel::AsOf as_of;
  as_of.as_of = event_time(moment);
  return as_of;
}

Result<funnel::AsOf> resolve_as_of(const Zone& zone, const timeline::TimelineStore& store,
                                   const TimeQuestion& question) {
  funnel::AsOf as_of;
  if (question.known_at) as_of.known_at = known_time(*question.known_at);
  if (question.as_of || question.known_at) {
    as_of.as_of = event_time(question.as_of ? *question.as_of : *question.known_at);
    return as_of;
  }
  WEIR_TRY(const auto last, store.last_standing());
  if (!last) return fail(Errc::state, "there is no event yet, so there is no as-of; say --as-of");
  const Date day = zone.day_of(*last);
  as_of.as_of = event_time(zone.start_of_day(Date{day.days + 1}));
  return as_of;
}

Result<const CompiledFunnel*> find_funnel(const CompiledWorkspace& workspace, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& funnel : workspace.funnels) {
    if (funnel.definition->name == name || (name.empty() && workspace.funnels.size() == 1)) return &funnel;
    names.push_back(funnel.definition->name);
  }
  if (names.empty()) return fail(Errc::configuration, "the workspace declares no funnel");
  std::string list;
  for (const auto& known : names) list += (list.empty() ? "" : ", ") + known;
  if (name.empty())
    return fail(Errc::usage, "the workspace has several funnels; say --funnel with one of: " + list);
  return fail(Errc::usage, "no funnel is named '" + name + "'" +
                               (names.empty() ? "" : "; there are: " + list) + did_you_mean(name, names));
}

std::shared_ptr<const identity::EntityLinks> links_at(const OpenTimelines& timelines,
                                                      const funnel::AsOf& as_of) {
  return std::make_shared<const identity::EntityLinks>(funnel::entity_links(*timelines.store, as_of));
}

Result<EvaluatedFunnel> evaluate_funnel(const Environment& environment, const CompiledWorkspace& workspace,
                                        const OpenTimelines& timelines, const CompiledFunnel& compiled,
                                        const funnel::AsOf& as_of,
                                        std::shared_ptr<const identity::EntityLinks> links) {
  const timeline::TimelineStore& store = *timelines.store;
  EvaluatedFunnel evaluated;
  evaluated.compiled = &compiled;
  evaluated.stages = ordered_stages(*compiled.definition);
  evaluated.links = std::move(links);
  evaluated.handles = funnel::gather_subjects(store, *evaluated.links, compiled.shape.subject, as_of);
  evaluated.run = funnel::run_funnel(store, evaluated.handles, compiled.shape, as_of, workspace.zone);
  const funnel::Facts facts(store, *evaluated.links);
  for (const auto& segment : compiled.segments) {
    WEIR_TRY(SegmentColumn column, segment_column(segment, store, facts, evaluated));
    evaluated.segments.push_back(std::move(column));
  }
  WEIR_TRY(const Rates rates, Rates::load(*environment.files, *workspace.definitions));
  for (const funnel::Subject& subject : evaluated.run.subjects) {
    evaluated.amounts.push_back(
        money_at(workspace, store, rates, -1, subject.amount_row, evaluated.amounts_without_rate));
    std::int64_t of_won = 0;
    evaluated.won_money.push_back(
        money_at(workspace, store, rates, compiled.money_value, subject.won_row, of_won));
    if (subject.won_row != subject.amount_row)
      evaluated.amounts_without_rate += of_won;  // one amount is counted once
  }
  return evaluated;
}

}  // namespace weir::engine
