#include "ingest/ingest_source.h"

#include <algorithm>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "base/json.h"
#include "ingest/read_ahead.h"
#include "ingest/source_run.h"

namespace weir::ingest {

using contract::Column;
using contract::ColumnType;
using contract::Field;
using contract::PersonalClass;
using store::ColumnBuffer;
using store::PartKind;
using store::StoredType;

namespace {

constexpr std::int64_t kRowsPerPart = 1'000'000;
constexpr std::uint64_t kWorthAThread = std::uint64_t{4} << 20U;  // bytes of a file

// What of a field may stand in shared columns.
bool is_shared(const Field& field) {
  return field.personal == PersonalClass::none && field.type != ColumnType::json;
}
bool is_hashed(const Field& field) {
  return field.personal != PersonalClass::none && field.personal != PersonalClass::free_text;
}

StoredType stored_type(ColumnType type) noexcept {
  switch (type) {
    case ColumnType::integer:
      return StoredType::integer;
    case ColumnType::number:
      return StoredType::number;
    case ColumnType::boolean:
      return StoredType::boolean;
    case ColumnType::date:
      return StoredType::date;
    case ColumnType::timestamp:
      return StoredType::timestamp;
    case ColumnType::text:
    case ColumnType::json:
      break;
  }
  return StoredType::text;
}

std::vector<store::StoredColumn> record_columns(const contract::Contract& contract) {
  std::vector<store::StoredColumn> columns{{"weir_record", StoredType::uuid},
                                           {"weir_content", StoredType::uuid},
                                           {"weir_revision_at", StoredType::timestamp},
                                           {"weir_delivery", StoredType::small},
                                           {"weir_row", StoredType::integer}};
  for (const Field& field : contract.fields) {
    if (is_shared(field)) columns.push_back({field.name, stored_type(field.type)});
    if (is_hashed(field)) columns.push_back({field.name, StoredType::text});
  }
  return columns;
}

std::string plain_text(const Column& column, std::size_t row) {
  switch (column.type) {
    case ColumnType::text:
    case ColumnType::json:
      return std::string(column.text(row));
    case ColumnType::number:
      return json_number(column.numbers[row]);
    default:
      return std::to_string(column.integers[row]);
  }
}

// As a reader of any contract understands it: days and instants in ISO form, true and false.
std::string normal_text(const Column& column, std::size_t row) {
  switch (column.type) {
    case ColumnType::boolean:
      return column.integers[row] != 0 ? "true" : "false";
    case ColumnType::date:
      return weir::to_text(Date{static_cast<std::int32_t>(column.integers[row])});
    case ColumnType::timestamp:
      return rfc3339(column.integers[row]);
    default:
      return plain_text(column, row);
  }
}

// Fills the columns of one row, the first one first.
class RowCursor {
 public:
  explicit RowCursor(store::PartWriter& part) noexcept : part_(part) {}
  ColumnBuffer& next() { return part_.column(place_++); }
  template <typename Id>
  void id(const Id& value) {
    next().uuid(value.high, value.low);
  }
  void integer(std::int64_t value) { next().integer(value); }
  void time(const std::optional<std::int64_t>& value) {
    if (value) {
      next().integer(*value);
    } else {
      next().null();
    }
  }
  // An empty text is none.
  void text(std::string_view value) {
    if (value.empty()) {
      next().null();
    } else {
      next().text(value);
    }
  }

