// Records that broke their contract: kept whole with the reason, countable, replayable after a fix. Never
// dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "store/control_store.h"

namespace weir::store {

enum class QuarantineState : std::uint8_t {
  open,
  replayed,    // accepted since
  superseded,  // a later delivery brought a good revision
};
[[nodiscard]] const char* to_text(QuarantineState state) noexcept;

// What goes in; views are copied by put(). All but `payload` is stored readable: it must hold no personal
// data.
struct RejectedRecord {
  std::string_view source;
  std::string_view file_hash;  // with `source` and `row` its identity
  std::int64_t row{0};         // within the file; of a live record its journal sequence
  std::int64_t line{0};        // 0 where the format has none
  std::string_view field;
  std::string_view clause;
  std::string_view reason;
  std::string_view payload;  // as sent
  std::string_view file_name;
  std::string_view contract_version;
};

struct QuarantineEntry {
  std::int64_t id{0};  // 1, 2, ... in the order of arrival; never used again
  std::string source;
  std::string file_hash;
  std::int64_t row{0};
  std::int64_t line{0};
  std::string field;
  std::string clause;
  std::string reason;
  std::string file_name;
  std::string contract_version;
  std::int64_t first_seen{0};  // UTC microseconds
  QuarantineState state{QuarantineState::open};
};

struct QuarantinedRecord {
  QuarantineEntry entry;
  std::optional<std::string> payload;  // empty when it was forgotten
};

// An empty field takes all.
struct QuarantineFilter {
  std::string source{};
  std::string clause{};
  std::optional<QuarantineState> state{};
  std::int64_t after_id{0};  // for pages
  std::int64_t limit{-1};    // -1: all
};

struct QuarantinePut {
  std::int64_t added{0};
  std::int64_t known{0};
  std::int64_t updated{0};  // still open, with another reason under a newer contract
  friend bool operator==(const QuarantinePut&, const QuarantinePut&) = default;
};

struct ClauseCount {
  std::string source;
  std::string clause;
  std::string field;
  std::int64_t records{0};
};

struct SourceCount {
  std::string source;
  std::int64_t open{0};
  std::int64_t replayed{0};
  std::int64_t superseded{0};
};

// Not thread-safe. The store must outlive it.
class Quarantine {
 public:
  static constexpr std::size_t kMaxPayloadBytes = std::size_t{256} << 20U;
  using Visitor = std::function<Status(const QuarantinedRecord&)>;

  Quarantine(ControlStore& store, const HashKey& quarantine_key);
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;
  ~Quarantine();

  // One transaction: all or none. A record that is there keeps its id and state; of two for one place the
  // first counts.
  [[nodiscard]] Result<QuarantinePut> put(std::span<const RejectedRecord> records);

  // By id.
  [[nodiscard]] Result<std::vector<QuarantineEntry>> list(const QuarantineFilter& filter);
  // Most records first, then by name. The filter's page is ignored.
  [[nodiscard]] Result<std::vector<ClauseCount>> counts_by_clause(const QuarantineFilter& filter);
  // By source.
  [[nodiscard]] Result<std::vector<SourceCount>> counts_by_source();
  // Errc::not_found; Errc::damaged when the payload does not open.
  [[nodiscard]] Result<QuarantinedRecord> show(std::int64_t id);
  // Decrypted, by id; ends with the first failure of `visit`, which must not change the quarantine.
  [[nodiscard]] Status visit(const QuarantineFilter& filter, const Visitor& visit);

  // All or none; Errc::not_found names the first id that is not there.
  [[nodiscard]] Status mark(std::span<const std::int64_t> ids, QuarantineState state);
  [[nodiscard]] Status mark_replayed(std::span<const std::int64_t> ids) {
    return mark(ids, QuarantineState::replayed);
  }
  // Removes payloads for an erasure; the entries stay countable.
  [[nodiscard]] Status forget_payloads(std::span<const std::int64_t> ids);

  // Opens every payload; what does not open, one sentence each.
  [[nodiscard]] Result<std::vector<std::string>> verify();

 private:
  [[nodiscard]] Status update_each(std::string_view sql, std::span<const std::int64_t> ids);

  sqlite::Connection* connection_;
  const Clock* clock_;
  HashKey key_;
};

}  // namespace weir::store
