#include "store/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <utility>

namespace weir::store::sqlite {
namespace {

Errc code_of(int code, int system_error) noexcept {
  // A full disk also shows as a failed write or as a shared-memory file that cannot grow.
  if (code == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG)) {
    return Errc::disk_full;
  }
  switch (code) {
    case SQLITE_FULL:
      return Errc::disk_full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::damaged;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::locked;
    case SQLITE_CONSTRAINT:
      return Errc::already_exists;
    case SQLITE_TOOBIG:
      return Errc::out_of_range;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Errc::io;
    default:
      return Errc::internal;
  }
}

std::string advice_for(Errc code) {
  switch (code) {
    case Errc::disk_full:
      return "; free some space and run the command again";
    case Errc::damaged:
      return "; restore it from a backup";
    case Errc::locked:
      return "; another process is writing to it, try again when it has ended";
    default:
      return "";
  }
}

bool is_failed_sync(int extended_code) noexcept {
  return extended_code == SQLITE_IOERR_FSYNC || extended_code == SQLITE_IOERR_DIR_FSYNC;
}

// SQLite binds NULL for a null pointer, also when the length says "empty".
const char* never_null(std::string_view bytes) noexcept {
  return bytes.data() == nullptr ? "" : bytes.data();
}

std::string_view view(const void* data, int size) noexcept {
  return data == nullptr ? std::string_view{}
                         : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

}  // namespace

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

void Statement::note(int code) noexcept {
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  note(sqlite3_bind_int64(statement_.get(), parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  note(sqlite3_bind_text64(statement_.get(), parameter, never_null(text), text.size(), nullptr, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(int parameter, std::string_view bytes) {
  note(sqlite3_bind_blob64(statement_.get(), parameter, never_null(bytes), bytes.size(), nullptr));
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  note(sqlite3_bind_null(statement_.get(), parameter));
  return *this;
}

Result<bool> Statement::step() {
  if (bind_code_ != SQLITE_OK) {
    Failure failure = connection_->failure(std::exchange(bind_code_, SQLITE_OK));
    reset();
    return failure;
  }
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Failure failure = connection_->failure(code);
  reset();
  return failure;
}

Status Statement::run() {
  for (;;) {
    WEIR_TRY(const bool row, step());
    if (!row) break;
  }
  reset();
  return {};
}

// The code that reset repeats belongs to a step that was already looked at.
void Statement::reset() noexcept {
  sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const noexcept {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const noexcept {
  const unsigned char* data = sqlite3_column_text(statement_.get(), column);
  return view(data, sqlite3_column_bytes(statement_.get(), column));
}

std::string_view Statement::blob(int column) const noexcept {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  return view(data, sqlite3_column_bytes(statement_.get(), column));
}

bool Statement::is_null(int column) const noexcept {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Connection::Closer::operator()(sqlite3* database) const noexcept {
  sqlite3_close_v2(database);
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Access access,
                                                     int busy_timeout_ms) {
  sqlite3* database = nullptr;
  // A reader also opens for writing where it may: it needs the shared-memory index of the write-ahead log.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (access == Access::write ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  if (database == nullptr) return fail(Errc::internal, "no memory to open " + path);
  std::unique_ptr<Connection> connection(new Connection(database, path));
  if (code != SQLITE_OK) return connection->failure(code);
  WEIR_TRY_STATUS(connection->configure(access, busy_timeout_ms));
  return connection;
}

Status Connection::configure(Access access, int busy_timeout_ms) {
  if (const int code = sqlite3_busy_timeout(database_.get(), busy_timeout_ms); code != SQLITE_OK)
    return failure(code);
  // What others put into the file may not run as code here.
  if (const int code = sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
      code != SQLITE_OK) {
    return failure(code);
  }
  WEIR_TRY_STATUS(
      execute("PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF"));
  if (access == Access::read) {
    if (const int code = sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        code != SQLITE_OK) {
      return failure(code);
    }
    return execute("PRAGMA query_only = ON");
  }
  {
    WEIR_TRY(Statement mode, prepare("PRAGMA journal_mode = WAL"));
    WEIR_TRY(const bool row, mode.step());
    if (!row || mode.text(0) != "wal") {
      return fail(Errc::io, "the file system of " + path_ +
                                " cannot hold a write-ahead log; choose another with --state");
    }
  }
  return execute(
      "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536;"
      "PRAGMA journal_size_limit = 67108864");
}

Status Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure(code);
  WEIR_CHECK(statement != nullptr, "a statement has text");
  return Statement(*this, statement);
}

Result<std::int64_t> Connection::integer(std::string_view sql) {
  WEIR_TRY(Statement statement, prepare(sql));
  WEIR_TRY(const bool row, statement.step());
  WEIR_CHECK(row, "the query gives one row");
  return statement.integer(0);
}

std::int64_t Connection::changes() const noexcept {
  return sqlite3_changes64(database_.get());
}

std::int64_t Connection::last_insert_id() const noexcept {
  return sqlite3_last_insert_rowid(database_.get());
}

bool Connection::in_transaction() const noexcept {
  return sqlite3_get_autocommit(database_.get()) == 0;
}

Status Connection::checkpoint_and_truncate() {
  WEIR_TRY_STATUS(check_trusted());
  const int code =
      sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

Failure Connection::failure(int code) {
  const int extended = sqlite3_extended_errcode(database_.get());
  if (is_failed_sync(code) || is_failed_sync(extended)) sync_failed_ = true;
  const Errc mapped = code_of(code & 0xff, sqlite3_system_errno(database_.get()));
  return fail(mapped, path_ + ": " + sqlite3_errmsg(database_.get()) + advice_for(mapped));
}

Status Connection::check_trusted() const {
  if (!sync_failed_) return {};
  return fail(Errc::io, path_ +
                            ": the disk failed to keep what was written; nothing more is written, check the "
                            "disk and start again");
}

Result<Transaction> Transaction::begin(Connection& connection) {
  WEIR_CHECK(!connection.in_transaction(), "transactions do not nest");
  WEIR_TRY_STATUS(connection.check_trusted());
  WEIR_TRY_STATUS(connection.execute("BEGIN IMMEDIATE"));
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  // A failed statement may have rolled back by itself. A roll-back that fails leaves the transaction to the
  // recovery of the next opening, which drops what was not committed.
  if (connection_ != nullptr && connection_->in_transaction())
    static_cast<void>(connection_->execute("ROLLBACK"));
}

Status Transaction::commit() {
  WEIR_CHECK(connection_ != nullptr, "a transaction is committed once");
  WEIR_TRY_STATUS(connection_->execute("COMMIT"));
  connection_ = nullptr;
  return {};
}

}  // namespace weir::store::sqlite
