// Which records of a source have several revisions, and which of those hold. Private to the build.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "store/manifest.h"
#include "store/query_engine.h"
#include "timeline/build.h"
#include "timeline/revisions.h"

namespace weir::timeline {

// The parts that a build reads, among those that there are: all of them, or the ones that came since.
struct BuildParts {
  const store::Manifest& all;
  const store::Manifest& read;
  const std::string& state;
  // Of sources that were looked at already: the earliest change or snapshot time of all records; kNever:
  // none.
  std::map<std::string, std::int64_t> earliest{};

  // As of a query; empty when there are none.
  [[nodiscard]] std::string table(store::PartKind kind, const std::string& source) const {
    return store::parts_table(read, state, kind, source);
  }
  // Rows to read, of one source or ("") of all.
  [[nodiscard]] std::size_t rows(store::PartKind kind, const std::string& source) const noexcept {
    return static_cast<std::size_t>(store::parts_rows(read, kind, source));
  }
};

// Of one source. Only records with more than one revision are kept in memory; all others hold from their only
// one on.
class RecordRevisions {
 public:
  // Fills the engine's table `several` with the ids of the records that of() knows.
  [[nodiscard]] Status load(store::QueryEngine& engine, const BuildParts& parts, const SourceShape& source);

  // Null: the record has one revision.
  [[nodiscard]] const std::vector<Revision>* find(const RecordId& record) const {
    const auto found = revisions_.find(record);
    return found == revisions_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] bool has_several() const noexcept { return !revisions_.empty(); }
  // Whether any record has a change or snapshot time, and the earliest.
  [[nodiscard]] bool has_times() const noexcept { return first_delivery_ != kNever; }
  [[nodiscard]] std::int64_t first_delivery() const noexcept { return first_delivery_; }
  [[nodiscard]] std::int64_t conflicts() const noexcept { return conflicts_; }

 private:
  [[nodiscard]] Status read(store::QueryEngine& engine, const std::string& sql,
                            const std::vector<std::int64_t>& deliveries, bool complete);

  std::map<RecordId, std::vector<Revision>> revisions_;
  std::int64_t first_delivery_{kNever};
  std::int64_t conflicts_{0};
};

// The earliest change or snapshot time in a table of parts of records; kNever: none.
[[nodiscard]] Result<std::int64_t> earliest_revision(store::QueryEngine& engine, const std::string& table);

// The times of a source's deliveries, sorted.
[[nodiscard]] std::vector<std::int64_t> delivery_times(const store::Manifest& manifest,
                                                       const std::string& source);

}  // namespace weir::timeline
