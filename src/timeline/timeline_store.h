// The events of a workspace as columns in time order, with a run of rows per handle: what funnels and features read.
// Pure: no query engine, no definitions. File format: docs/formats.md, "timelines".
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::timeline {

// Kinds of handles, in the order of the workspace's entity kinds.
inline constexpr std::size_t kKinds = 9;
enum Kind : std::uint8_t { kLead, kOpportunity, kContact, kAccount, kAnonymous, kProduct, kCampaign, kContent, kOwner };

using Handle = std::uint32_t;  // index into the sorted list of (kind, text)
using Row = std::uint32_t;     // index into the event columns; rows are in time order
inline constexpr Handle kNoHandle = 0xFFFFFFFF;
inline constexpr std::int64_t kNoAmount = INT64_MIN;

enum RowFlag : std::uint32_t {
  kRowDay = 1,             // occurred_at names a day
  kRowDayEnd = 2,
  kRowKnownAssumed = 4,
  kRowLeftTruncated = 32,  // a first value whose true begin lies before the first delivery
  kRowTouch = 64,          // counts as engagement
};

// All columns of events have one value per row. Spans point into the mapped file.
struct Columns {
  std::span<const std::int64_t> occurred_at;   // UTC microseconds
  std::span<const std::int64_t> known_at;
  std::span<const std::int64_t> retracted_at;  // INT64_MAX: never
  std::span<const std::uint64_t> event_high, event_low;
  std::span<const std::uint32_t> flags;
  std::span<const std::uint16_t> type, source;  // into `types`, `sources`
  std::span<const std::uint64_t> conditions;    // condition_words values per row, one bit per condition
  std::array<std::span<const Handle>, kKinds> keys;
  std::span<const std::int64_t> amount_minor;   // kNoAmount: none
  std::span<const std::uint16_t> currency;      // into `currencies`
  std::span<const std::int64_t> values;         // value_count per row: ten-thousandths; kNoAmount: none
  std::span<const std::uint32_t> delivery;
  std::span<const std::int64_t> source_row;
};

// Two handles of one kind are one entity from `known_at` on.
struct Link {
  Handle left{0};
  Handle right{0};
  std::int64_t known_at{0};
};

// An entity names another one: contact -> account. Valid for readers who know what was known in [from, until).
struct Relation {
  Handle from{0};
  Handle to{0};
  std::int64_t known_from{0};
  std::int64_t known_until{0};
};

// One value of one attribute of one entity.
struct Attribute {
  Handle handle{0};
  std::uint32_t name{0};    // into `attribute_names`
  std::uint32_t value{0};   // into `attribute_values`
  std::uint32_t padding{0};
  std::int64_t known_from{0};
  std::int64_t known_until{0};
};

// Read-only; thread-safe.
class TimelineStore {
 public:
  // Checks every column's checksum. A damaged file is Errc::damaged: it is derived, so build it again.
  [[nodiscard]] static Result<std::unique_ptr<TimelineStore>> open(FileSystem& files, const std::string& path);

  [[nodiscard]] const Columns& columns() const noexcept { return columns_; }
  [[nodiscard]] std::size_t row_count() const noexcept { return columns_.occurred_at.size(); }
  [[nodiscard]] bool condition(Row row, std::uint32_t bit) const noexcept {
    return ((columns_.conditions[row * condition_words_ + bit / 64] >> (bit % 64)) & 1U) != 0;
  }
  [[nodiscard]] std::uint32_t condition_words() const noexcept { return condition_words_; }
  [[nodiscard]] std::uint32_t value_count() const noexcept { return value_count_; }

  [[nodiscard]] std::size_t handle_count() const noexcept { return handle_kinds_.size(); }
  [[nodiscard]] Kind handle_kind(Handle handle) const noexcept { return static_cast<Kind>(handle_kinds_[handle]); }
  [[nodiscard]] std::string_view handle_text(Handle handle) const noexcept { return text(handle_texts_, handle); }
  // kNoHandle when there is none.
  [[nodiscard]] Handle find_handle(Kind kind, std::string_view text) const noexcept;
  // The rows that name the handle, in time order.
  [[nodiscard]] std::span<const Row> run(Handle handle) const noexcept {
    return run_rows_.subspan(run_offsets_[handle], run_offsets_[handle + 1] - run_offsets_[handle]);
  }

  [[nodiscard]] std::span<const Link> links() const noexcept { return links_; }
  [[nodiscard]] std::span<const Relation> relations() const noexcept { return relations_; }    // sorted by from, to kind
  [[nodiscard]] std::span<const Attribute> attributes() const noexcept { return attributes_; }  // sorted by handle, name, known_from

  [[nodiscard]] std::string_view type(std::uint16_t id) const noexcept { return text(types_, id); }
  [[nodiscard]] std::size_t type_count() const noexcept { return types_.offsets.size() - 1; }   // sorted
  [[nodiscard]] std::string_view source(std::uint16_t id) const noexcept { return text(sources_, id); }
  [[nodiscard]] std::string_view currency(std::uint16_t id) const noexcept { return text(currencies_, id); }
  [[nodiscard]] std::size_t currency_count() const noexcept { return currencies_.offsets.size() - 1; }
  [[nodiscard]] std::string_view attribute_name(std::uint32_t id) const noexcept { return text(attribute_names_, id); }
  [[nodiscard]] std::size_t attribute_name_count() const noexcept { return attribute_names_.offsets.size() - 1; }
  [[nodiscard]] std::string_view attribute_value(std::uint32_t id) const noexcept { return text(attribute_values_, id); }
  [[nodiscard]] std::size_t attribute_value_count() const noexcept { return attribute_values_.offsets.size() - 1; }  // sorted
  // Records given twice with different content at one time: which one holds was decided by hash.
  [[nodiscard]] std::int64_t conflict_count() const noexcept { return conflict_count_; }

 private:
  friend class StoreReader;
  struct Texts {
    std::span<const std::uint64_t> offsets;
    std::string_view bytes;
  };
  [[nodiscard]] static std::string_view text(const Texts& texts, std::size_t i) noexcept {
    return texts.bytes.substr(texts.offsets[i], texts.offsets[i + 1] - texts.offsets[i]);
  }
  TimelineStore() = default;

  std::unique_ptr<MappedFile> file_;
  Columns columns_;
  std::uint32_t condition_words_{1};
  std::uint32_t value_count_{0};
  std::int64_t conflict_count_{0};
  std::span<const std::uint8_t> handle_kinds_;
  std::span<const std::uint64_t> run_offsets_;
  std::span<const Row> run_rows_;
  std::span<const Link> links_;
  std::span<const Relation> relations_;
  std::span<const Attribute> attributes_;
  Texts handle_texts_, types_, sources_, currencies_, attribute_names_, attribute_values_;
};

// What the writer needs: the same columns, owned and in final order.
struct TimelineData {
  std::vector<std::int64_t> occurred_at, known_at, retracted_at;
  std::vector<std::uint64_t> event_high, event_low;
  std::vector<std::uint32_t> flags;
  std::vector<std::uint16_t> type, source;
  std::uint32_t condition_words{1};
  std::vector<std::uint64_t> conditions;
  std::array<std::vector<Handle>, kKinds> keys;
  std::vector<std::int64_t> amount_minor;
  std::vector<std::uint16_t> currency;
  std::uint32_t value_count{0};
  std::vector<std::int64_t> values;
  std::vector<std::uint32_t> delivery;
  std::vector<std::int64_t> source_row;
  std::vector<std::uint8_t> handle_kinds;
  std::vector<std::string> handle_texts;
  std::vector<std::uint64_t> run_offsets;
  std::vector<Row> run_rows;
  std::vector<Link> links;
  std::vector<Relation> relations;
  std::vector<Attribute> attributes;
  std::vector<std::string> types, sources, currencies, attribute_names, attribute_values;
  std::int64_t conflict_count{0};
};
[[nodiscard]] Status write_timelines(FileSystem& files, const std::string& path, const TimelineData& data);

}  // namespace weir::timeline
