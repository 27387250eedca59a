#include "store/control_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "store/control_schema.h"
#include "store/sqlite.h"

namespace weir::store {
namespace {

constexpr std::string_view kNewestSet = "SELECT coalesce(max(id), 0) FROM apply_set";

Result<std::vector<Definition>> read_definitions(sqlite::Connection& connection, std::int64_t apply_set) {
  WEIR_TRY(sqlite::Statement rows,
           connection.prepare("SELECT kind, name, version, normal_form FROM apply_member JOIN definition "
                              "USING (kind, name, version) "
                              "WHERE apply_set = ? ORDER BY kind, name"));
  rows.bind(1, apply_set);
  std::vector<Definition> definitions;
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return definitions;
    definitions.push_back({std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)),
                           std::string(rows.text(3))});
  }
}

Status check_each_once(std::span<const Definition> definitions) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Definition& definition : definitions) {
    if (!seen.emplace(definition.kind, definition.name).second) {
      return fail(Errc::invalid_argument, definition.kind + " '" + definition.name + "' is applied twice");
    }
  }
  return {};
}

bool same_versions(std::vector<Definition> applied, std::span<const Definition> wanted) {
  const auto version_key = [](const Definition& d) { return std::tie(d.kind, d.name, d.version); };
  const auto by_key = [&](const Definition& a, const Definition& b) {
    return version_key(a) < version_key(b);
  };
  std::vector<Definition> sorted(wanted.begin(), wanted.end());
  std::sort(sorted.begin(), sorted.end(), by_key);
  std::sort(applied.begin(), applied.end(), by_key);
  return applied == sorted;
}

class SetWriter {
 public:
  [[nodiscard]] static Result<SetWriter> open(sqlite::Connection& connection, std::int64_t apply_set,
                                              std::int64_t now) {
    WEIR_TRY(
        sqlite::Statement definition,
        connection.prepare(
            "INSERT INTO definition (kind, name, version, normal_form, applied_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING"));
    WEIR_TRY(
        sqlite::Statement stored,
        connection.prepare("SELECT normal_form FROM definition WHERE kind = ? AND name = ? AND version = ?"));
    WEIR_TRY(
        sqlite::Statement member,
        connection.prepare("INSERT INTO apply_member (apply_set, kind, name, version) VALUES (?, ?, ?, ?)"));
    return SetWriter{std::move(definition), std::move(stored), std::move(member), apply_set, now};
  }

  [[nodiscard]] Status add(const Definition& d) {
    definition_.bind(1, d.kind).bind(2, d.name).bind(3, d.version).bind(4, d.normal_form).bind(5, now_);
    WEIR_TRY_STATUS(definition_.run());
    WEIR_TRY(const bool found, stored_.bind(1, d.kind).bind(2, d.name).bind(3, d.version).step());
    const bool same = found && stored_.text(0) == d.normal_form;
    stored_.reset();
    if (!same) {
      return fail(Errc::damaged,
                  d.kind + " '" + d.name + "' is stored with another content under version " + d.version);
    }
    return member_.bind(1, apply_set_).bind(2, d.kind).bind(3, d.name).bind(4, d.version).run();
  }

 private:
  SetWriter(sqlite::Statement definition, sqlite::Statement stored, sqlite::Statement member,
            std::int64_t apply_set, std::int64_t now)
      : definition_(std::move(definition)),
        stored_(std::move(stored)),
        member_(std::move(member)),
        apply_set_(apply_set),
        now_(now) {}
  sqlite::Statement definition_;
  sqlite::Statement stored_;
  sqlite::Statement member_;
  std::int64_t apply_set_;
  std::int64_t now_;
};

Status collect_problems(sqlite::Connection& connection, std::string_view sql, std::string_view healthy,
                        std::vector<std::string>& problems) {
  WEIR_TRY(sqlite::Statement rows, connection.prepare(sql));
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return {};
    if (rows.text(0) != healthy) problems.push_back(connection.path() + ": " + std::string(rows.text(0)));
  }
}

}  // namespace

const char* to_text(RunOutcome outcome) noexcept {
  switch (outcome) {
    case RunOutcome::running:
      return "running";
    case RunOutcome::done:
      return "done";
    case RunOutcome::failed:
      return "failed";
    case RunOutcome::interrupted:
      return "interrupted";
  }
  return "running";
}

