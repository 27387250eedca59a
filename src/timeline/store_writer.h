// Writes a timeline store. File format: docs/formats.md, "timelines".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "timeline/timeline_store.h"

namespace weir::timeline {

// What the writer needs: the columns of a store, owned and in final order.
struct TimelineData {
  std::vector<std::int64_t> occurred_at, known_at, retracted_at;
  std::vector<std::uint64_t> event_high, event_low;
  std::vector<std::uint32_t> flags;  // of RowFlag; what the store says itself is added by the writer
  std::vector<std::uint16_t> type, source;
  std::uint32_t condition_words{1};
  std::vector<std::uint64_t> conditions;  // condition_words per row
  std::array<std::vector<Handle>, kKinds> keys;
  std::vector<std::int64_t> amount_minor;
  std::vector<std::uint16_t> currency;
  std::uint32_t value_count{0};
  std::vector<std::int64_t> values;  // value_count per row
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
