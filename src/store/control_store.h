// The small transactional rows of a workspace, in `<state>/control.db`: what was applied, what ran, and the
// tables of the vault and the quarantine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/time.h"

namespace weir::store {

namespace sqlite {
class Connection;
class Statement;
}  // namespace sqlite

enum class StoreAccess : std::uint8_t {
  read,   // for reading verbs, beside a writer; Errc::not_found when nothing was ever stored
  write,  // hold the writer lock
};

// One declared thing in one version. `version` is the hash of `normal_form`.
struct Definition {
  std::string kind;  // "funnel", "signal", ...
  std::string name;
  std::string version;
  std::string normal_form;
  friend bool operator==(const Definition&, const Definition&) = default;
};

// What held from `applied_at` until the next set.
struct ApplySet {
  std::int64_t id{0};  // 1, 2, ... in the order of application
  std::int64_t applied_at{0};
  std::string applied_by;
};

enum class RunOutcome : std::uint8_t {
  running,
  done,
  failed,
  interrupted,  // its process ended without saying how
};
[[nodiscard]] const char* to_text(RunOutcome outcome) noexcept;

struct Run {
  std::int64_t id{0};
  std::string verb;
  std::int64_t started{0};            // UTC microseconds
  std::optional<std::int64_t> ended;  // empty while running and when interrupted
  RunOutcome outcome{RunOutcome::running};
  std::string counts;  // a JSON object; "{}" while there is none
};

// One connection. Not thread-safe; open one per thread.
class ControlStore {
 public:
  // Opening for writing makes the file (mode 0600), brings an older one up to date, ends runs that were
  // interrupted and finishes an erasure that was. The clock must outlive the store.
  [[nodiscard]] static Result<std::unique_ptr<ControlStore>> open(FileSystem& files, const Clock& clock,
                                                                  const std::string& state_dir,
                                                                  StoreAccess access);
  ControlStore(const ControlStore&) = delete;
  ControlStore& operator=(const ControlStore&) = delete;
  ~ControlStore();

  [[nodiscard]] Result<std::optional<std::string>> meta(std::string_view key);
  [[nodiscard]] Status set_meta(std::string_view key, std::string_view value);

  // The newest set's definitions by (kind, name); none before the first.
  [[nodiscard]] Result<std::vector<Definition>> applied_definitions();
  [[nodiscard]] Result<std::vector<Definition>> definitions_of(std::int64_t apply_set);
  [[nodiscard]] Result<std::optional<Definition>> find_definition(std::string_view kind,
                                                                  std::string_view name,
                                                                  std::string_view version);
  // Newest first.
  [[nodiscard]] Result<std::vector<ApplySet>> apply_sets();
  // The id of the new set, or of the newest one when that holds the same versions already. Each (kind, name)
  // once.
  [[nodiscard]] Result<std::int64_t> record_applied(std::span<const Definition> definitions,
                                                    std::string_view applied_by);

  [[nodiscard]] Result<std::int64_t> begin_run(std::string_view verb);
  [[nodiscard]] Status end_run(std::int64_t id, RunOutcome outcome, std::string_view counts_json);
  // Newest first, at most `limit`.
  [[nodiscard]] Result<std::vector<Run>> runs(std::int64_t limit);

  // What is wrong with the file, one sentence each; empty when all is well. Reads all of it.
  [[nodiscard]] Result<std::vector<std::string>> integrity_check();

  [[nodiscard]] const std::string& path() const noexcept;
  [[nodiscard]] const Clock& clock() const noexcept { return *clock_; }
  // For the other classes of the room.
  [[nodiscard]] sqlite::Connection& connection() noexcept { return *connection_; }

 private:
  ControlStore(std::unique_ptr<sqlite::Connection> connection, const Clock& clock) noexcept;
  [[nodiscard]] Status take_over();

  std::unique_ptr<sqlite::Connection> connection_;
  const Clock* clock_;
};

}  // namespace weir::store
