#include "timeline/entity_records.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "timeline/build.h"
#include "timeline/event_rows.h"

namespace weir::timeline {

using store::QueryChunk;

Status add_entities(store::QueryEngine& engine, const std::string& parts, const RecordRevisions& known,
                    Assembler& assembler) {
  struct Seen {
    Revision revision;
    Kind kind{kLead};
    std::string handle, also, relations, attributes;
  };
  RecordId current;
  std::vector<Seen> rows;
  const auto value_text = [](const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  const auto resolve = [&] {
    std::vector<Revision> single;
    const std::vector<Revision>* several = known.find(current);
    if (several == nullptr) single.push_back(rows.front().revision);
    const std::vector<Revision>& revisions = several == nullptr ? single : *several;
    for (const Seen& seen : rows) {
      const int at = find_revision(revisions, seen.revision.content, seen.revision.at);
      if (at < 0) continue;
      const std::int64_t from = seen.revision.at;
      const auto next = static_cast<std::size_t>(at) + 1;
      const std::int64_t until = next < revisions.size() ? revisions[next].at : kNever;
      const auto also = nlohmann::json::parse(seen.also.empty() ? "[]" : seen.also, nullptr, false);
      const auto relations =
          nlohmann::json::parse(seen.relations.empty() ? "{}" : seen.relations, nullptr, false);
      const auto attributes =
          nlohmann::json::parse(seen.attributes.empty() ? "{}" : seen.attributes, nullptr, false);
      for (const auto& other : also) {
        const std::string text = other.get<std::string>();
        assembler.add_link(seen.kind, seen.handle, std::string_view(text).substr(text.find(' ') + 1), from);
      }
      for (const auto& [name, to] : relations.items()) {
        if (const auto kind = kind_named(name))
          assembler.add_relation(seen.kind, seen.handle, *kind, to.get<std::string>(), from, until);
      }
      for (const auto& [name, value] : attributes.items()) {
        assembler.add_attribute(seen.kind, seen.handle, name, value_text(value), from, until);
      }
    }
    rows.clear();
  };
  const std::string sql =
      "SELECT record, content, revision_at, kind, handle, also, relations, attributes FROM " + parts +
      " ORDER BY record, revision_at, kind, handle";
  WEIR_TRY_STATUS(engine.query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto text = [&](std::size_t column) {
        return chunk.is_null(column, row) ? std::string{} : std::string(chunk.text(column, row));
      };
      const auto [high, low] = chunk.uuid(0, row);
      const RecordId record{high, low};
      if (record != current && !rows.empty()) resolve();
      current = record;
      const auto [content_high, content_low] = chunk.uuid(1, row);
      Seen seen;
      seen.revision =
          Revision{integer_or(chunk, 2, row, kAlways), ContentHash{content_high, content_low}, false};
      const auto kind = kind_named(text(3));
      if (!kind) return fail(Errc::damaged, "an entity part names a kind that does not exist");
      seen.kind = *kind;
      seen.handle = text(4);
      seen.also = text(5);
      seen.relations = text(6);
      seen.attributes = text(7);
      rows.push_back(std::move(seen));
    }
    return {};
  }));
  if (!rows.empty()) resolve();
  return {};
}

}  // namespace weir::timeline
