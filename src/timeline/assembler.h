// Collects resolved events, entities and their texts, and puts them into final order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "timeline/store_writer.h"

namespace weir::timeline {

// One resolved event on its way into the columns.
struct ResolvedEvent {
  EventId id;
  std::int64_t occurred_at{0};
  std::int64_t known_at{0};
  std::int64_t retracted_at{0};
  std::uint32_t flags{0};
  std::int32_t rank{0};
  std::int64_t sequence{0};
  std::string_view type, source, currency;
  std::array<std::string_view, kKinds> keys;
  std::string_view also;  // JSON array of "kind handle"
  std::int64_t amount_minor{kNoAmount};
  std::uint32_t delivery{0};
  std::int64_t source_row{0};
};

// Numbers texts in order of appearance; ranks() gives their final, sorted places.
class TextIndex {
 public:
  std::uint32_t add(std::string_view text);
  [[nodiscard]] std::vector<std::uint32_t> ranks() const;          // by first number
  [[nodiscard]] std::vector<std::string> sorted() const;
  [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
  std::vector<const std::string*> texts_;
};

class Assembler {
 public:
  Assembler(std::uint32_t condition_words, std::uint32_t value_count);
  // `conditions`: condition_words words; `values`: value_count numbers.
  void add_event(const ResolvedEvent& event, const std::uint64_t* conditions, const std::int64_t* values);
  void add_link(Kind kind, std::string_view left, std::string_view right, std::int64_t known_at);
  void add_relation(Kind from_kind, std::string_view from, Kind to_kind, std::string_view to, std::int64_t known_from, std::int64_t known_until);
  void add_attribute(Kind kind, std::string_view handle, std::string_view name, std::string_view value, std::int64_t known_from,
                     std::int64_t known_until);
  void add_conflicts(std::int64_t count) noexcept { data_.conflict_count += count; }
  // Sorted by (occurred_at, rank, sequence, event id); handles and texts by their order.
  [[nodiscard]] Result<TimelineData> finish();

 private:
  Handle handle(Kind kind, std::string_view text);
  void link_also(const ResolvedEvent& event);
  void order_rows();
  void order_texts();
  void make_runs();

  TimelineData data_;
  std::vector<std::int32_t> ranks_;
  std::vector<std::int64_t> sequences_;
  std::vector<std::pair<Handle, Row>> also_rows_;
  TextIndex handles_;  // "<kind digit><text>"
  TextIndex types_, sources_, currencies_, names_, values_;
  std::string scratch_;
};

}  // namespace weir::timeline
