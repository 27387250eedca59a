// Any bytes as the JSON of a model: no crash; what is read comes back when it is written, and scores a
// subject of whom nothing is known.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "features/feature_matrix.h"
#include "risk/ensemble.h"
#include "risk/model.h"

namespace {

// One row of nulls in the columns that the encoder asks for.
weir::features::FeatureMatrix nothing_known(const weir::risk::Encoder& encoder) {
  weir::features::FeatureMatrix matrix{.row_count = 1, .columns = {}};
  for (const auto& feature : encoder.features) {
    weir::features::FeatureColumn column;
    column.name = feature.name;
    column.group = feature.group;
    column.version = feature.version;
    column.type = feature.type;
    column.monotone = feature.monotone;
    if (feature.type == weir::features::ColumnType::number) {
      column.numbers = {__builtin_nan("")};
    } else {
      column.codes = {weir::features::kNoLevel};
    }
    matrix.columns.push_back(column);
  }
  return matrix;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto model = weir::risk::model_from_json(text);
  if (!model.has_value()) return 0;
  const std::string written = weir::risk::to_json(model.value());
  const auto again = weir::risk::model_from_json(written);
  WEIR_CHECK(again.has_value(), "a written model cannot be read");
  WEIR_CHECK(weir::risk::to_json(again.value()) == written, "a written model is read differently");
  if (!model.value().ensemble) return 0;
  const auto matrix = nothing_known(model.value().ensemble->encoder);
  const auto margins = weir::risk::margins(*model.value().ensemble, matrix);
  if (!margins.has_value()) return 0;
  const auto contributions = weir::risk::contributions(*model.value().ensemble, matrix);
  WEIR_CHECK(contributions.has_value(), "a margin without contributions");
  static_cast<void>(model.value().calibrator.apply(margins.value()[0]));
  return 0;
}
