// One run over records of one source, wherever they are read from: files, stored parts, quarantine.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ingest/ingest_source.h"
#include "ingest/read_ahead.h"
#include "ingest/revision_set.h"
#include "store/part_writer.h"

namespace weir::ingest {

// open(), then take_file() or take_block() for each delivery, then close(); outcome() has what is new. All
// arguments must outlive it. Not thread-safe.
class SourceRun {
 public:
  SourceRun(IngestEnvironment& environment, const SourcePlan& plan, RecordSink& sink, Mapping& mapping)
      : environment_(environment), plan_(plan), sink_(sink), mapping_(mapping) {}

  // Revisions whose record parts `manifest` lists are known: they count as repeated and are not written
  // again.
  [[nodiscard]] Status open(const store::Manifest& manifest);
  // Adds a delivery to the outcome, with the number `id`.
  [[nodiscard]] Status take_file(const InputFile& file, const store::FileDigest& digest, std::int64_t id,
                                 const Progress& progress);
  // Counts go into `delivery`, which is the caller's; its id, taken_at and the batch's rows become
  // provenance.
  [[nodiscard]] Status take_block(const contract::RecordBatch& batch,
                                  const std::vector<contract::Rejected>& rejected, store::Delivery& delivery);
  // Writes the last parts.
  [[nodiscard]] Status close();
  [[nodiscard]] SourceOutcome& outcome() noexcept { return outcome_; }

 private:
  [[nodiscard]] Result<bool> is_worth_a_thread(const InputFile& file, const store::FileDigest& digest) const;
  [[nodiscard]] Status take_batch(const contract::RecordBatch& batch, store::Delivery& delivery);
  [[nodiscard]] Status keep_sound(const contract::RecordBatch& batch, store::Delivery& delivery);
  void expect_rows(const ReadBlock& block, std::uint64_t file_bytes);
  void keep_new(store::Delivery& delivery);
  [[nodiscard]] Status write_records(const contract::RecordBatch& batch);
  void write_field(const contract::Field& field, const contract::Column& column,
                   store::ColumnBuffer& out) const;
  [[nodiscard]] Status seal_personal(const contract::RecordBatch& batch);
  [[nodiscard]] Status reject(store::Delivery& delivery, const contract::Rejected& record);
  [[nodiscard]] Status reject_row(const contract::RecordBatch& batch, std::size_t row,
                                  store::Delivery& delivery, const std::string& clause,
                                  const std::string& field, const std::string& reason);
  [[nodiscard]] Status seal_personal(const contract::RecordBatch& batch, std::size_t row,
                                     const RecordFrame& frame, const std::string& person);
  [[nodiscard]] Status flush(bool all);
  [[nodiscard]] Status finish_part(store::PartWriter& writer, store::PartKind kind);
  [[nodiscard]] Status load_known(const store::Manifest& manifest);

  IngestEnvironment& environment_;
  const SourcePlan& plan_;
  RecordSink& sink_;
  Mapping& mapping_;
  SourceOutcome outcome_;
  RevisionSet known_;
  std::size_t known_before_file_{0};
  std::unique_ptr<store::PartWriter> records_, events_, entities_;
  // Of the block at hand:
  std::vector<int> column_of_;  // per contract field: its place in the batch
  std::vector<RecordFrame> frames_;
  std::vector<TakenRow> taken_;            // rows that go on, with frames of `frames_`
  std::vector<std::uint32_t> taken_rows_;  // of the batch; the same ones
  std::vector<RevisionId> revisions_;
  bool has_personal_{false};  // the contract has fields that do not stand in shared columns
  std::int64_t rows_done_{0};
  std::uint64_t bytes_done_{0};
  std::set<std::string> unknown_;
};

}  // namespace weir::ingest
