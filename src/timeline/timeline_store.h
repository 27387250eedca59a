// The events of a workspace as columns in time order, with a run of rows per handle: what funnels and
// features read. Pure: no query engine, no definitions. File format: docs/formats.md, "timelines".
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/file_system.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "timeline/column.h"
#include "timeline/runs.h"

namespace weir::timeline {

// Kinds of handles, in the order of the workspace's entity kinds.
inline constexpr std::size_t kKinds = 9;
enum Kind : std::uint8_t {
  kLead,
  kOpportunity,
  kContact,
  kAccount,
  kAnonymous,
  kProduct,
  kCampaign,
  kContent,
  kOwner
};

inline constexpr Handle kNoHandle = 0xFFFFFFFF;
inline constexpr std::int64_t kNoAmount = INT64_MIN;

// A column of what a row's signal says.
template <typename T>
class SignalColumn {
 public:
  SignalColumn() noexcept = default;
  SignalColumn(const Column<std::uint32_t>& signal, std::span<const T> values) noexcept
      : signal_(signal), values_(values) {}
  [[nodiscard]] T operator[](std::size_t row) const noexcept { return values_[signal_[row]]; }
  [[nodiscard]] std::size_t size() const noexcept { return signal_.size(); }

 private:
  Column<std::uint32_t> signal_;
  std::span<const T> values_;
};

// Stored as the difference to occurred_at, which most rows do not have.
class KnownColumn {
 public:
  KnownColumn() noexcept = default;
  KnownColumn(const Column<std::int64_t>& occurred_at, const Column<std::uint64_t>& difference) noexcept
      : occurred_at_(occurred_at), difference_(difference) {}
  [[nodiscard]] std::int64_t operator[](std::size_t row) const noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(occurred_at_[row]) + difference_[row]);
  }
  [[nodiscard]] std::size_t size() const noexcept { return occurred_at_.size(); }

 private:
  Column<std::int64_t> occurred_at_;
  Column<std::uint64_t> difference_;
};

// All columns of events have one value per row. They point into the mapped file.
struct Columns {
  Column<std::int64_t> occurred_at;  // UTC microseconds
  KnownColumn known_at;
  Column<std::int64_t> retracted_at;         // INT64_MAX: never
  Column<std::uint32_t> signal;              // into signals(), which says type, source, flags and conditions
  SignalColumn<std::uint16_t> type, source;  // into `types`, `sources`
  SignalColumn<std::uint32_t> flags;         // of RowFlag
  std::array<Column<Handle>, kKinds> keys;
  Column<std::int64_t> amount_minor;         // kNoAmount: none
  Column<std::uint16_t> currency;            // into `currencies`
  std::vector<Column<std::int64_t>> values;  // one column per value: ten-thousandths; kNoAmount: none
};

// Where rows come from: columns like the others, apart because most answers need none of them.
struct Proofs {
  std::span<const EventId> event;
  Column<std::uint32_t> delivery;
  Column<std::int64_t> source_row;
};

// Two handles of one kind are one entity from `known_at` on.
struct Link {
  Handle left{0};
  Handle right{0};
  std::int64_t known_at{0};
};

// An entity names another one: contact -> account. Valid for readers who know what was known in [from,
// until).
struct Relation {
  Handle from{0};
  Handle to{0};
  std::int64_t known_from{0};
  std::int64_t known_until{0};
};

// One value of one attribute of one entity.
struct Attribute {
  Handle handle{0};
  std::uint32_t name{0};   // into `attribute_names`
  std::uint32_t value{0};  // into `attribute_values`
  std::uint32_t padding{0};
  std::int64_t known_from{0};
  std::int64_t known_until{0};
};

// What a reader will look at: what it will not is neither checked nor touched. `parts`: no proofs, and what
// was checked leaves the memory again, because most of it is not read. `on_demand`: rows' columns and runs
// only once they are needed. `copy`: everything, but it leaves the memory likewise.
enum class Reads : std::uint8_t { everything, no_proofs, parts, on_demand, copy };

// [first, last).
struct Handles {
  Handle first{0};
  Handle last{0};
  [[nodiscard]] std::size_t size() const noexcept { return last - first; }
};

class SectionReader;
class TextIndex;
struct SectionEntry;

// Read-only; thread-safe, but for what begins with need_. Comes from a file, or from TransientTimelines,
// whose rows and handles stand in another order.
class TimelineStore {
 public:
  // Checks the checksum of every section that will be read. A damaged file is Errc::damaged: it is derived,
  // so build it again.
  [[nodiscard]] static Result<std::unique_ptr<TimelineStore>> open(FileSystem& files, const std::string& path,
                                                                   Reads reads = Reads::everything);
  TimelineStore(const TimelineStore&) = delete;
  TimelineStore& operator=(const TimelineStore&) = delete;
  ~TimelineStore();

  // Of a store that was opened on demand, before they are read: the runs of a kind's handles; the key of a
  // kind in each row; all columns. Errc::damaged as above. Of other stores nothing is left to check.
  [[nodiscard]] Status need_runs(Kind kind);
  [[nodiscard]] Status need_key(Kind kind);
  [[nodiscard]] Status need_columns();
  // Whether every row is known to have a key of the kind. Needs nothing.
  [[nodiscard]] bool is_always_named(Kind kind) const noexcept;
  // When the latest event occurred that no later revision takes back; empty when there is none. Needs
  // nothing.
  [[nodiscard]] Result<std::optional<std::int64_t>> last_standing() const;

