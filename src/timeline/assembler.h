// Collects resolved events and entities and writes them as timelines. Pure: what reads parts is in build.h.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_system.h"
#include "base/ids.h"
#include "base/result.h"
#include "timeline/event_table.h"
#include "timeline/timeline_store.h"

namespace weir::timeline {

// A further handle of one of an event's entities.
struct OtherHandle {
  Kind kind{kLead};
  std::string_view text;
};

// One resolved event on its way into the columns.
struct ResolvedEvent {
  EventId id;
  std::int64_t occurred_at{0};
  std::int64_t known_at{0};
  std::int64_t retracted_at{INT64_MAX};
  std::uint32_t flags{0};  // of RowFlag, without those that the store says itself
  std::int32_t rank{0};
  std::int64_t sequence{0};
  std::string_view type, source, currency;
  std::array<std::string_view, kKinds> keys;  // "": not named
  std::span<const OtherHandle> also;  // linked to the key of their kind, and the event is in their runs
  std::int64_t amount_minor{kNoAmount};
  std::uint32_t delivery{0};
  std::int64_t source_row{0};
};

class Assembler {
 public:
  // All events are held in memory until they are written.
  Assembler(std::uint32_t condition_words, std::uint32_t value_count);
  // At most `chunk_rows` are; others wait in temporary files whose names begin with `prefix`.
  Assembler(std::uint32_t condition_words, std::uint32_t value_count, FileSystem& files,
            const std::string& prefix, std::size_t chunk_rows = kChunkRows);
  Assembler(const Assembler&) = delete;
  Assembler(Assembler&&) = delete;
  Assembler& operator=(const Assembler&) = delete;
  Assembler& operator=(Assembler&&) = delete;
  ~Assembler() = default;

  // How many events will come, about: room is made at once.
  void expect(std::size_t events) { table_.rows.expect(events); }
  // `conditions`: condition_words words; `values`: value_count numbers. Where the disk fails, write() says
  // so.
  void add_event(const ResolvedEvent& event, const std::uint64_t* conditions, const std::int64_t* values);
  // Says that an event with this key will come soon.
  void fetch(Kind kind, std::string_view key) const noexcept { table_.handles[kind].fetch(key); }
  void add_link(Kind kind, std::string_view left, std::string_view right, std::int64_t known_at);
  void add_relation(Kind from_kind, std::string_view from, Kind to_kind, std::string_view to,
                    std::int64_t known_from, std::int64_t known_until);
  void add_attribute(Kind kind, std::string_view handle, std::string_view name, std::string_view value,
                     std::int64_t known_from, std::int64_t known_until);
  void add_conflicts(std::int64_t count) noexcept { table_.conflict_count += count; }
  // Says what the events come from; the file gives it back as it is.
  void set_origin(std::string origin) { table_.origin = std::move(origin); }
  // Afterwards the assembler is empty. The bytes follow from what was added, not from its order.
  [[nodiscard]] Status write(FileSystem& files, const std::string& path) &&;

 private:
  PendingHandle handle(Kind kind, std::string_view text) { return {kind, table_.handles[kind].add(text)}; }

  SpoolPlace place_;  // of the table
  EventTable table_;
  Status laid_;  // of what the disk said so far
};

}  // namespace weir::timeline
