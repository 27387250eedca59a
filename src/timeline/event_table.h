// Events, entities and their texts as they arrive: numbers in order of appearance, nothing sorted yet.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "timeline/ordered_rows.h"
#include "timeline/text_index.h"
#include "timeline/timeline_store.h"

namespace weir::timeline {

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

// What events, entities and their texts become on arrival: rows, and what takes memory by handle or entity.
struct EventTable {
  EventTable(std::uint32_t condition_words, std::uint32_t value_count, SpoolPlace* place,
             std::size_t chunk_rows)
      : signals(condition_words), values(value_count), rows(value_count, place, chunk_rows) {}

  SignalIndex signals;
  std::uint32_t values;  // per row
  OrderedRows rows;
  // Per handle, by its number: how many rows have it as the key of its kind.
  std::array<std::vector<Row>, kKinds> uses;

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
  std::string origin;
};

}  // namespace weir::timeline
