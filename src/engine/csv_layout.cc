#include "engine/csv_layout.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "ingest/csv_reader.h"

namespace weir::engine {
namespace {

std::string meta_key(const std::string& file_hash) {
  return "csv_layout/" + file_hash;
}

Result<std::string> layout_json(FileSystem& files, const ingest::SourcePlan& plan, const std::string& path) {
  WEIR_TRY(const auto reader, ingest::CsvReader::open(files, path, plan.read.csv));
  JsonWriter out(0);
  out.begin_object()
      .field("delimiter", std::string(1, reader->dialect().delimiter))
      .field("quote", std::string(1, reader->dialect().quote));
  out.key("header").begin_array();
  for (const auto& name : reader->columns()) out.value(name);
  return out.end_array().end_object().text();
}

}  // namespace

Status keep_layouts(store::ControlStore& control, FileSystem& files, const ingest::SourcePlan& plan,
                    const std::vector<ingest::InputFile>& inputs, const ingest::SourceOutcome& outcome) {
  for (const auto& delivery : outcome.deliveries) {
    if (delivery.rejected == 0) continue;
    const auto input = std::find_if(inputs.begin(), inputs.end(), [&](const auto& file) {
      return file_name(file.path) == delivery.name && file.taken_at == delivery.taken_at;
    });
    if (input == inputs.end()) continue;
    WEIR_TRY(const auto format, ingest::format_of(input->path, plan.read.format));
    if (format != workspace::FileFormat::csv) continue;
    WEIR_TRY(const std::string json, layout_json(files, plan, input->path));
    WEIR_TRY_STATUS(control.set_meta(meta_key(delivery.hash), json));
  }
  return {};
}

Result<CsvLayout> layout_of(store::ControlStore& control, const ingest::SourcePlan& plan,
                            const std::string& file_hash) {
  CsvLayout layout;
  layout.csv = plan.read.csv;
  WEIR_TRY(const auto kept, control.meta(meta_key(file_hash)));
  const auto json = kept ? nlohmann::json::parse(*kept, nullptr, false) : nlohmann::json();
  if (json.is_object()) {
    layout.header = json.value("header", std::vector<std::string>{});
    const std::string delimiter = json.value("delimiter", ""), quote = json.value("quote", "");
    if (!delimiter.empty()) layout.csv.delimiter = delimiter.front();
    if (!quote.empty()) layout.csv.quote = quote.front();
  }
  if (layout.header.empty()) {
    for (const auto& field : plan.contract.fields) layout.header.push_back(field.source_name);
  }
  return layout;
}

}  // namespace weir::engine
