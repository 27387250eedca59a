// Events, entities and their texts as they arrive: numbers in order of appearance, nothing sorted yet.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "timeline/text_index.h"
#include "timeline/timeline_store.h"
#include "timeline/varying.h"

namespace weir::timeline {

// A handle before handles are sorted: a number within its kind.
struct PendingHandle {
  Kind kind{kLead};
  std::uint32_t number{0};
};

// The distinct signals of events, numbered in order of appearance.
class SignalIndex {
 public:
  struct Entry {
    std::uint32_t type{0};
    std::uint32_t source{0};
    std::uint32_t flags{0};
  };
  explicit SignalIndex(std::uint32_t words) : words_(words) {}

  // `conditions`: condition_words() words.
  std::uint32_t add(const Entry& entry, const std::uint64_t* conditions);
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::uint32_t condition_words() const noexcept { return words_; }
  [[nodiscard]] const Entry& entry(std::size_t signal) const noexcept { return entries_[signal]; }
  [[nodiscard]] const std::uint64_t* conditions(std::size_t signal) const noexcept {
    return conditions_.data() + signal * words_;
  }

 private:
  [[nodiscard]] bool is(std::uint32_t signal, const Entry& entry,
                        const std::uint64_t* conditions) const noexcept;

  std::uint32_t words_;
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> conditions_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> numbers_;  // by hash
};

// About 40 bytes per event: columns whose values are all one take none.
struct EventTable {
  EventTable(std::uint32_t condition_words, std::uint32_t value_count)
      : signals(condition_words), values(value_count, Varying<std::int64_t>(kNoAmount)) {}
  // Makes room for that many events.
  void expect(std::size_t events);
  [[nodiscard]] std::size_t size() const noexcept { return occurred_at.size(); }

  std::vector<std::int64_t> occurred_at;
  Varying<std::int64_t> known_after{0};  // known_at - occurred_at, modulo 2^64
  Varying<std::int64_t> retracted_at{INT64_MAX};
  std::vector<EventId> ids;
  Varying<std::int32_t> rank{0};
  Varying<std::int64_t> sequence{0};
  SignalIndex signals;
  std::vector<std::uint32_t> signal;
  std::array<Varying<std::uint32_t>, kKinds> keys{make_keys()};  // numbers within the kind; kNoHandle: none
  Varying<std::int64_t> amount_minor{kNoAmount};
  Varying<std::uint32_t> currency{0};
  std::vector<Varying<std::int64_t>> values;
  Varying<std::uint32_t> delivery{0};
  Varying<std::int64_t> source_row{0};
  // Further handles that a row names.
  struct AlsoNamed {
    PendingHandle handle;
    Row row{0};
  };
  std::vector<AlsoNamed> also;

  struct PendingLink {
    PendingHandle left, right;
    std::int64_t known_at{0};
  };
  struct PendingRelation {
    PendingHandle from, to;
    std::int64_t known_from{0}, known_until{0};
  };
  struct PendingAttribute {
    PendingHandle handle;
    std::uint32_t name{0}, value{0};
    std::int64_t known_from{0}, known_until{0};
  };
  std::vector<PendingLink> links;
  std::vector<PendingRelation> relations;
  std::vector<PendingAttribute> attributes;

  std::array<TextIndex, kKinds> handles;
  TextIndex types, sources, currencies, attribute_names, attribute_values;
  std::int64_t conflict_count{0};

 private:
  static std::array<Varying<std::uint32_t>, kKinds> make_keys() {
    const Varying<std::uint32_t> none(kNoHandle);
    return {none, none, none, none, none, none, none, none, none};
  }
};

// Sorts by the upper 32 bits, keeping the order of what is equal in them.
void sort_by_upper_half(std::vector<std::uint64_t>& packed);

// The rows of the table in time order: (occurred_at, rank, sequence, event id, known_at).
[[nodiscard]] std::vector<Row> time_order(const EventTable& events);

}  // namespace weir::timeline
