#include "engine/draft_columns.h"

#include <algorithm>
#include <functional>

#include "ingest/file_reader.h"

namespace weir::engine {

using contract::ColumnType;

namespace {

std::uint64_t hash_of(std::string_view text) noexcept {
  const std::uint64_t hash = std::hash<std::string_view>{}(text);
  return hash == 0 ? 1 : hash;  // 0 stands for null
}

void observe_text(ColumnProfile& profile, std::string_view text, bool& listed) {
  const std::uint64_t hash = hash_of(text);
  profile.hashes.insert(hash);
  profile.row_hashes.back() = hash;
  if (profile.sample.empty()) profile.sample = text;
  if (!listed || profile.field.type != ColumnType::text) return;
  ++profile.values[std::string(text)];
  if (profile.values.size() <= kListedValues) return;
  listed = false;
  profile.values.clear();
}

void observe(ColumnProfile& profile, const contract::Column& column, const Zone& zone, bool& listed) {
  for (std::size_t row = 0; row < column.size(); ++row) {
    profile.row_hashes.push_back(0);
    if (profile.is_moment()) profile.moments.push_back(kNoMoment);
    if (column.is_null(row)) continue;
    ++profile.filled;
    switch (profile.field.type) {
      case ColumnType::date:
        profile.moments.back() = zone.start_of_day(Date{static_cast<std::int32_t>(column.integers[row])});
        break;
      case ColumnType::timestamp:
        profile.moments.back() = column.integers[row];
        break;
      case ColumnType::integer:
        observe_text(profile, std::to_string(column.integers[row]), listed);
        break;
      case ColumnType::text:
        observe_text(profile, column.text(row), listed);
        break;
      case ColumnType::number:
      case ColumnType::boolean:
      case ColumnType::json:
        break;
    }
  }
}

// A sheet of notes has a first line that names few of its columns.
std::string reason_of_header(const ingest::Header& header) {
  const auto blank = std::count(header.source_names.begin(), header.source_names.end(), "");
  const auto named = static_cast<std::ptrdiff_t>(header.source_names.size()) - blank;
  if (header.source_names.size() < 2) return "it has a single column";
  if (named * 2 > static_cast<std::ptrdiff_t>(header.source_names.size())) return "";
  return "its first line names only " + std::to_string(named) + " of " +
         std::to_string(header.source_names.size()) + " columns";
}

Status read_rows(FileSystem& files, store::QueryEngine& engine, const ingest::ReadOptions& options,
                 TableProfile& table) {
  WEIR_TRY(const auto reader,
           ingest::open_file(files, engine, table.delivery.sample, table.contract, options));
  std::vector<bool> listed(table.columns.size(), true);
  contract::RecordBatch batch;
  std::vector<contract::Rejected> rejected;
  while (table.rows < kDraftRows) {
    WEIR_TRY(const bool more, reader->next(batch, rejected));
    if (!more) break;
    rejected.clear();
    table.rows += static_cast<std::int64_t>(batch.row_count());
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const int at = batch.find(table.columns[i].field.name);
      if (at < 0) continue;
      bool still = listed[i];
      observe(table.columns[i], batch.columns[static_cast<std::size_t>(at)], options.zone, still);
      listed[i] = still;
    }
  }
  for (ColumnProfile& column : table.columns) {
    if (!column.is_nearly_unique()) std::vector<std::uint64_t>().swap(column.row_hashes);
  }
  return {};
}

}  // namespace

bool ColumnProfile::is_moment() const noexcept {
  return field.type == ColumnType::date || field.type == ColumnType::timestamp;
}
bool ColumnProfile::is_number() const noexcept {
  return field.type == ColumnType::integer || field.type == ColumnType::number;
}
bool ColumnProfile::is_name() const noexcept {
  return field.type == ColumnType::text || field.type == ColumnType::integer;
}

const ColumnProfile* TableProfile::find(std::string_view name) const noexcept {
  const auto at = std::find_if(columns.begin(), columns.end(),
                               [&](const ColumnProfile& column) { return column.field.name == name; });
  return at == columns.end() ? nullptr : &*at;
}

Result<TableProfile> profile_table(FileSystem& files, store::QueryEngine& engine, const Delivery& delivery,
                                   const Zone& zone) {
  TableProfile table;
  table.delivery = delivery;
  table.stem = contract::normalised_name(delivery.name);
  ingest::ReadOptions options;
  options.zone = zone;
  WEIR_TRY(const auto header, ingest::read_header(files, engine, delivery.sample, options));
  table.no_table = reason_of_header(header);
  if (!table.no_table.empty()) return table;
  WEIR_TRY(table.contract, ingest::infer_file(files, engine, delivery.sample, options, table.stem));
  for (const auto& field : table.contract.fields) {
    ColumnProfile column;
    column.field = field;
    table.columns.push_back(std::move(column));
  }
  WEIR_TRY_STATUS(read_rows(files, engine, options, table));
  if (table.rows == 0) table.no_table = "it has no records";
  return table;
}

double overlap(const ColumnProfile& from, const ColumnProfile& to) noexcept {
  if (from.hashes.empty()) return 0;
  const auto shared = std::count_if(from.hashes.begin(), from.hashes.end(),
                                    [&](std::uint64_t hash) { return to.hashes.contains(hash); });
  return static_cast<double>(shared) / static_cast<double>(from.hashes.size());
}

}  // namespace weir::engine
