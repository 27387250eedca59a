#include "store/quarantine.h"

#include <memory>
#include <utility>

#include "store/sealing.h"
#include "store/sqlite.h"

namespace weir::store {
namespace {

constexpr std::string_view kColumns =
    "id, source, file_hash, row, line, field, clause, reason, file_name, contract_version, first_seen, state";
constexpr int kPayloadColumn = 12;

Result<QuarantineEntry> read_entry(const sqlite::Connection& connection, const sqlite::Statement& row) {
  const std::int64_t state = row.integer(11);
  if (state < 0 || state > 2)
    return fail(Errc::damaged, connection.path() + ": a quarantined record has an unknown state");
  QuarantineEntry entry;
  entry.id = row.integer(0);
  entry.source = row.text(1);
  entry.file_hash = row.text(2);
  entry.row = row.integer(3);
  entry.line = row.integer(4);
  entry.field = row.text(5);
  entry.clause = row.text(6);
  entry.reason = row.text(7);
  entry.file_name = row.text(8);
  entry.contract_version = row.text(9);
  entry.first_seen = row.integer(10);
  entry.state = static_cast<QuarantineState>(state);
  return entry;
}

// Ties a payload to its place.
std::string payload_context(std::string_view source, std::string_view file_hash, std::int64_t row) {
  std::string context = "quarantine " + std::to_string(source.size()) + " ";
  return context.append(source).append(1, ' ').append(file_hash).append(1, ' ').append(std::to_string(row));
}

Result<QuarantinedRecord> read_record(const sqlite::Connection& connection, const HashKey& key,
                                      const sqlite::Statement& row) {
  WEIR_TRY(QuarantineEntry entry, read_entry(connection, row));
  if (row.is_null(kPayloadColumn)) return QuarantinedRecord{std::move(entry), std::nullopt};
  auto payload =
      unseal(key, payload_context(entry.source, entry.file_hash, entry.row), row.blob(kPayloadColumn));
  if (!payload.has_value()) {
    return fail(Errc::damaged, connection.path() + ": the payload of quarantined record " +
                                   std::to_string(entry.id) + " cannot be opened");
  }
  return QuarantinedRecord{std::move(entry), std::move(payload)};
}

constexpr std::string_view kFilter =
    " FROM quarantine WHERE (?1 = '' OR source = ?1) AND (?2 = '' OR clause = ?2) AND (?3 < 0 OR state = ?3)";

void bind_filter(sqlite::Statement& statement, const QuarantineFilter& filter) {
  const std::int64_t state = filter.state.has_value() ? static_cast<std::int64_t>(*filter.state) : -1;
  statement.bind(1, filter.source).bind(2, filter.clause).bind(3, state);
}

Result<sqlite::Statement> select(sqlite::Connection& connection, std::string_view columns,
                                 const QuarantineFilter& filter) {
  std::string sql = "SELECT ";
  sql.append(columns).append(kFilter).append(" AND id > ?4 ORDER BY id LIMIT ?5");
  WEIR_TRY(sqlite::Statement rows, connection.prepare(sql));
  bind_filter(rows, filter);
  rows.bind(4, filter.after_id).bind(5, filter.limit);
  return rows;
}

class RecordWriter {
 public:
  [[nodiscard]] static Result<std::unique_ptr<RecordWriter>> open(sqlite::Connection& connection,
                                                                  const HashKey& key, std::int64_t now) {
    WEIR_TRY(sqlite::Statement find, connection.prepare("SELECT id, state, contract_version FROM quarantine "
                                                        "WHERE source = ? AND file_hash = ? AND row = ?"));
    WEIR_TRY(sqlite::Statement insert,
             connection.prepare("INSERT INTO quarantine (source, file_hash, row, line, field, clause, "
                                "reason, file_name, contract_version, "
                                "first_seen, state, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)"));
    WEIR_TRY(
        sqlite::Statement update,
        connection.prepare(
            "UPDATE quarantine SET field = ?, clause = ?, reason = ?, contract_version = ? WHERE id = ?"));
    return std::unique_ptr<RecordWriter>(
        new RecordWriter(key, now, std::move(find), std::move(insert), std::move(update)));
  }

  [[nodiscard]] Status put(const RejectedRecord& record, QuarantinePut& counts) {
    find_.bind(1, record.source).bind(2, record.file_hash).bind(3, record.row);
    WEIR_TRY(const bool found, find_.step());
    const std::int64_t id = found ? find_.integer(0) : 0;
    const bool is_open = found && find_.integer(1) == 0;
    const bool same_contract = found && find_.text(2) == record.contract_version;
    find_.reset();
    if (!found) return insert(record, counts);
    if (!is_open || same_contract) {
      ++counts.known;
      return {};
    }
    ++counts.updated;
    update_.bind(1, record.field)
        .bind(2, record.clause)
        .bind(3, record.reason)
        .bind(4, record.contract_version);
    return update_.bind(5, id).run();
  }

 private:
  RecordWriter(const HashKey& key, std::int64_t now, sqlite::Statement find, sqlite::Statement insert,
               sqlite::Statement update)
      : key_(&key),
        now_(now),
        find_(std::move(find)),
        insert_(std::move(insert)),
        update_(std::move(update)) {}

