#include "engine/declared_checks.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/text_functions.h"
#include "funnel/facts.h"

namespace weir::engine {

using store::ValueType;

namespace {

store::Schema columns_of(const EvaluatedFunnel& evaluated) {
  store::Schema schema{{"stage.name", ValueType::text}, {"stage.days", ValueType::number},
                       {"amount", ValueType::number},   {"owner", ValueType::text},
                       {"account", ValueType::text},    {"subject", ValueType::text}};
  for (const auto& segment : evaluated.segments) {
    const bool there = std::any_of(schema.begin(), schema.end(),
                                   [&](const auto& column) { return column.name == segment.name; });
    if (!there) schema.push_back({segment.name, ValueType::text});
  }
  return schema;
}

// One open subject as the condition sees it.
struct OpenSubject {
  std::string subject, stage, owner, account;
  double days{0};
  std::optional<double> amount;
  std::vector<std::optional<std::string>> segments;
  std::int64_t entered{0};
};

double major_units(std::int64_t minor, const Currency& currency) {
  double divisor = 1;
  for (int i = 0; i < currency.digits(); ++i) divisor *= 10;
  return static_cast<double>(minor) / divisor;
}

std::vector<OpenSubject> open_subjects(const CompiledWorkspace& workspace,
                                       const timeline::TimelineStore& store, const EvaluatedFunnel& evaluated,
                                       const funnel::AsOf& as_of) {
  const funnel::Facts facts(store, *evaluated.links);
  const auto& stays = evaluated.run.table.stays;
  std::vector<std::size_t> last(evaluated.run.subjects.size(), stays.size());
  for (std::size_t i = 0; i < stays.size(); ++i) last[stays[i].subject] = i;
  std::vector<OpenSubject> open;
  for (std::size_t i = 0; i < last.size(); ++i) {
    const auto& subject = evaluated.run.subjects[i];
    if (subject.state != funnel::SubjectState::in_stage || last[i] == stays.size()) continue;
    const auto& stay = stays[last[i]];
    OpenSubject row;
    row.subject = store.handle_text(subject.handle);
    row.stage = evaluated.stages[stay.stage]->name;
    row.entered = micros_of(stay.entered);
    row.days = days_of(Micros{micros_of(as_of.as_of) - row.entered});
    if (evaluated.amounts[i])
      row.amount = major_units(*evaluated.amounts[i], workspace.definitions->currency);
    const auto named = [&](timeline::Kind kind) {
      if (subject.last_row == ~std::uint64_t{0}) return std::string{};
      const auto handle =
          facts.entity_at(evaluated.handles[i], kind, static_cast<timeline::Row>(subject.last_row));
      return handle == timeline::kNoHandle ? std::string{} : std::string(store.handle_text(handle));
    };
    row.owner = named(timeline::kOwner);
    row.account = named(timeline::kAccount);
    for (const auto& segment : evaluated.segments) {
      const std::uint16_t code = segment.codes[last[i]];
      row.segments.push_back(code == kUnknownSegment ? std::nullopt : std::optional(segment.values[code]));
    }
    open.push_back(std::move(row));
  }
  return open;
}

void write_text(store::TableWriter& out, const std::optional<std::string>& text) {
  if (text && !text->empty()) {
    out.text(*text);
  } else {
    out.null();
  }
}

Status write_rows(store::QueryEngine& engine, const store::Schema& schema, const EvaluatedFunnel& evaluated,
                  const std::vector<OpenSubject>& rows) {
  std::string columns = "weir_row BIGINT";
  for (const auto& column : schema)
    columns += ", " + store::sql_name(column.name) + " " + store::sql_type(column.type);
  WEIR_TRY_STATUS(engine.execute("CREATE TABLE open_subjects (" + columns + ")"));
  WEIR_TRY(const auto out, engine.writer("open_subjects"));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const OpenSubject& row = rows[i];
    out->integer(static_cast<std::int64_t>(i));
    out->text(row.stage);
    out->number(row.days);
    if (row.amount) {
      out->number(*row.amount);
    } else {
      out->null();
    }
    write_text(*out, row.owner);
    write_text(*out, row.account);
    out->text(row.subject);
    for (std::size_t at = 6; at < schema.size(); ++at) {
      for (std::size_t s = 0; s < evaluated.segments.size(); ++s) {
        if (evaluated.segments[s].name == schema[at].name) write_text(*out, row.segments[s]);
      }
    }
    out->end_row();
  }
  return out->flush();
}

Status add_breaches(const store::BoundExpression& bound, const store::Schema& schema,
                    const EvaluatedFunnel& evaluated, const std::vector<OpenSubject>& rows,
                    const workspace::Check& check, CheckResult& result) {
  store::EngineOptions options;
  options.sealed = true;
  options.threads = 1;
  options.text_functions = text_functions();
  WEIR_TRY(const auto engine, store::QueryEngine::open(options));
  WEIR_TRY_STATUS(write_rows(*engine, schema, evaluated, rows));
  return engine->query("SELECT weir_row FROM open_subjects WHERE (" + bound.sql + ") ORDER BY weir_row",
                       [&](const store::QueryChunk& chunk) -> Status {
                         for (std::size_t i = 0; i < chunk.row_count(); ++i) {
                           const OpenSubject& row = rows[static_cast<std::size_t>(chunk.integer(0, i))];
                           std::string what = row.stage + " for " + fmt::format("{:.1f}", row.days) + " days";
                           const std::string owner =
                               check.owner.empty() || check.owner == "owner" ? row.owner : check.owner;
                           result.rows.push_back({evaluated.compiled->definition->name, row.subject,
                                                  std::move(what), owner, row.entered});
                         }
                         return {};
                       });
}

}  // namespace

Result<CheckResult> run_declared_check(const CompiledWorkspace& workspace,
                                       const timeline::TimelineStore& store,
                                       const std::vector<EvaluatedFunnel>& funnels,
                                       const workspace::Check& check, const funnel::AsOf& as_of) {
  CheckResult result{check.name, check.when.sql, true, {}};
  WEIR_TRY(auto binder, store::ExpressionBinder::create(text_functions()));
  std::optional<Error> refused;
  bool bound_once = false;
  for (const auto& evaluated : funnels) {
    const store::Schema schema = columns_of(evaluated);
    const auto bound = binder.bind(check.when.sql, check.when.place, schema);
    if (!bound.has_value()) {
      if (!refused) refused = bound.error();
      continue;
    }
    if (bound->type != ValueType::boolean) {
      return fail(
          Errc::configuration,
          std::string("expected a condition that is true or false, but this gives ") + to_text(bound->type),
          check.when.place);
    }
    bound_once = true;
    WEIR_TRY_STATUS(add_breaches(*bound, schema, evaluated, open_subjects(workspace, store, evaluated, as_of),
                                 check, result));
  }
  if (!bound_once && refused) return fail(*refused);
  return result;
}

}  // namespace weir::engine
