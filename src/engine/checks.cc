#include "engine/checks.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/nearest_name.h"
#include "engine/declared_checks.h"
#include "engine/near_names.h"
#include "engine/part_slices.h"
#include "engine/quarantine.h"
#include "engine/undated.h"

namespace weir::engine {

using timeline::Handle;
using timeline::Kind;
using timeline::Row;

namespace {

constexpr std::size_t kMostValues = 200;  // an attribute with more distinct values is no classification

std::string owner_of(const EvaluatedFunnel& evaluated, const timeline::TimelineStore& store,
                     std::size_t subject) {
  const std::uint64_t row = evaluated.run.subjects[subject].last_row;
  if (row == ~std::uint64_t{0}) return {};
  const Handle owner = store.columns().keys[timeline::kOwner][row];
  return owner == timeline::kNoHandle ? std::string{} : std::string(store.handle_text(owner));
}

CheckResult flagged(std::string name, std::string about, std::uint8_t flag,
                    const std::vector<EvaluatedFunnel>& funnels, const timeline::TimelineStore& store,
                    const std::string& what) {
  CheckResult result{std::move(name), std::move(about), false, {}};
  for (const auto& evaluated : funnels) {
    for (std::size_t i = 0; i < evaluated.run.subjects.size(); ++i) {
      const auto& subject = evaluated.run.subjects[i];
      if ((subject.flags & flag) == 0) continue;
      std::optional<std::int64_t> at;
      if (subject.won_row != ~std::uint64_t{0}) at = store.columns().occurred_at[subject.won_row];
      result.rows.push_back({evaluated.compiled->definition->name,
                             std::string(store.handle_text(subject.handle)), what,
                             owner_of(evaluated, store, i), at});
    }
  }
  return result;
}

// The most telling key of an event: its subject's before its contact's and account's.
std::string key_of(const timeline::TimelineStore& store, Row row) {
  for (const Kind kind : {timeline::kOpportunity, timeline::kLead, timeline::kContact, timeline::kAccount,
                          timeline::kAnonymous}) {
    const Handle handle = store.columns().keys[kind][row];
    if (handle != timeline::kNoHandle) return std::string(store.handle_text(handle));
  }
  return "(nobody)";
}

CheckResult future_events(const OpenTimelines& timelines, const funnel::AsOf& as_of) {
  CheckResult result{
      "future-events", "events later than the as-of + 1 day: plans or typing errors, in no count", false, {}};
  const auto& store = *timelines.store;
  constexpr std::int64_t kDay = 86'400'000'000;
  std::map<std::int64_t, std::string> files;
  for (const auto& delivery : timelines.manifest.deliveries) files[delivery.id] = delivery.name;
  const auto& c = store.columns();
  for (Row row = 0; row < store.row_count(); ++row) {
    if (c.retracted_at[row] != INT64_MAX || c.occurred_at[row] <= micros_of(as_of.as_of) + kDay) continue;
    const std::string from = " (" + files[store.proofs().delivery[row]] + " row " +
                             std::to_string(store.proofs().source_row[row]) + ")";
    result.rows.push_back(
        {"", key_of(store, row), std::string(store.type(c.type[row])) + from, "", c.occurred_at[row]});
  }
  return result;
}

Result<CheckResult> conflicting_revisions(const Environment& environment, const CompiledWorkspace& workspace,
                                          const OpenTimelines& timelines, store::QueryEngine& engine) {
  CheckResult result{"conflicting-revisions",
                     "records given with different content for one time; which one holds was decided by hash",
                     false,
                     {}};
  for (const auto& plan : workspace.sources) {
    const std::string records = store::parts_table(timelines.manifest, environment.state_dir(),
                                                   store::PartKind::records, plan.source->name);
    if (records.empty() || plan.source->key.empty()) continue;
    std::string key;
    for (const auto& name : plan.source->key)
      key += (key.empty() ? "" : ", ") + ("coalesce(CAST(" + store::sql_name(name) + " AS VARCHAR), '')");
    const std::int64_t slices = slice_count(timelines.manifest, plan.source->name);
    for (std::int64_t slice = 0; slice < slices; ++slice) {
      const std::string from = " FROM " + records + " WHERE " + in_slice("weir_record", slice, slices);
      const std::string each = " GROUP BY weir_record, weir_revision_at HAVING ";
      const std::string sql =
          "SELECT min(concat_ws('|', " + key + ")), count(DISTINCT weir_content), weir_revision_at" + from +
          " AND weir_record IN (SELECT weir_record" + from + each +
          "min(weir_content) <> max(weir_content))" + each + "count(DISTINCT weir_content) > 1 ORDER BY 1, 3";
      WEIR_TRY_STATUS(engine.query(sql, [&](const store::QueryChunk& chunk) -> Status {
        for (std::size_t row = 0; row < chunk.row_count(); ++row) {
          result.rows.push_back(
              {"", std::string(chunk.text(0, row)),
               plan.source->name + ": " + std::to_string(chunk.integer(1, row)) + " contents", "",
               chunk.is_null(2, row) ? std::nullopt : std::optional(chunk.integer(2, row))});
        }
        return {};
      }));
    }
  }
  return result;
}

Result<CheckResult> quarantined(const Environment& environment) {
  CheckResult result{"quarantined", "records that broke their contract and are in no count", false, {}};
  WEIR_TRY(const auto entries, quarantine_records(environment, {}));
  for (const auto& entry : entries) {
    const std::string place = entry.file_name + (entry.line > 0 ? ":" + std::to_string(entry.line)
                                                                : " row " + std::to_string(entry.row));
    result.rows.push_back(
        {"", entry.source + " " + std::to_string(entry.id), place + ": " + entry.reason, "", std::nullopt});
  }
  return result;
}

Result<CheckResult> undated(const Environment& environment, const CompiledWorkspace& workspace,
                            const OpenTimelines& timelines, const funnel::AsOf& as_of,
                            const identity::EntityLinks& links) {
  CheckResult result{
      "undated", "subjects that a source knows and that have no dated event: in no count", false, {}};
  for (const auto& funnel : workspace.funnels) {
    WEIR_TRY(const auto subjects, undated_subjects(environment, workspace, timelines, funnel, as_of, links));
    for (const auto& subject : subjects)
      result.rows.push_back({funnel.definition->name, subject, "no dated event", "", std::nullopt});
  }
  return result;
}

Result<std::vector<NameCount>> counted(store::QueryEngine& engine, const std::string& sql) {
  std::vector<NameCount> names;
  WEIR_TRY_STATUS(engine.query(sql, [&](const store::QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row)
      names.push_back({std::string(chunk.text(0, row)), chunk.integer(1, row)});
    return {};
  }));
  return names;
}

// Keys that events name and no entity source declares, though one that looks like them is declared.
Result<CheckResult> near_keys(const Environment& environment, const OpenTimelines& timelines,
                              store::QueryEngine& engine) {
  CheckResult result{"near-names", "keys that events name and that nearly match a declared one", false, {}};
  const std::string events =
      store::parts_table(timelines.manifest, environment.state_dir(), store::PartKind::events, "");
  const std::string entities =
      store::parts_table(timelines.manifest, environment.state_dir(), store::PartKind::entities, "");
  if (events.empty() || entities.empty()) return result;
  for (int i = 0; i < workspace::kEntityKinds; ++i) {
    const std::string kind = to_text(static_cast<workspace::EntityKind>(i));
    WEIR_TRY(
        const auto declared,
        counted(
            engine,
            "SELECT handle, count(*) FROM " + entities + " WHERE kind = " + store::sql_quote(kind) +
                " AND handle NOT LIKE 'hash:%' AND handle NOT LIKE 'email:%' AND handle NOT LIKE 'phone:%' "
                "GROUP BY handle ORDER BY handle"));
    if (declared.empty()) continue;
    const std::string column = store::sql_name(kind == "content" ? "content_key" : kind);
    WEIR_TRY(const auto named,
             counted(engine, "SELECT " + column + ", count(*) FROM " + events + " WHERE " + column +
                                 " IS NOT NULL AND " + column + " NOT IN (SELECT handle FROM " + entities +
                                 " WHERE kind = " + store::sql_quote(kind) + ") GROUP BY 1 ORDER BY 1"));
    std::vector<std::string> known;
    known.reserve(declared.size());
    for (const auto& name : declared) known.push_back(name.name);
    for (const auto& near : near_known(named, known)) {
      result.rows.push_back(
          {"", near.name,
           kind + " in " + std::to_string(near.count) + " events; declared is '" + near.like + "'", "",
           std::nullopt});
    }
  }
  return result;
}

// Values of classifying attributes that look like a more frequent one, or like the usual name of a sector.
CheckResult near_values(const timeline::TimelineStore& store) {
  CheckResult result{"near-values", "attribute values that look like a slip of the pen", false, {}};
  std::map<std::pair<Kind, std::uint32_t>, std::map<std::string, std::int64_t>> all;
  for (const auto& attribute : store.attributes()) {
    if (attribute.known_until != INT64_MAX) continue;
    ++all[{store.handle_kind(attribute.handle), attribute.name}]
         [std::string(store.attribute_value(attribute.value))];
  }
  for (const auto& [key, values] : all) {
    if (values.size() > kMostValues) continue;
    const std::string name(store.attribute_name(key.second));
    std::vector<NameCount> names;
    for (const auto& [value, count] : values) {
      if (value.find_first_of("0123456789") == std::string::npos) names.push_back({value, count});
    }
    std::vector<NearName> found = near_frequent(names);
    if (name == "sector" || name == "industry" || name == "vertical") {
      std::vector<NameCount> unknown;
      for (const auto& value : names) {
        const bool seen = std::any_of(found.begin(), found.end(),
                                      [&](const NearName& near) { return near.name == value.name; });
        const bool usual =
            std::any_of(usual_sectors().begin(), usual_sectors().end(), [&](const std::string& sector) {
              return sector.size() == value.name.size() && edit_distance(sector, value.name) == 0;
            });
        if (!seen && !usual) unknown.push_back(value);
      }
      const auto near = near_known(unknown, usual_sectors());
      found.insert(found.end(), near.begin(), near.end());
    }
    const std::string attribute =
        std::string(to_text(static_cast<workspace::EntityKind>(key.first))) + "." + name;
    for (const auto& near : found) {
      result.rows.push_back({"", near.name,
                             attribute + " of " + std::to_string(near.count) + "; like '" + near.like + "'",
                             "", std::nullopt});
    }
  }
  return result;
}

void sort_rows(CheckResult& result) {
  std::stable_sort(result.rows.begin(), result.rows.end(), [](const CheckRow& a, const CheckRow& b) {
    return std::tie(a.funnel, a.subject, a.what) < std::tie(b.funnel, b.subject, b.what);
  });
}

}  // namespace

