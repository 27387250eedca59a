// Stored events on their way out of the query engine: what is selected, and one row of it. Private to the
// build.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "store/query_engine.h"
#include "timeline/build.h"
#include "timeline/revisions.h"
#include "timeline/timeline_store.h"

namespace weir::timeline {

[[nodiscard]] inline std::int64_t integer_or(const store::QueryChunk& chunk, std::size_t column,
                                             std::size_t row, std::int64_t otherwise) {
  return chunk.is_null(column, row) ? otherwise : chunk.integer(column, row);
}

// The canonical columns of event_schema() over a table with the part's columns and `source`. `with_text`:
// those of the table `texts`.
[[nodiscard]] std::string canonical_view(const std::string& from, bool with_text = false);

// One stored event as the query gives it; views into its chunk.
struct EventRow {
  EventId id;
  std::string_view type, also, currency;
  std::array<std::string_view, kKinds> keys;
  std::optional<std::int64_t> occurred_at, known_at;
  std::int64_t revision_at{kAlways};
  std::uint32_t flags{0};
  std::int32_t rank{0};
  std::int64_t sequence{0};
  bool has_direction{false};
  std::int64_t amount_minor{kNoAmount};
  std::uint32_t delivery{0};
  std::int64_t row{0};
  std::vector<std::uint64_t> conditions;
  std::vector<std::int64_t> values;
};

// One stored event of a record that has to be resolved, owned: the rows of a record are gathered first.
struct StoredEvent {
  EventRow event;
  ContentHash content;
  std::string rule, direction, channel, properties;
  std::vector<char> texts;  // what the views of `event` look at; stays where it is when the whole is moved

  StoredEvent() = default;
  StoredEvent(const StoredEvent&) = delete;
  StoredEvent(StoredEvent&&) noexcept = default;
  StoredEvent& operator=(const StoredEvent&) = delete;
  StoredEvent& operator=(StoredEvent&&) noexcept = default;
  ~StoredEvent() = default;

  // Whether two revisions assert the same thing.
  [[nodiscard]] bool same_assertion(const StoredEvent& other) const {
    const EventRow& a = event;
    const EventRow& b = other.event;
    return a.occurred_at.value_or(0) == b.occurred_at.value_or(0) && a.type == b.type && a.keys == b.keys &&
           a.amount_minor == b.amount_minor && a.currency == b.currency && properties == other.properties &&
           a.also == b.also && direction == other.direction && channel == other.channel &&
           a.flags == b.flags && a.rank == b.rank;
  }
};

// Not thread-safe: a chunk's texts belong to the query engine. The plan must outlive it.
class EventReader {
 public:
  explicit EventReader(const BuildPlan& plan) noexcept : plan_(plan) {}
  [[nodiscard]] std::uint32_t condition_words() const noexcept {
    return static_cast<std::uint32_t>(plan_.condition_sql.size() / 64 + 1);
  }
  // What read() takes from a canonical view, with the plan's conditions and values; further columns come
  // behind it.
  [[nodiscard]] std::string columns() const;
  [[nodiscard]] std::size_t further_column() const noexcept;
  void read(const store::QueryChunk& chunk, std::size_t row, EventRow& event) const;
  // The columns that stored() takes besides.
  static constexpr const char* kFurther =
      ", weir_record, weir_content, weir_rule, direction, channel, properties";
  [[nodiscard]] StoredEvent stored(const store::QueryChunk& chunk, std::size_t row) const;
  // `use(kind, text)` for each key that the row names.
  template <typename Use>
  void for_each_key(const store::QueryChunk& chunk, std::size_t row, const Use& use) const {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      if (!chunk.is_null(kFirstKeyColumn + kind, row))
        use(static_cast<Kind>(kind), chunk.text(kFirstKeyColumn + kind, row));
    }
  }

 private:
  static constexpr std::size_t kFirstKeyColumn = 8;
  const BuildPlan& plan_;
};

}  // namespace weir::timeline