 private:
  store::PartWriter& part_;
  std::size_t place_{0};
};

void write_entity(store::PartWriter& part, const EntityRow& entity) {
  RowCursor out(part);
  out.id(entity.record);
  out.id(entity.content);
  out.time(entity.revision_at);
  out.text(to_text(entity.kind));
  out.text(entity.handle);
  out.text(entity.also);
  out.text(entity.relations);
  out.text(entity.attributes);
  out.integer(entity.delivery);
  out.integer(entity.row);
}

}  // namespace

Status SourceRun::open(const store::Manifest& manifest) {
  WEIR_TRY_STATUS(mapping_.start());
  WEIR_TRY_STATUS(load_known(manifest));
  const auto writer = [&](const char* name, std::vector<store::StoredColumn> columns) {
    return std::make_unique<store::PartWriter>(environment_.files, environment_.state, name,
                                               std::move(columns));
  };
  records_ = writer("records", record_columns(plan_.contract));
  events_ = writer("events", event_columns());
  entities_ = writer("entities", entity_columns());
  const auto& fields = plan_.contract.fields;
  has_personal_ =
      std::any_of(fields.begin(), fields.end(), [](const Field& field) { return !is_shared(field); });
  return {};
}

Status SourceRun::load_known(const store::Manifest& manifest) {
  const std::string records =
      store::parts_table(manifest, environment_.state, PartKind::records, plan_.source->name);
  if (records.empty()) return {};
  known_.set_goal(
      static_cast<std::size_t>(store::parts_rows(manifest, PartKind::records, plan_.source->name)));
  const std::string sql = "SELECT weir_record, weir_content, weir_revision_at FROM " + records;
  return environment_.engine.query(sql, [&](const store::QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto [record_high, record_low] = chunk.uuid(0, row);
      const auto [content_high, content_low] = chunk.uuid(1, row);
      const auto at = chunk.is_null(2, row) ? std::nullopt : std::optional(chunk.integer(2, row));
      known_.insert(
          revision_id(RecordId{record_high, record_low}, ContentHash{content_high, content_low}, at));
    }
    return {};
  });
}

Status SourceRun::take_file(const InputFile& file, const store::FileDigest& digest, std::int64_t id,
                            const Progress& progress) {
  store::Delivery delivery;
  delivery.id = id;
  delivery.source = plan_.source->name;
  delivery.name = file_name(file.path);
  delivery.hash = digest.hash;
  delivery.bytes = digest.bytes;
  delivery.taken_at = file.taken_at;
  delivery.contract_version = plan_.contract_version;
  delivery.mapping_version = plan_.mapping_version;

  WEIR_TRY(const auto reader,
           open_file(environment_.files, environment_.engine, file.path, plan_.contract, plan_.read));
  WEIR_TRY(const bool threaded, is_worth_a_thread(file, digest));
  ReadAhead blocks(*reader, threaded);
  known_before_file_ = known_.size();
  for (;;) {
    WEIR_TRY(const ReadBlock* const block, blocks.next());
    if (block == nullptr) break;
    expect_rows(*block, digest.bytes);
    WEIR_TRY_STATUS(take_block(block->batch, block->rejected, delivery));
    progress(bytes_done_ + std::min(block->bytes_read, digest.bytes), rows_done_);
  }
  for (const std::string& name : reader->unknown_columns()) unknown_.insert(name);
  for (const std::string& note : reader->notes()) outcome_.notes.push_back(delivery.name + ": " + note);
  bytes_done_ += digest.bytes;
  progress(bytes_done_, rows_done_);
  outcome_.deliveries.push_back(std::move(delivery));
  return {};
}

// What is still unread has as many rows per byte as what was read.
void SourceRun::expect_rows(const ReadBlock& block, std::uint64_t file_bytes) {
  if (block.bytes_read == 0 || block.batch.rows.empty()) return;
  const double read = static_cast<double>(std::min(block.bytes_read, file_bytes));
  const double of_file =
      static_cast<double>(block.batch.rows.back()) * (static_cast<double>(file_bytes) / read);
  known_.set_goal(known_before_file_ + static_cast<std::size_t>(of_file));
}

// Parquet is read by the engine that also answers this thread's questions.
Result<bool> SourceRun::is_worth_a_thread(const InputFile& file, const store::FileDigest& digest) const {
  WEIR_TRY(const auto format, format_of(file.path, plan_.read.format));
  return !environment_.context.one_thread && std::thread::hardware_concurrency() > 1 &&
         digest.bytes >= kWorthAThread && format != workspace::FileFormat::parquet;
}

