#include "engine/undated.h"

#include <algorithm>
#include <functional>
#include <set>
#include <span>
#include <string_view>

namespace weir::engine {
namespace {

// Whether any handle of the subject has an event at the as-of.
bool has_event(const timeline::TimelineStore& store, const identity::EntityLinks& links,
               timeline::Handle handle, const funnel::AsOf& as_of) {
  const auto& c = store.columns();
  const auto members = links.members(handle);
  return std::any_of(members.begin(), members.end(), [&](timeline::Handle member) {
    const auto run = store.run(member);
    return std::any_of(run.begin(), run.end(), [&](timeline::Row row) {
      return as_of.sees(c.occurred_at[row], c.known_at[row], c.retracted_at[row]);
    });
  });
}

// The column that holds the subject's id, when it is a plain, unclassed one.
std::string subject_column(const ingest::SourcePlan& plan, workspace::EntityKind kind) {
  for (const auto& key : plan.source->keys) {
    if (key.kind != kind || key.scheme != workspace::HandleScheme::id) continue;
    const contract::Field* field = plan.contract.find(key.value.sql);
    if (field != nullptr && field->personal == contract::PersonalClass::none) return field->name;
  }
  return {};
}

// So many subjects are looked up in the parts at once, so that memory does not grow with their number.
constexpr std::size_t kMostAtOnce = 200'000;

// The parts of one source, as tables, and the column of the subject in them.
struct Parts {
  std::string records, events;  // events: "" when there are none
  std::string subject;          // as SQL text
};

// The subjects of the records that have no event at the as-of: few, unless the as-of lies early.
Result<std::vector<std::string>> subjects_without_event(store::QueryEngine& engine, const Parts& parts,
                                                        const std::function<bool(std::string_view)>& occurs) {
  std::vector<std::string> without;
  const std::string sql = "SELECT DISTINCT " + parts.subject + " FROM " + parts.records + " WHERE " +
                          parts.subject + " IS NOT NULL";
  WEIR_TRY_STATUS(engine.query(sql, [&](const store::QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const std::string_view subject = chunk.text(0, row);
      if (!occurs(subject)) without.emplace_back(subject);
    }
    return {};
  }));
  std::sort(without.begin(), without.end());
  return without;
}

// Those of `asked` with a record that was known at the as-of, to `add`. A dated revision was known by its
// time, whatever came of it later; a record of a log by its events, so that one without any was always known.
Status known_among(store::QueryEngine& engine, const Parts& parts, std::span<const std::string> asked,
                   const funnel::AsOf& as_of, const std::function<void(std::string_view)>& add) {
  std::string values;
  for (const std::string& subject : asked)
    values += (values.empty() ? "(" : ", (") + store::sql_quote(subject) + ")";
  WEIR_TRY_STATUS(engine.execute(
      "CREATE OR REPLACE TEMP TABLE asked AS SELECT col0 AS subject FROM (VALUES " + values + ")"));
  const std::string is_asked = parts.subject + " IN (SELECT subject FROM asked)";
  const std::string no_event = parts.events.empty()
                                   ? "TRUE"
                                   : "weir_record NOT IN (SELECT record FROM " + parts.events +
                                         " WHERE type IS NOT NULL AND record IN (SELECT weir_record FROM " +
                                         parts.records + " WHERE " + is_asked + "))";
  const std::string sql = "SELECT " + parts.subject +
                          ", min(epoch_us(weir_revision_at)), bool_or(weir_revision_at IS NULL) FROM " +
                          parts.records + " WHERE " + is_asked + " AND (weir_revision_at IS NOT NULL OR " +
                          no_event + ") GROUP BY 1";
  return engine.query(sql, [&](const store::QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const bool always_known = chunk.integer(2, row) != 0;
      if (always_known || as_of.sees_link(chunk.integer(1, row), INT64_MAX)) add(chunk.text(0, row));
    }
    return {};
  });
}

}  // namespace

Result<std::vector<std::string>> undated_subjects(const Environment& environment,
                                                  const CompiledWorkspace& workspace,
                                                  const OpenTimelines& timelines,
                                                  const CompiledFunnel& funnel, const funnel::AsOf& as_of,
                                                  const identity::EntityLinks& links) {
  std::set<std::string> found;
  const timeline::TimelineStore& store = *timelines.store;
  const std::string state = environment.state_dir();
  for (const auto& plan : workspace.sources) {
    const std::string column = subject_column(plan, funnel.definition->subject);
    const auto table = [&](store::PartKind kind) {
      return store::parts_table(timelines.manifest, state, kind, plan.source->name);
    };
    const Parts parts{table(store::PartKind::records), table(store::PartKind::events),
                      "CAST(" + store::sql_name(column) + " AS VARCHAR)"};
    if (column.empty() || parts.records.empty()) continue;
    WEIR_TRY(const auto engine, store::QueryEngine::open({}));
    const std::string prefix = plan.source->name_space.empty() ? "" : plan.source->name_space + "/";
    const auto occurs = [&](std::string_view subject) {
      const timeline::Handle handle = store.find_handle(funnel.shape.subject, prefix + std::string(subject));
      return handle != timeline::kNoHandle && has_event(store, links, handle, as_of);
    };
    WEIR_TRY(const auto without, subjects_without_event(*engine, parts, occurs));
    for (std::size_t begin = 0; begin < without.size(); begin += kMostAtOnce) {
      const auto asked = std::span(without).subspan(begin, std::min(kMostAtOnce, without.size() - begin));
      WEIR_TRY_STATUS(known_among(*engine, parts, asked, as_of, [&](std::string_view subject) {
        found.insert(prefix + std::string(subject));
      }));
    }
  }
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace weir::engine
