#include "ingest/file_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "contract/apply.h"
#include "ingest/csv_reader.h"
#include "ingest/jsonl_reader.h"
#include "ingest/parquet_reader.h"
#include "ingest/xes_reader.h"

namespace weir::ingest {
namespace {

using contract::Contract;
using contract::Field;
using contract::RawBatch;
using contract::RecordBatch;
using contract::Rejected;
using workspace::FileFormat;

constexpr std::int64_t kFirstRows = 20'000;  // of a JSON file: columns are drawn from these
constexpr std::size_t kInferenceBatch = 4'096;

std::size_t block_bytes(const ReadOptions& options) noexcept {
  return options.block_bytes == 0 ? kDefaultBlockBytes : options.block_bytes;
}

// Which column of the file is the field: by the name as written, else by the normalised one.
int column_of(const Field& field, const Header& header) {
  const auto written = std::find(header.source_names.begin(), header.source_names.end(), field.source_name);
  if (!field.source_name.empty() && written != header.source_names.end()) {
    return static_cast<int>(written - header.source_names.begin());
  }
  const auto named = std::find(header.names.begin(), header.names.end(), field.name);
  return named == header.names.end() ? -1 : static_cast<int>(named - header.names.begin());
}

struct Binding {
  std::vector<int> column_of_field;
  std::vector<std::string> unknown;
};

Status refuse_unknown(const Contract& contract, const std::vector<std::string>& unknown,
                      const std::string& path) {
  if (contract.allow_unknown_columns || unknown.empty()) return {};
  std::string names;
  for (const std::string& name : unknown) names += (names.empty() ? "'" : ", '") + name + "'";
  return fail(Errc::invalid_data,
              path + " has columns that its contract does not: " + names +
                  "; declare them there, or say allowUnknownColumns: true to leave them out",
              Place{path, 1, 0});
}

Result<Binding> bind_columns(const Contract& contract, const Header& header, const std::string& path) {
  Binding binding;
  std::vector<bool> known(header.names.size(), false);
  std::string missing;
  for (const Field& field : contract.fields) {
    const int column = column_of(field, header);
    binding.column_of_field.push_back(column);
    if (column >= 0) known[static_cast<std::size_t>(column)] = true;
    if (column < 0 && field.required && !header.names.empty())
      missing += (missing.empty() ? "'" : ", '") + field.name + "'";
  }
  if (!missing.empty()) {
    return fail(Errc::invalid_data, path + " lacks columns that its contract requires: " + missing,
                Place{path, 1, 0});
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (!known[i]) binding.unknown.push_back(header.names[i]);
  }
  WEIR_TRY_STATUS(refuse_unknown(contract, binding.unknown, path));
  return binding;
}

class CheckedReader final : public FileReader {
 public:
  CheckedReader(std::string path, std::unique_ptr<RawReader> reader,
                std::unique_ptr<contract::ContractChecker> checker, std::vector<std::string> unknown,
                std::size_t batch_rows) noexcept
      : path_(std::move(path)),
        reader_(std::move(reader)),
        checker_(std::move(checker)),
        unknown_(std::move(unknown)),
        batch_rows_(batch_rows) {}

  Result<bool> next(RecordBatch& out, std::vector<Rejected>& rejected) override {
    WEIR_TRY(const bool more, reader_->next(raw_, rejected, batch_rows_));
    if (!checker_->contract().allow_unknown_columns)
      WEIR_TRY_STATUS(refuse_unknown(checker_->contract(), unknown_columns(), path_));
    checker_->apply(raw_, out, rejected);
    return more;
  }
  std::uint64_t bytes_read() const override { return reader_->bytes_read(); }
  std::uint64_t bytes_total() const override { return reader_->bytes_total(); }
  std::vector<std::string> notes() const override { return reader_->notes(); }
  std::vector<std::string> unknown_columns() const override {
    std::vector<std::string> all = unknown_;
    for (const std::string& path : reader_->undeclared()) {
      std::string name = contract::normalised_name(path);
      if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(std::move(name));
    }
    return all;
  }