Status SourceRun::take_block(const contract::RecordBatch& batch,
                             const std::vector<contract::Rejected>& rejected, store::Delivery& delivery) {
  for (const auto& record : rejected) WEIR_TRY_STATUS(reject(delivery, record));
  WEIR_TRY_STATUS(take_batch(batch, delivery));
  return flush(false);
}

Status SourceRun::take_batch(const contract::RecordBatch& batch, store::Delivery& delivery) {
  if (batch.row_count() == 0) return {};
  WEIR_TRY_STATUS(mapping_.evaluate(batch));
  column_of_.clear();
  for (const Field& field : plan_.contract.fields) column_of_.push_back(batch.find(field.name));
  mapping_.identify(frames_);
  WEIR_TRY_STATUS(keep_sound(batch, delivery));
  keep_new(delivery);
  WEIR_TRY_STATUS(write_records(batch));
  WEIR_TRY_STATUS(mapping_.write_events(taken_, *events_));
  store::PartWriter::hash_both(*records_, *events_);
  for (const TakenRow& row : taken_) {
    for (const EntityRow& entity : mapping_.entities_of(row.batch_row, *row.frame)) {
      write_entity(*entities_, entity);
      WEIR_TRY_STATUS(entities_->end_rows());
    }
  }
  return has_personal_ ? seal_personal(batch) : Status{};
}

// The rows that go on; those that the mapping cannot read go to quarantine.
Status SourceRun::keep_sound(const contract::RecordBatch& batch, store::Delivery& delivery) {
  taken_.clear();
  const bool all_map = mapping_.rejects_none();
  for (std::size_t row = 0; row < batch.row_count(); ++row) {
    RecordFrame& frame = frames_[row];
    frame.delivery = delivery.id;
    frame.row = batch.rows[row];
    frame.revision_at = mapping_.has_revision_column() ? mapping_.revision_time(row) : delivery.taken_at;
    if (mapping_.has_revision_column() && !frame.revision_at) {
      const auto& source = *plan_.source;
      const std::string& column = source.changed_at.empty() ? source.snapshot_column : source.changed_at;
      WEIR_TRY_STATUS(mapping_.has_unreadable_revision(row)
                          ? reject_row(batch, row, delivery, "mapping", column,
                                       "the change time is no time: '" + column + "' cannot be read")
                          : reject_row(batch, row, delivery, "required", column,
                                       "the change time is missing: '" + column + "' is empty"));
      continue;
    }
    if (const std::string reason = all_map ? std::string() : mapping_.rejection(row); !reason.empty()) {
      WEIR_TRY_STATUS(reject_row(batch, row, delivery, "mapping", "", reason));
      continue;
    }
    taken_.push_back({row, &frame});
  }
  delivery.rows += static_cast<std::int64_t>(taken_.size());
  rows_done_ += static_cast<std::int64_t>(taken_.size());
  return {};
}

namespace {

// Numbers of identities in about the order in which the set has them in memory, and as they come where they
// are one.
std::vector<std::uint32_t> order_in_memory(const std::vector<RevisionId>& ids) {
  constexpr unsigned kBits = 11;
  std::vector<std::uint32_t> place_of(std::size_t{1} << kBits);
  const auto bucket = [](const RevisionId& id) {
    return (id.high >> 61U << (kBits - 3)) | (id.low >> (67 - kBits));
  };
  for (const RevisionId& id : ids) ++place_of[bucket(id)];
  std::uint32_t sum = 0;
  for (std::uint32_t& place : place_of) sum += std::exchange(place, sum);
  std::vector<std::uint32_t> order(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i)
    order[place_of[bucket(ids[i])]++] = static_cast<std::uint32_t>(i);
  return order;
}

}  // namespace

