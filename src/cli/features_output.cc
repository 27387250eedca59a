#include "cli/features_output.h"

#include <algorithm>
#include <bit>

#include "store/parquet_writer.h"

namespace weir::cli {

using features::ColumnType;
using features::FeatureColumn;
using features::FeatureMatrix;
using features::Monotone;

namespace {

std::string monotone_text(Monotone monotone) {
  if (monotone == Monotone::rising) return "rising";
  return monotone == Monotone::falling ? "falling" : "free";
}

// Numbers that are in memory at a time: half a million rows of 40 features. A subject whose points stand in
// several blocks is read in each of them, so blocks are no smaller than they must.
constexpr std::size_t kBlockCells = std::size_t{24} << 20U;
constexpr std::size_t kMostBlockRows = std::size_t{1} << 22U;

void write_levels(store::ColumnBuffer& out, std::span<const std::uint64_t> codes,
                  std::span<const std::string> levels) {
  for (const std::uint64_t code : codes) {
    const auto level = static_cast<std::uint32_t>(code);
    if (level == features::kNoLevel) {
      out.null();
    } else {
      out.text(levels[level]);
    }
  }
}

Status write_group(store::ParquetWriter& writer, std::span<const FeatureRowName> names,
                   const engine::FeatureRows& rows, const features::CellRows& cells, std::size_t first,
                   bool with_versions) {
  for (const FeatureRowName& name : names) {
    writer.column(0).text(name.subject);
    writer.column(1).integer(name.as_of);
  }
  constexpr std::size_t kTile = features::CellRows::kTile;
  std::vector<std::uint64_t> tile(kTile * names.size());
  std::uint64_t* to[kTile];
  for (std::size_t d = 0; d < kTile; ++d) to[d] = tile.data() + d * names.size();
  std::vector<double> numbers(names.size());
  const auto& definitions = rows.plan().definitions;
  for (std::size_t d = 0; d < definitions.size(); ++d) {
    if (d % kTile == 0)
      cells.copy_columns(first, names.size(), d, std::min(kTile, definitions.size() - d), to);
    const std::uint64_t* column = to[d % kTile];
    if (definitions[d].type == ColumnType::number) {
      for (std::size_t i = 0; i < names.size(); ++i) numbers[i] = std::bit_cast<double>(column[i]);
      writer.column(d + 2).numbers_or_null(numbers);
    } else {
      write_levels(writer.column(d + 2), {column, names.size()}, rows.levels(d));
    }
  }
  for (std::size_t i = 0; with_versions && i < names.size(); ++i) {
    writer.column(definitions.size() + 2).text(rows.plan().version);
    writer.column(definitions.size() + 3).text(rows.context_version(names[i].as_of));
  }
  return writer.write_group();
}

}  // namespace

Table catalogue_table(const engine::FeaturePlan& plan) {
  Table table({{"feature"}, {"group"}, {"type"}, {"risk"}, {"version"}, {"description"}});
  for (const auto& definition : plan.definitions) {
    table.add_row({Cell::text(definition.name), Cell::text(definition.group),
                   Cell::text(definition.type == ColumnType::number ? "number" : "category"),
                   Cell::text(monotone_text(definition.monotone)), Cell::text(definition.version),
                   Cell::text(definition.description)});
  }
  return table;
}

Table features_table(const engine::FeatureRows& rows, std::span<const features::Point> points,
                     std::span<const FeatureRowName> names, bool with_versions) {
  const FeatureMatrix matrix = rows.compute(points).matrix;
  std::vector<TableColumn> columns{{"subject"}, {"as_of", ColumnKind::time}};
  for (const FeatureColumn& column : matrix.columns) {
    columns.push_back(
        {column.name, column.type == ColumnType::number ? ColumnKind::number : ColumnKind::text});
  }
  if (with_versions) columns.insert(columns.end(), {{"feature_version"}, {"context_version"}});
  Table table(std::move(columns));
  for (std::size_t row = 0; row < names.size(); ++row) {
    std::vector<Cell> cells{Cell::text(names[row].subject), Cell::time(names[row].as_of)};
    for (const FeatureColumn& column : matrix.columns) {
      if (column.is_null(row)) {
        cells.push_back(Cell::null());
      } else if (column.type == ColumnType::number) {
        cells.push_back(Cell::number(column.numbers[row]));
      } else {
        cells.push_back(Cell::text(column.levels[column.codes[row]]));
      }
    }
    if (with_versions) {
      cells.push_back(Cell::text(rows.plan().version));
      cells.push_back(Cell::text(rows.context_version(points[row].at)));
    }
    table.add_row(std::move(cells));
  }
  return table;
}

Status write_features_parquet(const Context& context, const engine::FeatureRows& rows,
                              std::span<const features::Point> points, std::span<const FeatureRowName> names,
                              bool with_versions) {
  using store::StoredType;
  std::vector<store::StoredColumn> columns{{"subject", StoredType::text}, {"as_of", StoredType::timestamp}};
  for (const auto& definition : rows.plan().definitions) {
    columns.push_back(
        {definition.name, definition.type == ColumnType::number ? StoredType::number : StoredType::text});
  }
  if (with_versions)
    columns.insert(columns.end(),
                   {{"feature_version", StoredType::text}, {"context_version", StoredType::text}});
  const std::size_t block_rows = std::clamp<std::size_t>(kBlockCells / columns.size(), 1, kMostBlockRows);
  const std::string temporary = context.out + ".tmp";
  store::ParquetWriter writer(*context.files, temporary, std::move(columns), store::PageCodec::none);
  features::CellRows cells;
  for (std::size_t begin = 0; begin < points.size(); begin += block_rows) {
    const std::size_t end = std::min(points.size(), begin + block_rows);
    rows.compute_cells(points.subspan(begin, end - begin), cells);
    for (std::size_t first = begin; first < end; first += store::ParquetWriter::kGroupRows) {
      const std::size_t count = std::min(end - first, store::ParquetWriter::kGroupRows);
      WEIR_TRY_STATUS(
          write_group(writer, names.subspan(first, count), rows, cells, first - begin, with_versions));
    }
  }
  WEIR_TRY_STATUS(writer.finish());
  WEIR_TRY_STATUS(context.files->rename(temporary, context.out));
  return context.files->sync_directory(parent_path(context.out));
}

}  // namespace weir::cli
