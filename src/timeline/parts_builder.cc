#include "timeline/parts_builder.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "ingest/event.h"
#include "timeline/entity_records.h"

namespace weir::timeline {

using store::PartKind;
using store::QueryChunk;

Result<std::unique_ptr<store::QueryEngine>> open_build_engine(const std::string& state,
                                                              const BuildPlan& plan) {
  store::EngineOptions options;
  options.memory_limit = "1GB";
  options.temporary_directory = join_path(state, "tmp");
  if (plan.personal_fields) {  // free text must not spill to disk
    options.memory_limit = "4GB";
    options.temporary_directory.clear();
  }
  options.text_functions = plan.text_functions;
  WEIR_TRY(auto engine, store::QueryEngine::open(options));
  // From here on the engine opens nothing but parts: what users wrote runs in it.
  WEIR_TRY_STATUS(engine->execute("SET allowed_directories = [" +
                                  store::sql_quote(join_path(state, "parts")) + ", " +
                                  store::sql_quote(join_path(state, "tmp")) + "]"));
  WEIR_TRY_STATUS(engine->execute("SET enable_external_access = false"));
  WEIR_TRY_STATUS(engine->execute("SET lock_configuration = true"));
  return engine;
}

PartsBuilder::PartsBuilder(FileSystem& files, const BuildParts& parts, const BuildPlan& plan,
                           const std::string& prefix)
    : parts_(parts),
      plan_(plan),
      reader_(plan),
      assembler_(reader_.condition_words(), static_cast<std::uint32_t>(plan.value_sql.size()), files, prefix),
      emitter_(plan, assembler_),
      changed_(plan, reader_, emitter_) {}

Status PartsBuilder::build(FileSystem& files, std::unique_ptr<store::QueryEngine> engine,
                           const std::string& path, std::string origin) {
  engine_ = std::move(engine);
  WEIR_TRY_STATUS(changed_.open(*engine_));
  assembler_.set_origin(std::move(origin));
  assembler_.expect(parts_.rows(PartKind::events, ""));
  for (const SourceShape& source : plan_.sources) WEIR_TRY_STATUS(add_source(source));
  WEIR_TRY_STATUS(changed_.finish());
  engine_.reset();
  return std::move(assembler_).write(files, path);
}

Status PartsBuilder::add_source(const SourceShape& source) {
  known_ = {};
  WEIR_TRY_STATUS(known_.load(*engine_, parts_, source));
  assembler_.add_conflicts(known_.conflicts());
  if (!known_.has_times() && known_.has_several()) stands_alone_ = false;
  WEIR_TRY_STATUS(load_texts(source));
  WEIR_TRY_STATUS(add_events(source));
  const std::string entities = parts_.table(PartKind::entities, source.name);
  return entities.empty() ? Status{} : add_entities(*engine_, entities, known_, assembler_);
}

// The free texts of the source's events, from the vault into memory.
Status PartsBuilder::load_texts(const SourceShape& source) {
  has_texts_ = false;
  const std::string parts = parts_.table(PartKind::events, source.name);
  if (!plan_.personal_fields || source.text_columns.empty() || parts.empty()) return {};
  WEIR_TRY_STATUS(
      engine_->execute("CREATE OR REPLACE TABLE texts (text_record UUID, text_content UUID, text_rule "
                       "VARCHAR, text VARCHAR)"));
  WEIR_TRY(const auto writer, engine_->writer("texts"));
  const std::string sql = "SELECT record, content, rule FROM " + parts + " WHERE flags & " +
                          std::to_string(ingest::kHasText) + " <> 0";
  WEIR_TRY_STATUS(engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto column = source.text_columns.find(std::string(chunk.text(2, row)));
      if (column == source.text_columns.end()) continue;
      const auto [record_high, record_low] = chunk.uuid(0, row);
      const auto [content_high, content_low] = chunk.uuid(1, row);
      WEIR_TRY(const auto fields, plan_.personal_fields(RecordId{record_high, record_low},
                                                        ContentHash{content_high, content_low}));
      if (!fields) continue;  // erased: the event stays, its text is gone
      const auto json = nlohmann::json::parse(*fields, nullptr, false);
      if (!json.is_object() || !json.contains(column->second)) continue;
      writer->uuid(record_high, record_low);
      writer->uuid(content_high, content_low);
      writer->text(column->first);
      writer->text(json[column->second].get<std::string>());
      writer->end_row();
    }
    return {};
  }));
  has_texts_ = true;
  return writer->flush();
}

Status PartsBuilder::add_events(const SourceShape& source) {
  const std::string parts = parts_.table(PartKind::events, source.name);
  if (parts.empty()) return {};
  const std::string view = canonical_view(
      "(SELECT *, " + store::sql_quote(source.name) + " AS source FROM " + parts + ")", has_texts_);
  WEIR_TRY_STATUS(add_single_events(source, view));
  const bool has_others = known_.has_times() || known_.has_several();
  return has_others ? changed_.add_source(source, known_, view) : Status{};
}

// Events of records with one revision hold from it on; their order does not matter.
Status PartsBuilder::add_single_events(const SourceShape& source, const std::string& view) {
  const bool is_plain = !known_.has_times() && !known_.has_several();
  std::string sql = "SELECT " + reader_.columns() + " FROM " + view;
  if (!is_plain) sql += " WHERE weir_flags & " + std::to_string(ingest::kChangeState) + " = 0";
  if (known_.has_several())
    sql += " AND NOT EXISTS (SELECT 1 FROM several WHERE several_record = weir_record)";
  constexpr std::size_t kAhead = 8;  // while so many events pass, a place in memory is fetched
  EventRow event;
  return engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      if (row + kAhead < chunk.row_count()) {
        reader_.for_each_key(chunk, row + kAhead,
                             [&](Kind kind, std::string_view key) { assembler_.fetch(kind, key); });
      }
      reader_.read(chunk, row, event);
      if (!known_.has_times() && (!event.known_at || (event.flags & ingest::kChangeState) != 0))
        stands_alone_ = false;
      emitter_.emit(event, source.name, event.known_at.value_or(is_plain ? 0 : event.revision_at), kNever);
    }
    return {};
  });
}

}  // namespace weir::timeline