ControlStore::ControlStore(std::unique_ptr<sqlite::Connection> connection, const Clock& clock) noexcept
    : connection_(std::move(connection)), clock_(&clock) {}
ControlStore::~ControlStore() = default;

const std::string& ControlStore::path() const noexcept {
  return connection_->path();
}

Result<std::unique_ptr<ControlStore>> ControlStore::open(FileSystem& files, const Clock& clock,
                                                         const std::string& state_dir, StoreAccess access) {
  const std::string path = join_path(state_dir, "control.db");
  const bool is_new = !files.exists(path);
  if (is_new && access == StoreAccess::read) {
    return fail(Errc::not_found, "nothing is stored in " + state_dir + " yet; run: weir run");
  }
  if (is_new) {
    // An empty file is an empty database; SQLite gives its other files the same permissions.
    WEIR_TRY_STATUS(files.make_directories(state_dir));
    WEIR_TRY_STATUS(files.write_durably(path, "", 0600));
  }
  WEIR_TRY(auto connection,
           sqlite::Connection::open(
               path, access == StoreAccess::write ? sqlite::Access::write : sqlite::Access::read));
  std::unique_ptr<ControlStore> store(new ControlStore(std::move(connection), clock));
  if (access == StoreAccess::read) {
    WEIR_TRY_STATUS(check_schema(*store->connection_));
  } else {
    WEIR_TRY_STATUS(bring_schema_up_to_date(*store->connection_));
    WEIR_TRY_STATUS(store->take_over());
  }
  return store;
}

Status ControlStore::take_over() {
  WEIR_TRY(const std::int64_t open_runs, connection_->integer("SELECT count(*) FROM run WHERE outcome = 0"));
  if (open_runs > 0) WEIR_TRY_STATUS(connection_->execute("UPDATE run SET outcome = 3 WHERE outcome = 0"));
  WEIR_TRY(const auto scrub, meta("vault.scrub"));
  if (!scrub.has_value()) return {};
  const Status scrubbed = connection_->checkpoint_and_truncate();
  if (!scrubbed.has_value())
    return scrubbed.error().code == Errc::locked ? Status{} : scrubbed;  // a reader: next time
  return connection_->execute("DELETE FROM meta WHERE key = 'vault.scrub'");
}

Result<std::optional<std::string>> ControlStore::meta(std::string_view key) {
  WEIR_TRY(sqlite::Statement rows, connection_->prepare("SELECT value FROM meta WHERE key = ?"));
  WEIR_TRY(const bool row, rows.bind(1, key).step());
  if (!row) return std::optional<std::string>{};
  return std::optional<std::string>{std::string(rows.text(0))};
}

Status ControlStore::set_meta(std::string_view key, std::string_view value) {
  WEIR_TRY_STATUS(connection_->check_trusted());
  WEIR_TRY(
      sqlite::Statement row,
      connection_->prepare(
          "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"));
  return row.bind(1, key).bind(2, value).run();
}

Result<std::vector<Definition>> ControlStore::applied_definitions() {
  WEIR_TRY(const std::int64_t newest, connection_->integer(kNewestSet));
  return read_definitions(*connection_, newest);
}

Result<std::vector<Definition>> ControlStore::definitions_of(std::int64_t apply_set) {
  WEIR_TRY(const std::int64_t newest, connection_->integer(kNewestSet));
  if (apply_set < 1 || apply_set > newest) {
    return fail(Errc::not_found, "no set " + std::to_string(apply_set) + " was ever applied");
  }
  return read_definitions(*connection_, apply_set);
}

Result<std::optional<Definition>> ControlStore::find_definition(std::string_view kind, std::string_view name,
                                                                std::string_view version) {
  WEIR_TRY(
      sqlite::Statement rows,
      connection_->prepare("SELECT normal_form FROM definition WHERE kind = ? AND name = ? AND version = ?"));
  WEIR_TRY(const bool row, rows.bind(1, kind).bind(2, name).bind(3, version).step());
  if (!row) return std::optional<Definition>{};
  return std::optional<Definition>{
      Definition{std::string(kind), std::string(name), std::string(version), std::string(rows.text(0))}};
}

