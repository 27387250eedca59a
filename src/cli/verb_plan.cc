// weir plan, weir apply: what a change of definitions would change, and making it so.
#include <iostream>

#include "cli/verb.h"
#include "engine/apply.h"

namespace weir::cli {
namespace {

const char* what_text(engine::DefinitionChange::What what) {
  switch (what) {
    case engine::DefinitionChange::What::added:
      return "added";
    case engine::DefinitionChange::What::changed:
      return "changed";
    case engine::DefinitionChange::What::removed:
      return "removed";
  }
  return "changed";
}

Table changes_table(const engine::Changes& changes) {
  Table table({{"definition"}, {"name"}, {"change"}, {"applied"}, {"now"}});
  const auto text = [](const std::string& value) { return value.empty() ? Cell::null() : Cell::text(value); };
  for (const auto& change : changes.changes) {
    table.add_row({Cell::text(change.kind), Cell::text(change.name), Cell::text(what_text(change.what)),
                   text(change.before), text(change.after)});
  }
  return table;
}

// "120 -> 118"; "120" when it stays.
Cell change_cell(const std::optional<std::int64_t>& before, const std::optional<std::int64_t>& after) {
  if (before && after && *before == *after) return Cell::text(std::to_string(*before));
  const auto text = [](const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : std::string("-");
  };
  return Cell::text(text(before) + " -> " + text(after));
}

using Field = std::int64_t engine::StageCounts::*;
constexpr std::pair<const char*, Field> kFields[] = {
    {"entered", &engine::StageCounts::entered}, {"advanced", &engine::StageCounts::advanced},
    {"lost", &engine::StageCounts::lost},       {"dormant", &engine::StageCounts::dormant},
    {"back", &engine::StageCounts::back},       {"open", &engine::StageCounts::open}};

std::optional<std::int64_t> count_of(const std::optional<engine::StageCounts>& counts, Field field) {
  return counts ? std::optional((*counts).*field) : std::nullopt;
}

Table counts_table(const engine::PlanReport& report) {
  std::vector<TableColumn> columns{{"funnel"}, {"stage"}};
  for (const auto& [name, field] : kFields) columns.push_back({name, ColumnKind::text, Align::right});
  Table table(columns);
  for (const auto& stage : report.stages) {
    if (stage.before == stage.after) continue;
    std::vector<Cell> cells{Cell::text(stage.funnel), Cell::text(stage.stage)};
    for (const auto& [name, field] : kFields)
      cells.push_back(change_cell(count_of(stage.before, field), count_of(stage.after, field)));
    table.add_row(std::move(cells));
  }
  return table;
}

void write_counts(JsonWriter& out, const char* key, const std::optional<engine::StageCounts>& counts) {
  out.key(key);
  if (!counts) {
    out.null();
    return;
  }
  out.begin_object();
  for (const auto& [name, field] : kFields) out.field(name, (*counts).*field);
  out.end_object();
}

std::string plan_json(const engine::PlanReport& report) {
  JsonWriter out;
  out.begin_object().field("first", report.changes.first).key("changes").begin_array();
  for (const auto& change : report.changes.changes) {
    out.begin_object()
        .field("definition", change.kind)
        .field("name", change.name)
        .field("change", what_text(change.what));
    out.field("applied", change.before).field("now", change.after).end_object();
  }
  out.end_array().key("stages").begin_array();
  for (const auto& stage : report.stages) {
    out.begin_object().field("funnel", stage.funnel).field("stage", stage.stage);
    write_counts(out, "before", stage.before);
    write_counts(out, "after", stage.after);
    out.end_object();
  }
  out.end_array().key("funnels").begin_array();
  for (const auto& funnel : report.funnels) {
    out.begin_object()
        .field("funnel", funnel.funnel)
        .field("won_before", funnel.won_before)
        .field("won_after", funnel.won_after);
    out.field("lost_before", funnel.lost_before)
        .field("lost_after", funnel.lost_after)
        .field("subjects_before", funnel.subjects_before);
    out.field("subjects_after", funnel.subjects_after)
        .field("subjects_changed", funnel.subjects_changed)
        .end_object();
  }
  out.end_array().key("notes").begin_array();
  for (const auto& note : report.notes) out.value(note);
  return out.end_array().end_object().text();
}

void print_counts(const engine::PlanReport& report) {
  const Table counts = counts_table(report);
  if (counts.row_count() > 0) print("\n" + counts.to_text());
  for (const auto& funnel : report.funnels) {
    const auto text = [](const std::optional<std::int64_t>& value) {
      return value ? std::to_string(*value) : std::string("-");
    };
    print("\n" + funnel.funnel + ": won " + text(funnel.won_before) + " -> " + text(funnel.won_after) +
          ", lost " + text(funnel.lost_before) + " -> " + text(funnel.lost_after) + "; " +
          std::to_string(funnel.subjects_changed) + " of " +
          std::to_string(std::max(funnel.subjects_before, funnel.subjects_after)) +
          " subjects stand elsewhere than before\n");
  }
  for (const auto& source : report.drawn_again) print("events of '" + source + "' would be drawn again\n");
}

Result<int> plan(const Context& context) {
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto workspace, engine::load_workspace(environment));
  WEIR_TRY(const auto report, engine::plan_changes(environment, workspace));
  for (const auto& note : report.notes) std::cerr << "note: " << note << "\n";
  if (context.json || !context.out.empty()) {
    WEIR_TRY_STATUS(answer(context, counts_table(report), plan_json(report)));
    return kDone;
  }
  if (report.changes.first) {
    print("nothing was applied yet; `weir run` or `weir apply` applies the workspace as it is\n");
  } else if (report.changes.changes.empty()) {
    print("nothing changed since the workspace was applied\n");
  } else {
    print(changes_table(report.changes).to_text());
    if (report.has_counts) print_counts(report);
    print("\n`weir apply` makes it so\n");
  }
  return kDone;
}

Result<int> apply(const Context& context) {
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto workspace, engine::load_workspace(environment));
  WEIR_TRY(const auto report, engine::apply_changes(environment, workspace));
  for (const auto& note : report.notes) std::cerr << "note: " << note << "\n";
  using Kind = ColumnKind;
  Table table({{"source"},
               {"files_read", Kind::number},
               {"from_stored_records", Kind::number},
               {"accepted", Kind::number},
               {"quarantined", Kind::number},
               {"left_quarantine", Kind::number}});
  for (const auto& source : report.sources) {
    table.add_row({Cell::text(source.source), Cell::integer(source.files_read),
                   Cell::integer(source.from_stored_records), Cell::integer(source.accepted),
                   Cell::integer(source.rejected), Cell::integer(source.replayed)});
  }
  if (table.row_count() > 0 || context.json || !context.out.empty()) WEIR_TRY_STATUS(answer(context, table));
  if (!context.json && context.out.empty()) {
    const std::size_t changes = report.changes.changes.size();
    print(report.changes.first ? "applied\n"
          : changes == 0
              ? "nothing changed\n"
              : "applied " + std::to_string(changes) + (changes == 1 ? " change\n" : " changes\n"));
  }
  return kDone;
}

}  // namespace

void add_plan(Verbs& verbs) {
  verbs.add("plan", "what unapplied changes of the workspace would change",
            [](const Context& context) { return plan(context); });
  verbs.add("apply", "make the workspace as it is now the one that holds",
            [](const Context& context) { return apply(context); });
}

}  // namespace weir::cli