Result<std::vector<CheckResult>> run_checks(const Environment& environment,
                                            const CompiledWorkspace& workspace,
                                            const OpenTimelines& timelines, const TimeQuestion& question) {
  WEIR_TRY(const funnel::AsOf as_of, resolve_as_of(workspace, timelines, question));
  const auto links = links_at(timelines, as_of);
  std::vector<EvaluatedFunnel> funnels;
  for (const auto& compiled : workspace.funnels) {
    WEIR_TRY(auto evaluated, evaluate_funnel(environment, workspace, timelines, compiled, as_of, links));
    funnels.push_back(std::move(evaluated));
  }
  WEIR_TRY(const auto engine, store::QueryEngine::open({}));
  const auto& store = *timelines.store;
  std::vector<CheckResult> results;
  results.push_back(flagged("won-first", "won before any stage was entered; counted, with zero time",
                            funnel::kWonFirst, funnels, store, "won first"));
  results.push_back(flagged("entered-after-won", "entered a stage after the win; ignored",
                            funnel::kEnteredAfterWon, funnels, store, "entered after won"));
  results.push_back(future_events(timelines, as_of));
  WEIR_TRY(auto conflicts, conflicting_revisions(environment, workspace, timelines, *engine));
  results.push_back(std::move(conflicts));
  WEIR_TRY(auto held, quarantined(environment));
  results.push_back(std::move(held));
  WEIR_TRY(auto without_date, undated(environment, workspace, timelines, as_of, *links));
  results.push_back(std::move(without_date));
  WEIR_TRY(auto keys, near_keys(environment, timelines, *engine));
  results.push_back(std::move(keys));
  results.push_back(near_values(store));
  for (const auto& check : workspace.definitions->checks) {
    WEIR_TRY(auto result, run_declared_check(workspace, store, funnels, check, as_of));
    results.push_back(std::move(result));
  }
  for (auto& result : results) sort_rows(result);
  return results;
}

}  // namespace weir::engine