Result<std::vector<ApplySet>> ControlStore::apply_sets() {
  WEIR_TRY(sqlite::Statement rows,
           connection_->prepare("SELECT id, applied_at, applied_by FROM apply_set ORDER BY id DESC"));
  std::vector<ApplySet> sets;
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return sets;
    sets.push_back({rows.integer(0), rows.integer(1), std::string(rows.text(2))});
  }
}

Result<std::int64_t> ControlStore::record_applied(std::span<const Definition> definitions,
                                                  std::string_view applied_by) {
  WEIR_TRY_STATUS(check_each_once(definitions));
  WEIR_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(*connection_));
  WEIR_TRY(const std::int64_t newest, connection_->integer(kNewestSet));
  if (newest > 0) {
    WEIR_TRY(std::vector<Definition> applied, read_definitions(*connection_, newest));
    if (same_versions(std::move(applied), definitions)) return newest;
  }
  const std::int64_t now = clock_->now_micros();
  const std::int64_t id = newest + 1;
  WEIR_TRY(sqlite::Statement set,
           connection_->prepare("INSERT INTO apply_set (id, applied_at, applied_by) VALUES (?, ?, ?)"));
  WEIR_TRY_STATUS(set.bind(1, id).bind(2, now).bind(3, applied_by).run());
  WEIR_TRY(SetWriter writer, SetWriter::open(*connection_, id, now));
  for (const Definition& definition : definitions) WEIR_TRY_STATUS(writer.add(definition));
  WEIR_TRY_STATUS(transaction.commit());
  return id;
}

Result<std::int64_t> ControlStore::begin_run(std::string_view verb) {
  WEIR_TRY_STATUS(connection_->check_trusted());
  WEIR_TRY(sqlite::Statement row,
           connection_->prepare("INSERT INTO run (verb, started, outcome, counts) VALUES (?, ?, 0, '{}')"));
  WEIR_TRY_STATUS(row.bind(1, verb).bind(2, clock_->now_micros()).run());
  return connection_->last_insert_id();
}

Status ControlStore::end_run(std::int64_t id, RunOutcome outcome, std::string_view counts_json) {
  WEIR_CHECK(outcome != RunOutcome::running, "a run ends in an outcome");
  WEIR_TRY_STATUS(connection_->check_trusted());
  WEIR_TRY(
      sqlite::Statement row,
      connection_->prepare("UPDATE run SET ended = ?, outcome = ?, counts = ? WHERE id = ? AND outcome = 0"));
  row.bind(1, clock_->now_micros())
      .bind(2, static_cast<std::int64_t>(outcome))
      .bind(3, counts_json)
      .bind(4, id);
  WEIR_TRY_STATUS(row.run());
  if (connection_->changes() == 1) return {};
  return fail(Errc::not_found, "run " + std::to_string(id) + " is not running");
}

Result<std::vector<Run>> ControlStore::runs(std::int64_t limit) {
  WEIR_TRY(sqlite::Statement rows,
           connection_->prepare(
               "SELECT id, verb, started, ended, outcome, counts FROM run ORDER BY id DESC LIMIT ?"));
  rows.bind(1, std::max<std::int64_t>(limit, 0));
  std::vector<Run> runs;
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return runs;
    const std::int64_t outcome = rows.integer(4);
    if (outcome < 0 || outcome > 3) return fail(Errc::damaged, path() + ": a run has an unknown outcome");
    runs.push_back({rows.integer(0), std::string(rows.text(1)), rows.integer(2),
                    rows.is_null(3) ? std::nullopt : std::optional<std::int64_t>(rows.integer(3)),
                    static_cast<RunOutcome>(outcome), std::string(rows.text(5))});
  }
}

Result<std::vector<std::string>> ControlStore::integrity_check() {
  std::vector<std::string> problems;
  const auto note_damage = [&](const Status& checked) {
    if (checked.has_value()) return true;
    if (checked.error().code != Errc::damaged) return false;
    problems.push_back(checked.error().message);
    return true;
  };
  const Status pages = collect_problems(*connection_, "PRAGMA integrity_check", "ok", problems);
  if (!note_damage(pages)) return fail(pages.error());
  const Status references = collect_problems(
      *connection_,
      "SELECT 'a row of ' || \"table\" || ' refers to one of ' || parent || ' that is missing' "
      "FROM pragma_foreign_key_check LIMIT 100",
      "", problems);
  if (!note_damage(references)) return fail(references.error());
  return problems;
}

}  // namespace weir::store