  [[nodiscard]] const Runs& runs() const noexcept { return runs_; }
  [[nodiscard]] const Signals& signals() const noexcept { return signals_; }
  [[nodiscard]] const Columns& columns() const noexcept {
    WEIR_CHECK(has_columns_, "columns of timelines that nobody needed");
    return columns_;
  }
  // columns().keys, of a kind that was needed.
  [[nodiscard]] const Column<Handle>& keys(Kind kind) const noexcept {
    WEIR_CHECK(has_columns_ || has_key_[kind], "keys of timelines that nobody needed");
    return columns_.keys[kind];
  }
  // Only of a store that was opened for it.
  [[nodiscard]] const Proofs& proofs() const noexcept {
    WEIR_CHECK(has_proofs_, "proofs of timelines that were opened without them");
    return proofs_;
  }
  [[nodiscard]] std::size_t row_count() const noexcept { return columns_.occurred_at.size(); }
  [[nodiscard]] bool condition(Row row, std::uint32_t bit) const noexcept {
    return signals_.holds(columns().signal[row], bit);
  }
  [[nodiscard]] std::uint32_t condition_words() const noexcept { return condition_words_; }
  [[nodiscard]] std::uint32_t value_count() const noexcept { return value_count_; }

  [[nodiscard]] std::size_t handle_count() const noexcept { return handle_kinds_.size(); }
  [[nodiscard]] Kind handle_kind(Handle handle) const noexcept {
    return static_cast<Kind>(handle_kinds_[handle]);
  }
  // All handles of a kind: they stand together.
  [[nodiscard]] Handles handles_of(Kind kind) const noexcept;
  // Asks the memory for where a handle's text lies.
  void fetch_handle_place(Handle handle) const noexcept { prefetch(&handle_texts_.offsets[handle]); }
  [[nodiscard]] std::string_view handle_text(Handle handle) const noexcept {
    return text(handle_texts_, handle);
  }
  // kNoHandle when there is none.
  [[nodiscard]] Handle find_handle(Kind kind, std::string_view text) const noexcept;
  // The rows that name the handle, in time order.
  [[nodiscard]] std::span<const Row> run(Handle handle) const noexcept {
    return runs_.rows.subspan(runs_.offsets[handle], runs_.offsets[handle + 1] - runs_.offsets[handle]);
  }

  [[nodiscard]] std::span<const Link> links() const noexcept { return links_; }
  [[nodiscard]] std::span<const Relation> relations() const noexcept {
    return relations_;
  }  // sorted by from, to kind
  [[nodiscard]] std::span<const Attribute> attributes() const noexcept {
    return attributes_;
  }  // sorted by handle, name, known_from

  [[nodiscard]] std::string_view type(std::uint16_t id) const noexcept { return text(types_, id); }
  [[nodiscard]] std::size_t type_count() const noexcept { return types_.offsets.size() - 1; }  // sorted
  [[nodiscard]] std::string_view source(std::uint16_t id) const noexcept { return text(sources_, id); }
  [[nodiscard]] std::size_t source_count() const noexcept { return sources_.offsets.size() - 1; }
  [[nodiscard]] std::string_view currency(std::uint16_t id) const noexcept { return text(currencies_, id); }
  [[nodiscard]] std::size_t currency_count() const noexcept { return currencies_.offsets.size() - 1; }
  [[nodiscard]] std::string_view attribute_name(std::uint32_t id) const noexcept {
    return text(attribute_names_, id);
  }
  [[nodiscard]] std::size_t attribute_name_count() const noexcept {
    return attribute_names_.offsets.size() - 1;
  }
  [[nodiscard]] std::string_view attribute_value(std::uint32_t id) const noexcept {
    return text(attribute_values_, id);
  }
  [[nodiscard]] std::size_t attribute_value_count() const noexcept {
    return attribute_values_.offsets.size() - 1;
  }  // sorted
  // Records given twice with different content at one time: which one holds was decided by hash.
  [[nodiscard]] std::int64_t conflict_count() const noexcept { return conflict_count_; }
  // What the file was made from, as its maker said it.
  [[nodiscard]] std::string_view origin() const noexcept { return origin_; }

  // For who copies the file.
  [[nodiscard]] const SectionReader& sections() const noexcept { return *sections_; }
  // A section's bytes are not read soon.
  void forget(const SectionEntry& section) const noexcept;

 private:
  friend class StoreReader;
  friend class TransientTimelines;
  struct Texts {
    std::span<const std::uint64_t> offsets;
    std::string_view bytes;
  };
  [[nodiscard]] static std::string_view text(const Texts& texts, std::size_t i) noexcept {
    return texts.bytes.substr(texts.offsets[i], texts.offsets[i + 1] - texts.offsets[i]);
  }
  TimelineStore();

  std::unique_ptr<MappedFile> file_;
  Runs runs_;
  Signals signals_;
  Columns columns_;
  Proofs proofs_;
  bool has_proofs_{false};
  std::uint32_t condition_words_{1};
  std::uint32_t value_count_{0};
  std::int64_t conflict_count_{0};
  std::string_view origin_;
  std::span<const std::uint8_t> handle_kinds_;
  std::span<const Link> links_;
  std::span<const Relation> relations_;
  std::span<const Attribute> attributes_;
  Texts handle_texts_, types_, sources_, currencies_, attribute_names_, attribute_values_;
  std::unique_ptr<const SectionReader> sections_;
  bool on_demand_{false};
  bool has_columns_{false};
  std::array<bool, kKinds> has_key_{};
  // Of a store that is in memory alone: what the views point into, the newest event, and leads by their text.
  std::shared_ptr<const void> memory_;
  std::optional<std::int64_t> newest_;
  const TextIndex* subjects_{nullptr};
};

}  // namespace weir::timeline
