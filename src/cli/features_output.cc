#include "cli/features_output.h"

#include <algorithm>

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

// Numbers that are in memory at a time, of four or eight bytes: a million rows of 40 features. A subject
// whose points stand in several blocks is read in each of them, so blocks are no smaller than they must.
constexpr std::size_t kBlockCells = std::size_t{48} << 20U;
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

// Shows the column of each definition in the grid, a tile at a time.
template <typename Cell, typename Room, typename See>
void for_tiles(const features::CellGrid<Cell>& grid, std::size_t first, std::size_t rows, Room&& room,
               See&& see) {
  constexpr std::size_t kTile = features::CellGrid<Cell>::kTile;
  Cell* to[kTile];
  for (std::size_t begin = 0; begin < grid.width(); begin += kTile) {
    const std::size_t count = std::min(kTile, grid.width() - begin);
    for (std::size_t i = 0; i < count; ++i) to[i] = room(grid.definitions[begin + i], i);
    grid.copy_columns(first, rows, begin, count, to);
    for (std::size_t i = 0; i < count; ++i)
      see(grid.definitions[begin + i], std::span<const Cell>(to[i], rows));
  }
}

Status write_group(store::ParquetWriter& writer, std::span<const features::Point> points,
                   const TextList& subjects, std::size_t begin, const engine::FeatureRows& rows,
                   const features::CellRows& cells, std::size_t first, bool with_versions) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    writer.column(0).text(subjects[begin + i]);
    writer.column(1).integer(points[i].at);
  }
  for_tiles(
      cells.counts, first, points.size(),
      [&](std::size_t d, std::size_t) { return writer.column(d + 2).counts(points.size()).data(); },
      [](std::size_t, std::span<const std::uint32_t>) {});
  std::vector<std::uint64_t> tile(features::CellGrid<std::uint64_t>::kTile * points.size());
  for_tiles(
      cells.cells, first, points.size(),
      [&](std::size_t, std::size_t place) { return tile.data() + place * points.size(); },
      [&](std::size_t d, std::span<const std::uint64_t> column) {
        if (rows.plan().definitions[d].type == ColumnType::number) {
          writer.column(d + 2).numbers_or_null(column);
        } else {
          write_levels(writer.column(d + 2), column, rows.levels(d));
        }
      });
  for (std::size_t i = 0; with_versions && i < points.size(); ++i) {
    const std::size_t behind = rows.plan().definitions.size() + 2;
    writer.column(behind).text(rows.plan().version);
    writer.column(behind + 1).text(rows.context_version(points[i].at));
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
                     const TextList& subjects, bool with_versions) {
  const FeatureMatrix matrix = rows.compute(points).matrix;
  std::vector<TableColumn> columns{{"subject"}, {"as_of", ColumnKind::time}};
  for (const FeatureColumn& column : matrix.columns) {
    columns.push_back(
        {column.name, column.type == ColumnType::number ? ColumnKind::number : ColumnKind::text});
  }
  if (with_versions) columns.insert(columns.end(), {{"feature_version"}, {"context_version"}});
  Table table(std::move(columns));
  for (std::size_t row = 0; row < points.size(); ++row) {
    std::vector<Cell> cells{Cell::text(std::string(subjects[row])), Cell::time(points[row].at)};
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
                              std::span<const features::Point> points, const TextList& subjects,
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
      WEIR_TRY_STATUS(write_group(writer, points.subspan(first, count), subjects, first, rows, cells,
                                  first - begin, with_versions));
    }
  }
  WEIR_TRY_STATUS(writer.finish());
  WEIR_TRY_STATUS(context.files->rename(temporary, context.out));
  return context.files->sync_directory(parent_path(context.out));
}

}  // namespace weir::cli
