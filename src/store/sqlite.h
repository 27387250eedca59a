// SQLite behind Results: every return code is looked at, every handle has an owner. Private to the room;
// nobody else includes sqlite3.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace weir::store::sqlite {

class Connection;

// A prepared statement. Columns count from 0, parameters from 1. Views handed out live until the next step()
// or reset(); bound views are not copied and must live until then. A failed bind shows at the next step().
// Must not outlive its connection.
class Statement {
 public:
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_blob(int parameter, std::string_view bytes);
  Statement& bind_null(int parameter);

  // True while there is a row. After an error the statement is reset.
  [[nodiscard]] Result<bool> step();
  // Steps to the end and resets, ready to be bound again.
  [[nodiscard]] Status run();
  void reset() noexcept;

  [[nodiscard]] std::int64_t integer(int column) const noexcept;
  [[nodiscard]] std::string_view text(int column) const noexcept;
  [[nodiscard]] std::string_view blob(int column) const noexcept;
  [[nodiscard]] bool is_null(int column) const noexcept;

 private:
  friend class Connection;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  Statement(Connection& connection, sqlite3_stmt* statement) noexcept
      : connection_(&connection), statement_(statement) {}
  void note(int code) noexcept;

  Connection* connection_;
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
  int bind_code_{0};  // the first that failed
};

enum class Access : std::uint8_t {
  read,   // the file must be there; nothing is written
  write,  // made when it is not there
};

// One connection to one database file in WAL mode with synchronous = FULL, secure_delete and foreign keys.
// Not thread-safe; open one per thread.
class Connection {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const std::string& path, Access access,
                                                                int busy_timeout_ms = 5000);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // One or several statements without results that matter.
  [[nodiscard]] Status execute(const std::string& sql);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  // The one number that a query gives.
  [[nodiscard]] Result<std::int64_t> integer(std::string_view sql);
  // Rows that the last statement inserted, updated or deleted.
  [[nodiscard]] std::int64_t changes() const noexcept;
  [[nodiscard]] std::int64_t last_insert_id() const noexcept;
  [[nodiscard]] bool in_transaction() const noexcept;
  // Moves the write-ahead log into the file and cuts it to nothing. Errc::locked while somebody reads an
  // older state.
  [[nodiscard]] Status checkpoint_and_truncate();

  // The failure of a return code; notes a failed sync, after which nothing more is written through this
  // connection.
  [[nodiscard]] Failure failure(int code);
  // Errc::io after a failed sync: what the system then says about the file proves nothing any more.
  [[nodiscard]] Status check_trusted() const;

 private:
  friend class Statement;
  struct Closer {
    void operator()(sqlite3* database) const noexcept;
  };
  Connection(sqlite3* database, std::string path) noexcept : database_(database), path_(std::move(path)) {}
  [[nodiscard]] Status configure(Access access, int busy_timeout_ms);

  std::unique_ptr<sqlite3, Closer> database_;
  std::string path_;
  bool sync_failed_{false};
};

// BEGIN IMMEDIATE ... COMMIT; rolled back unless committed.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  [[nodiscard]] Status commit();

 private:
  explicit Transaction(Connection& connection) noexcept : connection_(&connection) {}
  Connection* connection_;  // null once committed or moved from
};

}  // namespace weir::store::sqlite