  [[nodiscard]] Status insert(const RejectedRecord& record, QuarantinePut& counts) {
    if (record.payload.size() > Quarantine::kMaxPayloadBytes) {
      return fail(Errc::out_of_range, "a rejected record is longer than 256 MiB");
    }
    seal(*key_, payload_context(record.source, record.file_hash, record.row), record.payload, random_,
         sealed_);
    insert_.bind(1, record.source).bind(2, record.file_hash).bind(3, record.row).bind(4, record.line);
    insert_.bind(5, record.field).bind(6, record.clause).bind(7, record.reason).bind(8, record.file_name);
    insert_.bind(9, record.contract_version).bind(10, now_).bind_blob(11, sealed_);
    ++counts.added;
    return insert_.run();
  }

  const HashKey* key_;
  std::int64_t now_;
  sqlite::Statement find_;
  sqlite::Statement insert_;
  sqlite::Statement update_;
  RandomPool random_;
  std::string sealed_;
};

}  // namespace

const char* to_text(QuarantineState state) noexcept {
  switch (state) {
    case QuarantineState::open:
      return "open";
    case QuarantineState::replayed:
      return "replayed";
    case QuarantineState::superseded:
      return "superseded";
  }
  return "open";
}

Quarantine::Quarantine(ControlStore& store, const HashKey& quarantine_key)
    : connection_(&store.connection()), clock_(&store.clock()), key_(quarantine_key) {}
Quarantine::~Quarantine() {
  wipe(key_);
}

Result<QuarantinePut> Quarantine::put(std::span<const RejectedRecord> records) {
  QuarantinePut counts;
  if (records.empty()) return counts;
  WEIR_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(*connection_));
  {
    WEIR_TRY(const auto writer, RecordWriter::open(*connection_, key_, clock_->now_micros()));
    for (const RejectedRecord& record : records) WEIR_TRY_STATUS(writer->put(record, counts));
  }
  WEIR_TRY_STATUS(transaction.commit());
  return counts;
}

Result<std::vector<QuarantineEntry>> Quarantine::list(const QuarantineFilter& filter) {
  WEIR_TRY(sqlite::Statement rows, select(*connection_, kColumns, filter));
  std::vector<QuarantineEntry> entries;
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return entries;
    WEIR_TRY(QuarantineEntry entry, read_entry(*connection_, rows));
    entries.push_back(std::move(entry));
  }
}

Result<std::vector<ClauseCount>> Quarantine::counts_by_clause(const QuarantineFilter& filter) {
  std::string sql = "SELECT source, clause, field, count(*)";
  sql.append(kFilter).append(" GROUP BY source, clause, field ORDER BY count(*) DESC, source, clause, field");
  WEIR_TRY(sqlite::Statement rows, connection_->prepare(sql));
  bind_filter(rows, filter);
  std::vector<ClauseCount> counts;
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return counts;
    counts.push_back(
        {std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)), rows.integer(3)});
  }
}

Result<std::vector<SourceCount>> Quarantine::counts_by_source() {
  WEIR_TRY(sqlite::Statement rows,
           connection_->prepare("SELECT source, sum(state = 0), sum(state = 1), sum(state = 2) FROM "
                                "quarantine GROUP BY source ORDER BY source"));
  std::vector<SourceCount> counts;
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return counts;
    counts.push_back({std::string(rows.text(0)), rows.integer(1), rows.integer(2), rows.integer(3)});
  }
}

Result<QuarantinedRecord> Quarantine::show(std::int64_t id) {
  std::string sql = "SELECT ";
  sql.append(kColumns).append(", payload FROM quarantine WHERE id = ?");
  WEIR_TRY(sqlite::Statement rows, connection_->prepare(sql));
  WEIR_TRY(const bool row, rows.bind(1, id).step());
  if (!row) return fail(Errc::not_found, "no quarantined record " + std::to_string(id));
  return read_record(*connection_, key_, rows);
}

Status Quarantine::visit(const QuarantineFilter& filter, const Visitor& visit) {
  WEIR_TRY(sqlite::Statement rows, select(*connection_, std::string(kColumns) + ", payload", filter));
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return {};
    WEIR_TRY(const QuarantinedRecord record, read_record(*connection_, key_, rows));
    WEIR_TRY_STATUS(visit(record));
  }
}

Status Quarantine::update_each(std::string_view sql, std::span<const std::int64_t> ids) {
  WEIR_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(*connection_));
  {
    WEIR_TRY(sqlite::Statement update, connection_->prepare(sql));
    for (const std::int64_t id : ids) {
      WEIR_TRY_STATUS(update.bind(1, id).run());
      if (connection_->changes() == 0)
        return fail(Errc::not_found, "no quarantined record " + std::to_string(id));
    }
  }
  return transaction.commit();
}

Status Quarantine::mark(std::span<const std::int64_t> ids, QuarantineState state) {
  return update_each(
      "UPDATE quarantine SET state = " + std::to_string(static_cast<int>(state)) + " WHERE id = ?", ids);
}

Status Quarantine::forget_payloads(std::span<const std::int64_t> ids) {
  WEIR_TRY_STATUS(update_each("UPDATE quarantine SET payload = NULL WHERE id = ?", ids));
  return connection_->checkpoint_and_truncate();
}

Result<std::vector<std::string>> Quarantine::verify() {
  WEIR_TRY(sqlite::Statement rows, select(*connection_, std::string(kColumns) + ", payload", {}));
  std::vector<std::string> problems;
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return problems;
    const auto record = read_record(*connection_, key_, rows);
    if (record.has_value()) continue;
    if (record.error().code != Errc::damaged) return fail(record.error());
    problems.push_back(record.error().message);
  }
}

}  // namespace weir::store
