// weir quarantine: records that broke their contract, why, and reading them again.
#include <iostream>
#include <memory>

#include "cli/verb.h"
#include "engine/applied.h"
#include "engine/quarantine.h"

namespace weir::cli {
namespace {

struct Options {
  engine::QuarantineQuestion question;
  bool records{false};
  std::int64_t id{0};
  std::string source;
};

Cell text_or_null(const std::string& text) {
  return text.empty() ? Cell::null() : Cell::text(text);
}

// "deals.csv:17", or by its row where the format has no lines.
std::string place_of(const store::QuarantineEntry& entry) {
  return entry.file_name +
         (entry.line > 0 ? ":" + std::to_string(entry.line) : " row " + std::to_string(entry.row));
}

Result<int> list_groups(const Context& context, const engine::QuarantineQuestion& question) {
  WEIR_TRY(const auto groups, engine::quarantine_groups(context.environment(), question));
  Table table({{"source"}, {"clause"}, {"field"}, {"records", ColumnKind::number}, {"first"}, {"reason"}});
  std::int64_t all = 0;
  for (const auto& group : groups) {
    all += group.records;
    table.add_row({Cell::text(group.source), Cell::text(group.clause), text_or_null(group.field),
                   Cell::integer(group.records), Cell::text(place_of(group.first)),
                   Cell::text(group.first.reason)});
  }
  if (groups.empty() && !context.json && context.out.empty()) {
    print("nothing is in quarantine\n");
    return kDone;
  }
  WEIR_TRY_STATUS(answer(context, table));
  if (!context.json && context.out.empty())
    print(std::to_string(all) + " records; --records lists them one by one\n");
  return kDone;
}

Result<int> list_records(const Context& context, const engine::QuarantineQuestion& question) {
  WEIR_TRY(const auto entries, engine::quarantine_records(context.environment(), question));
  Table table(
      {{"id", ColumnKind::number}, {"source"}, {"state"}, {"clause"}, {"field"}, {"place"}, {"reason"}});
  for (const auto& entry : entries) {
    table.add_row({Cell::integer(entry.id), Cell::text(entry.source), Cell::text(to_text(entry.state)),
                   Cell::text(entry.clause), text_or_null(entry.field), Cell::text(place_of(entry)),
                   Cell::text(entry.reason)});
  }
  WEIR_TRY_STATUS(answer(context, table));
  return kDone;
}

Result<int> show(const Context& context, std::int64_t id) {
  WEIR_TRY(const auto record, engine::quarantined_record(context.environment(), id));
  const auto& entry = record.entry;
  Table table({{"id", ColumnKind::number},
               {"source"},
               {"state"},
               {"clause"},
               {"field"},
               {"file"},
               {"line", ColumnKind::number},
               {"row", ColumnKind::number},
               {"reason"},
               {"payload"}});
  table.add_row({Cell::integer(entry.id), Cell::text(entry.source), Cell::text(to_text(entry.state)),
                 Cell::text(entry.clause), text_or_null(entry.field), Cell::text(entry.file_name),
                 entry.line > 0 ? Cell::integer(entry.line) : Cell::null(), Cell::integer(entry.row),
                 Cell::text(entry.reason), record.payload ? Cell::text(*record.payload) : Cell::null()});
  if (context.json || !context.out.empty()) {
    WEIR_TRY_STATUS(answer(context, table));
    return kDone;
  }
  print(place_of(entry) + " (" + entry.source + ", row " + std::to_string(entry.row) + ", " +
        to_text(entry.state) + ")\n" + entry.clause + (entry.field.empty() ? "" : " of " + entry.field) +
        ": " + entry.reason + "\n\n" + record.payload.value_or("(erased)") + "\n");
  return kDone;
}

Result<int> replay(const Context& context, const std::string& source) {
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto workspace, engine::load_workspace(environment));
  WEIR_TRY_STATUS(engine::require_applied(environment, workspace));
  WEIR_TRY(const auto reports, engine::replay_quarantine(environment, workspace, source));
  using Kind = ColumnKind;
  Table table({{"source"},
               {"records", Kind::number},
               {"accepted", Kind::number},
               {"repeated", Kind::number},
               {"still_held", Kind::number}});
  std::int64_t held = 0;
  for (const auto& report : reports) {
    held += report.held;
    table.add_row({Cell::text(report.source), Cell::integer(report.records), Cell::integer(report.accepted),
                   Cell::integer(report.repeated), Cell::integer(report.held)});
    for (const auto& note : report.notes) std::cerr << "note: " << note << "\n";
  }
  WEIR_TRY_STATUS(answer(context, table));
  return context.strict && held > 0 ? kRefused : kDone;
}

}  // namespace

void add_quarantine(Verbs& verbs) {
  const auto options = std::make_shared<Options>();
  CLI::App* group =
      verbs.add("quarantine", "records that broke their contract: list, show, replay", {}, false);
  group->callback({});  // a group: its parts act
  group->require_subcommand(1);
  CLI::App* list = verbs.add_to(group, "list", "counts by broken clause", [options](const Context& context) {
    return options->records ? list_records(context, options->question)
                            : list_groups(context, options->question);
  });
  list->add_option("--source", options->question.source, "only this source");
  list->add_option("--clause", options->question.clause, "only this clause: type, required, enum, ...");
  list->add_flag("--all", options->question.all, "also what was replayed or superseded");
  list->add_flag("--records", options->records, "one row per record, by id");
  CLI::App* one = verbs.add_to(group, "show", "one record as it was sent, with its place and the reason",
                               [options](const Context& context) { return show(context, options->id); });
  one->add_option("id", options->id, "from quarantine list --records")->required();
  CLI::App* again =
      verbs.add_to(group, "replay", "read the records again under the contract and mapping as they are now",
                   [options](const Context& context) { return replay(context, options->source); });
  again->add_option("source", options->source, "only this source");
}

}  // namespace weir::cli