 private:
  std::string path_;
  std::unique_ptr<RawReader> reader_;
  std::unique_ptr<contract::ContractChecker> checker_;
  std::vector<std::string> unknown_;
  std::size_t batch_rows_;
  RawBatch raw_;
};

std::vector<JsonColumn> json_columns(const Contract& contract) {
  std::vector<JsonColumn> columns;
  for (const Field& field : contract.fields) {
    columns.push_back({field.source_name, field.name, field.type == contract::ColumnType::json});
  }
  return columns;
}

// Without a contract all that the beginning of a JSON file shows.
Result<std::vector<JsonColumn>> json_columns(FileSystem& files, const std::string& path,
                                             const ReadOptions& options) {
  return discover_json_columns(files, path, options.csv.encoding, kFirstRows, block_bytes(options));
}

Result<std::unique_ptr<RawReader>> open_xes(FileSystem& files, const std::string& path,
                                            const ReadOptions& options, const Contract* contract) {
  std::vector<XesColumn> columns;
  if (contract == nullptr) {
    WEIR_TRY(columns, discover_xes_columns(files, path, kInferenceBytes, block_bytes(options)));
  } else {
    for (const Field& field : contract->fields) columns.push_back({field.source_name, field.name});
  }
  WEIR_TRY(auto reader, XesReader::open(files, path, std::move(columns), block_bytes(options)));
  return std::unique_ptr<RawReader>(std::move(reader));
}

Result<std::unique_ptr<RawReader>> open_raw(FileSystem& files, store::QueryEngine& engine,
                                            const std::string& path, const ReadOptions& options,
                                            const Contract* contract) {
  WEIR_TRY(const FileFormat format, format_of(path, options.format));
  if (format == FileFormat::csv) {
    WEIR_TRY(auto reader, CsvReader::open(files, path, options.csv, block_bytes(options)));
    return std::unique_ptr<RawReader>(std::move(reader));
  }
  if (format == FileFormat::parquet) {
    WEIR_TRY(auto reader, ParquetReader::open(files, engine, path));
    return std::unique_ptr<RawReader>(std::move(reader));
  }
  if (format == FileFormat::xes) return open_xes(files, path, options, contract);
  std::vector<JsonColumn> columns;
  if (contract != nullptr) {
    columns = json_columns(*contract);
  } else {
    WEIR_TRY(columns, json_columns(files, path, options));
  }
  WEIR_TRY(auto reader,
           JsonlReader::open(files, path, options.csv.encoding, std::move(columns), block_bytes(options)));
  return std::unique_ptr<RawReader>(std::move(reader));
}

// The date format declared for a source holds for the dates (or, with a time of day in it, the instants)
// whose written contract names none. An inferred contract has looked at the values.
Contract with_declared_format(const Contract& contract, const std::string& format) {
  Contract completed = contract;
  if (format.empty() || contract.inferred) return completed;
  const bool has_time = format.find("%H") != std::string::npos || format.find("%I") != std::string::npos ||
                        format.find("%T") != std::string::npos || format.starts_with("epoch");
  for (Field& field : completed.fields) {
    const bool fits = field.type == (has_time ? contract::ColumnType::timestamp : contract::ColumnType::date);
    if (fits && field.date_format.empty()) field.date_format = format;
  }
  return completed;
}

Header header_of(const RawReader& reader) {
  return {reader.columns(), contract::normalised_names(reader.columns())};
}

}  // namespace

Result<FileFormat> format_of(const std::string& path, FileFormat declared) {
  if (declared != FileFormat::automatic) return declared;
  std::string name = file_name(path);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool is_packed = name.ends_with(".gz");
  if (is_packed) name.resize(name.size() - 3);
  static constexpr auto kEndings =
      std::to_array<std::pair<std::string_view, FileFormat>>({{".csv", FileFormat::csv},
                                                              {".tsv", FileFormat::csv},
                                                              {".txt", FileFormat::csv},
                                                              {".jsonl", FileFormat::jsonl},
                                                              {".ndjson", FileFormat::jsonl},
                                                              {".json", FileFormat::jsonl},
                                                              {".parquet", FileFormat::parquet},
                                                              {".xes", FileFormat::xes}});
  for (const auto& [ending, format] : kEndings) {
    if (!name.ends_with(ending)) continue;
    if (is_packed && format == FileFormat::parquet)
      return fail(Errc::configuration, path + " is Parquet in gzip, which cannot be read; unpack it first");
    return format;
  }
  return fail(Errc::configuration,
              "the format of " + path + " does not show in its name; say format: csv, jsonl, parquet or xes");
}

Result<std::unique_ptr<FileReader>> open_file(FileSystem& files, store::QueryEngine& engine,
                                              const std::string& path, const Contract& contract,
                                              const ReadOptions& options) {
  WEIR_TRY(auto reader, open_raw(files, engine, path, options, &contract));
  const Contract completed = with_declared_format(contract, options.csv.date_format);
  WEIR_TRY(auto checker, contract::ContractChecker::create(completed, options.zone, options.csv.null_values));
  WEIR_TRY(const FileFormat format, format_of(path, options.format));
  std::vector<std::string> unknown;
  if (format == FileFormat::csv ||
      format == FileFormat::parquet) {  // of others the columns are the contract's
    WEIR_TRY(Binding binding, bind_columns(contract, header_of(*reader), path));
    checker->bind(std::move(binding.column_of_field));
    unknown = std::move(binding.unknown);
  }
  return std::unique_ptr<FileReader>(
      std::make_unique<CheckedReader>(path, std::move(reader), std::move(checker), std::move(unknown),
                                      std::max<std::size_t>(options.batch_rows, 1)));
}

Result<Header> read_header(FileSystem& files, store::QueryEngine& engine, const std::string& path,
                           const ReadOptions& options) {
  WEIR_TRY(const auto reader, open_raw(files, engine, path, options, nullptr));
  return header_of(*reader);
}

Status observe_file(FileSystem& files, store::QueryEngine& engine, const std::string& path,
                    const ReadOptions& options, std::uint64_t most_bytes,
                    contract::ContractInference& inference) {
  WEIR_TRY(const auto reader, open_raw(files, engine, path, options, nullptr));
  inference.begin_file(reader->columns());
  RawBatch batch;
  std::vector<Rejected> rejected;
  for (bool first = true; first || reader->bytes_read() <= most_bytes; first = false) {
    rejected.clear();
    const auto more = reader->next(batch, rejected, kInferenceBatch);
    if (!more && first) return fail(more.error());
    if (!more || !*more) break;  // a file that is damaged further on: what was seen before counts
    inference.observe(batch);
  }
  return {};
}

contract::InferOptions infer_options(const ReadOptions& options) {
  return {false, options.csv.null_values, options.csv.date_format};
}

Result<Contract> infer_files(FileSystem& files, store::QueryEngine& engine,
                             const std::vector<std::string>& paths, const ReadOptions& options,
                             const std::string& source_name) {
  contract::ContractInference inference(source_name, infer_options(options));
  for (const std::string& path : paths)
    WEIR_TRY_STATUS(observe_file(files, engine, path, options, kInferenceBytes, inference));
  if (!inference.has_columns()) {
    const std::string named = paths.empty()       ? "no file"
                              : paths.size() == 1 ? paths.front()
                                                  : "none of " + std::to_string(paths.size()) + " files";
    return fail(Errc::invalid_data, named + " holds nothing that columns could be drawn from",
                Place{paths.empty() ? "" : paths.front(), 1, 0});
  }
  return inference.finish();
}

Result<Contract> infer_file(FileSystem& files, store::QueryEngine& engine, const std::string& path,
                            const ReadOptions& options, const std::string& source_name) {
  return infer_files(files, engine, {path}, options, source_name);
}

}  // namespace weir::ingest
