// Timelines in memory, for a question that is asked once: events that come in any order become the same store
// that kernels read from a file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/raw_array.h"
#include "timeline/text_index.h"
#include "timeline/timeline_store.h"

namespace weir::timeline {

// What an event's signal number says. Events of one instant stand in the order of ranks, then as they came.
struct TransientSignal {
  std::uint16_t type{0};  // into the types that finish() is given
  std::uint32_t flags{0};
  std::int32_t rank{0};
};

// Columns of events, one value each.
struct TransientRows {
  std::span<const std::uint32_t> subjects;  // numbers by number_subjects()
  std::span<const std::int64_t> occurred_at;
  std::span<const std::uint16_t> signals;
  std::vector<std::span<const std::uint32_t>> keys;  // per kind of key: numbers by key_number(), kNoHandle
  // kNoAmount: none, where the signal has no kRowHasAmount. Empty: no row that is ever added has one.
  std::span<const std::int64_t> amounts;
};

// Takes 8 bytes per event (12 when some time is no whole second), 4 per key, 8 per amount, and some 80 per
// subject. Subjects are dealt out to partitions as they come, so that each partition's events are put in
// order within the processor's caches; a partition's memory goes back when its columns are written. Not
// thread-safe.
class TransientTimelines {
 public:
  static constexpr std::size_t kMostSignals = 65'535;
  static constexpr std::size_t kMostRows = 0xFFFFFFFE;

  // Subjects become leads. `keys`: of what else events name one each, sorted, not leads.
  explicit TransientTimelines(std::vector<Kind> keys = {});

  [[nodiscard]] std::uint32_t key_number(std::size_t key, std::string_view text) {
    return key_texts_[key].add(text);
  }
  // The number of each of these subjects; a new one gets the next.
  void number_subjects(std::span<const std::string_view> texts, std::uint32_t* numbers);
  // False, and nothing is added, when there would be more rows than rows can be numbered.
  [[nodiscard]] bool add(const TransientRows& rows);
  // An event that nobody will look at may still be the newest.
  void see(std::int64_t occurred_at) noexcept {
    if (!newest_ || *newest_ < occurred_at) newest_ = occurred_at;
  }
  // Events are known so long after they happened (0 at first); their signals' flags say so.
  void set_known_after(std::int64_t micros) noexcept { known_after_ = static_cast<std::uint64_t>(micros); }

  // After the last; nothing can be added any more. Rows are numbered subject by subject, in time order within
  // each; subjects and keys are numbered in order of appearance. There are no proofs, no links, relations,
  // attributes or conditions, and nothing is taken back. All events are of the one source "".
  [[nodiscard]] std::unique_ptr<TimelineStore> finish(std::span<const TransientSignal> signals,
                                                      const std::vector<std::string>& types);

 private:
  static constexpr unsigned kPartitionBits = 12;  // subjects of one
  static constexpr std::int64_t kSecond = 1'000'000;
  struct Tag {
    std::uint16_t subject{0};  // within its partition
    std::uint16_t signal{0};
  };
  struct Partition {  // a value per event, but for amounts
    RawArray<Tag> tags;
    RawArray<std::uint32_t> seconds;  // since 1970, as long as all times are such
    RawArray<std::int64_t> times;     // else
    std::vector<RawArray<std::uint32_t>> keys;
    RawArray<std::int64_t> amounts;  // of events that have one
  };
  struct Ordered {  // an event of a partition, for its order
    std::int64_t at{0};
    std::uint32_t place{0};
    std::uint16_t signal{0};
  };
  struct Memory;  // what the store's views point into
  void append(const TransientRows& rows, std::size_t row);
  void take_times(std::span<const std::int64_t> times);
  void widen_times();
  [[nodiscard]] std::int64_t time_of(const Partition& partition, std::size_t place) const noexcept {
    return are_seconds_ ? partition.seconds[place] * kSecond : partition.times[place];
  }
  void take_amount(std::int64_t amount) noexcept;
  void order(const Partition& partition, std::size_t subjects);
  void write(const Partition& partition, Memory& memory);
  void write_amounts(const Partition& partition, Memory& memory);
  void number_handles(Memory& memory);
  static void describe(std::span<const TransientSignal> signals, const std::vector<std::string>& types,
                       Memory& memory);
  void show(const std::shared_ptr<Memory>& memory, TimelineStore& store) const;

  std::vector<Kind> keys_;
  TextIndex subjects_;
  std::vector<TextIndex> key_texts_;
  std::vector<Partition> partitions_;
  bool are_seconds_{true};
  std::size_t row_count_{0};
  std::optional<std::int64_t> newest_;
  std::uint64_t known_after_{0};
  std::int64_t earliest_{INT64_MAX}, latest_{INT64_MIN};  // of what was added
  std::int64_t unit_{kSecond};                            // all times are so many microseconds from 1970
  bool has_amounts_{false};
  std::int64_t least_amount_{INT64_MAX}, greatest_amount_{INT64_MIN};
  std::vector<std::int32_t> ranks_;     // per signal
  std::vector<bool> is_amount_;         // per signal: its events have one
  std::vector<Ordered> ordered_;        // of a partition
  std::vector<std::int64_t> amounts_;   // of a partition, per event
  std::vector<std::uint64_t> offsets_;  // of its subjects
};

}  // namespace weir::timeline
