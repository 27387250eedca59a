#include "store/control_schema.h"

#include <array>
#include <string>

namespace weir::store {
namespace {

constexpr std::int64_t kApplicationId = 0x77656972;  // "weir"

// migrations[n] makes schema n + 1 of schema n. One that was released is never changed.
//
// vault_key: one row per handle, never deleted, of fixed size after `handle`: an erasure overwrites `wrapped`
// in place. Rows that are only appended and overwritten are never moved between pages, where a page's unused
// space would keep a copy that secure_delete does not reach. For the same reason the time of the erasure
// stands in a table of its own. vault_value: `slot` is 64 bits of (record, content), which are hashes: a
// narrow index keeps random inserts cheap. `key_id` is checked by the vault's verify() instead of at each
// insert.
constexpr std::array<const char*, 2> kMigrations = {
    R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE definition (
  kind TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, normal_form TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  PRIMARY KEY (kind, name, version)) STRICT, WITHOUT ROWID;
CREATE TABLE apply_set (id INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL, applied_by TEXT NOT NULL) STRICT;
CREATE TABLE apply_member (
  apply_set INTEGER NOT NULL REFERENCES apply_set (id),
  kind TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
  PRIMARY KEY (apply_set, kind, name),
  FOREIGN KEY (kind, name, version) REFERENCES definition (kind, name, version)) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT, verb TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER,
  outcome INTEGER NOT NULL, counts TEXT NOT NULL) STRICT;
CREATE INDEX run_open ON run (outcome) WHERE outcome = 0;

CREATE TABLE vault_key (id INTEGER PRIMARY KEY, handle BLOB NOT NULL, wrapped BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX vault_key_handle ON vault_key (handle);
CREATE TABLE vault_erasure (key_id INTEGER PRIMARY KEY REFERENCES vault_key (id), erased_at INTEGER NOT NULL) STRICT;
CREATE TABLE vault_value (
  id INTEGER PRIMARY KEY, slot INTEGER NOT NULL, key_id INTEGER NOT NULL,
  record BLOB NOT NULL, content BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE INDEX vault_value_slot ON vault_value (slot);

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, file_hash TEXT NOT NULL, row INTEGER NOT NULL,
  line INTEGER NOT NULL, field TEXT NOT NULL, clause TEXT NOT NULL, reason TEXT NOT NULL, file_name TEXT NOT NULL,
  contract_version TEXT NOT NULL, first_seen INTEGER NOT NULL, state INTEGER NOT NULL, payload BLOB) STRICT;
CREATE UNIQUE INDEX quarantine_place ON quarantine (source, file_hash, row);
CREATE INDEX quarantine_open ON quarantine (state, source, id);
)sql",
    R"sql(
CREATE TABLE model (
  version TEXT PRIMARY KEY, name TEXT NOT NULL, trained_at INTEGER NOT NULL, file TEXT NOT NULL, file_hash TEXT NOT NULL,
  card TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX model_name ON model (name, trained_at);
CREATE TABLE champion (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, version TEXT NOT NULL REFERENCES model (version),
  since INTEGER NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE INDEX champion_name ON champion (name, id);
)sql"};
constexpr auto kNewest = static_cast<std::int64_t>(kMigrations.size());

struct Found {
  std::int64_t schema{0};
  bool is_empty{false};
};

Result<Found> look(sqlite::Connection& connection) {
  WEIR_TRY(const std::int64_t application, connection.integer("PRAGMA application_id"));
  WEIR_TRY(const std::int64_t schema, connection.integer("PRAGMA user_version"));
  WEIR_TRY(const std::int64_t tables, connection.integer("SELECT count(*) FROM sqlite_schema"));
  const bool is_empty = application == 0 && schema == 0 && tables == 0;
  if (!is_empty && application != kApplicationId) {
    return fail(Errc::damaged,
                connection.path() + " is not a control store of weir; restore it from a backup");
  }
  if (schema > kNewest) {
    return fail(Errc::state, connection.path() + " was written by a newer weir (schema " +
                                 std::to_string(schema) + ", this program knows " + std::to_string(kNewest) +
                                 "); use the newer program");
  }
  return Found{schema, is_empty};
}

}  // namespace

Status bring_schema_up_to_date(sqlite::Connection& connection) {
  WEIR_TRY(const Found before, look(connection));
  if (before.schema == kNewest) return {};
  WEIR_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(connection));
  WEIR_TRY(const Found found, look(connection));  // another process may have been here first
  for (std::int64_t schema = found.schema; schema < kNewest; ++schema) {
    WEIR_TRY_STATUS(connection.execute(kMigrations[static_cast<std::size_t>(schema)]));
  }
  WEIR_TRY_STATUS(connection.execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                                     "; PRAGMA user_version = " + std::to_string(kNewest)));
  return transaction.commit();
}

Status check_schema(sqlite::Connection& connection) {
  WEIR_TRY(const Found found, look(connection));
  if (found.is_empty)
    return fail(Errc::not_found, "nothing is stored in " + connection.path() + " yet; run: weir run");
  if (found.schema == kNewest) return {};
  return fail(Errc::state, connection.path() + " was written by an older weir; run: weir run");
}

}  // namespace weir::store