// Leaves out the rows whose revision is stored already.
void SourceRun::keep_new(store::Delivery& delivery) {
  constexpr std::size_t kAhead = 32;
  constexpr std::size_t kNear = 12;
  revisions_.clear();
  for (const TakenRow& row : taken_)
    revisions_.push_back(revision_id(row.frame->record, row.frame->content, row.frame->revision_at));
  const std::vector<std::uint32_t> order = order_in_memory(revisions_);
  std::vector<std::uint8_t> is_new(taken_.size());
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    if (i + kAhead < taken_.size()) known_.prefetch(revisions_[order[i + kAhead]]);
    if (i + kNear < taken_.size()) known_.prefetch_place(revisions_[order[i + kNear]]);
    is_new[order[i]] = known_.insert(revisions_[order[i]]) ? 1 : 0;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    taken_[kept] = taken_[i];
    kept += is_new[i];
  }
  delivery.repeated += static_cast<std::int64_t>(taken_.size() - kept);
  delivery.accepted += static_cast<std::int64_t>(kept);
  taken_.resize(kept);
}

Status SourceRun::write_records(const contract::RecordBatch& batch) {
  if (taken_.empty()) return {};
  const std::size_t count = taken_.size();
  std::size_t place = 0;
  const auto next = [&]() -> ColumnBuffer& { return records_->column(place++); };
  const auto frame_of = [&](std::size_t i) -> const RecordFrame& { return *taken_[i].frame; };
  next().uuids(count, [&](std::size_t i) { return frame_of(i).record; });
  next().uuids(count, [&](std::size_t i) { return frame_of(i).content; });
  next().integers_or_null(count, [&](std::size_t i) { return frame_of(i).revision_at; });
  next().integers_of(count, [&](std::size_t i) { return frame_of(i).delivery; });
  next().integers_of(count, [&](std::size_t i) { return frame_of(i).row; });
  taken_rows_.clear();
  for (const TakenRow& row : taken_) taken_rows_.push_back(static_cast<std::uint32_t>(row.batch_row));
  for (std::size_t i = 0; i < plan_.contract.fields.size(); ++i) {
    const Field& field = plan_.contract.fields[i];
    if (!is_shared(field) && !is_hashed(field)) continue;
    if (column_of_[i] < 0) {
      next().nulls(count);
    } else {
      write_field(field, batch.columns[static_cast<std::size_t>(column_of_[i])], next());
    }
  }
  return records_->end_rows();
}

void SourceRun::write_field(const Field& field, const Column& column, ColumnBuffer& out) const {
  if (is_hashed(field)) {
    for (const std::uint32_t row : taken_rows_) {
      if (column.is_null(row)) {
        out.null();
      } else {
        out.text(keyed_hash_hex(environment_.context.personal_key, to_text(field.personal),
                                plain_text(column, row)));
      }
    }
  } else if (stored_type(field.type) == StoredType::text) {
    out.take_texts({column.bytes, column.offsets, column.valid}, taken_rows_, ColumnBuffer::Empty::text);
  } else if (field.type == ColumnType::number) {
    out.take_numbers(column.numbers, column.valid, taken_rows_);
  } else {
    out.take_integers(column.integers, column.valid, taken_rows_);
  }
}

Status SourceRun::seal_personal(const contract::RecordBatch& batch) {
  for (const TakenRow& row : taken_) {
    WEIR_TRY_STATUS(seal_personal(batch, row.batch_row, *row.frame, mapping_.person_of(row.batch_row)));
  }
  return {};
}

Status SourceRun::seal_personal(const contract::RecordBatch& batch, std::size_t row, const RecordFrame& frame,
                                const std::string& person) {
  JsonWriter fields(0);
  bool any = false;
  for (std::size_t i = 0; i < plan_.contract.fields.size(); ++i) {
    const Field& field = plan_.contract.fields[i];
    if (is_shared(field) || column_of_[i] < 0) continue;
    const Column& column = batch.columns[static_cast<std::size_t>(column_of_[i])];
    if (column.is_null(row)) continue;
    if (!any) fields.begin_object();
    fields.field(field.name, normal_text(column, row));
    any = true;
  }
  if (!any) return {};
  const std::string handle = person.empty() ? "record " + to_text(frame.record) : person;
  return sink_.personal(handle, frame.record, frame.content, fields.end_object().text());
}

Status SourceRun::reject(store::Delivery& delivery, const contract::Rejected& record) {
  ++delivery.rows;
  ++delivery.rejected;
  ++rows_done_;
  return sink_.rejected(delivery, record);
}

Status SourceRun::reject_row(const contract::RecordBatch& batch, std::size_t row, store::Delivery& delivery,
                             const std::string& clause, const std::string& field, const std::string& reason) {
  JsonWriter payload(0);
  payload.begin_object();
  for (std::size_t c = 0; c < batch.columns.size(); ++c) {
    if (!batch.columns[c].is_null(row)) payload.field(batch.names[c], normal_text(batch.columns[c], row));
  }
  return reject(delivery,
                contract::Rejected{batch.rows[row], 0, field, reason, clause, payload.end_object().text()});
}

Status SourceRun::finish_part(store::PartWriter& writer, PartKind kind) {
  if (writer.row_count() == 0) return {};
  store::Part part;
  part.kind = kind;
  part.source = plan_.source->name;
  part.contract_version = plan_.contract_version;
  part.mapping_version = plan_.mapping_version;
  WEIR_TRY(part, writer.finish(part));
  outcome_.parts.push_back(std::move(part));
  return {};
}

Status SourceRun::flush(bool all) {
  if (!all && std::max({records_->row_count(), events_->row_count(), entities_->row_count()}) < kRowsPerPart)
    return {};
  WEIR_TRY_STATUS(finish_part(*records_, PartKind::records));
  WEIR_TRY_STATUS(finish_part(*events_, PartKind::events));
  return finish_part(*entities_, PartKind::entities);
}

Status SourceRun::close() {
  WEIR_TRY_STATUS(flush(true));
  constexpr std::size_t kMostNames = 5;
  if (!unknown_.empty()) {
    std::string names;
    std::size_t shown = 0;
    for (const std::string& name : unknown_) {
      if (++shown > kMostNames) break;
      names += (names.empty() ? "" : ", ") + name;
    }
    if (unknown_.size() > kMostNames)
      names += " and " + std::to_string(unknown_.size() - kMostNames) + " more";
    outcome_.notes.push_back("columns that are not in the contract of '" + plan_.source->name +
                             "' were left out: " + names);
  }
  if (mapping_.unreadable_handles() > 0) {
    outcome_.notes.push_back(std::to_string(mapping_.unreadable_handles()) +
                             " values in e-mail or phone keys of '" + plan_.source->name +
                             "' are none; their events name nobody by them");
  }
  return {};
}

Result<SourceOutcome> ingest_source(IngestEnvironment& environment, const SourcePlan& plan,
                                    const std::vector<InputFile>& files, const store::Manifest& manifest,
                                    RecordSink& sink, const Progress& progress) {
  std::vector<Error> errors;
  Mapping mapping =
      Mapping::compile(*plan.source, plan.contract, environment.binder, environment.context, errors);
  if (!errors.empty()) return fail(errors.front());

  std::set<std::pair<std::string, std::optional<std::int64_t>>> taken;
  for (const auto& delivery : manifest.deliveries) {
    const bool same = delivery.source == plan.source->name &&
                      delivery.contract_version == plan.contract_version &&
                      delivery.mapping_version == plan.mapping_version;
    if (same) taken.emplace(delivery.hash, delivery.taken_at);
  }
  SourceRun run(environment, plan, sink, mapping);
  bool opened = false;
  std::int64_t next_id = manifest.next_delivery_id();
  for (const InputFile& file : files) {
    WEIR_TRY(const store::FileDigest digest, store::digest_file(environment.files, file.path));
    if (!taken.emplace(digest.hash, file.taken_at).second) {
      ++run.outcome().skipped_files;
      continue;
    }
    if (!opened) WEIR_TRY_STATUS(run.open(manifest));
    opened = true;
    WEIR_TRY_STATUS(run.take_file(file, digest, next_id++, progress));
  }
  if (opened) WEIR_TRY_STATUS(run.close());
  return std::move(run.outcome());
}

}  // namespace weir::ingest
