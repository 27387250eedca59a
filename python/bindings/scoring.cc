#include "scoring.h"

#include <algorithm>
#include <cmath>

#include "base/file_system.h"
#include "base/hash.h"

namespace weir::python {

using features::ColumnType;
using features::FeatureColumn;
using features::FeatureMatrix;

namespace {

// ---- the kernel's columns

Status fill_category(const ColumnBlock& block, FeatureColumn& column) {
  WEIR_TRY(const auto texts, block.texts());
  std::vector<std::string_view> levels;
  for (const auto& text : texts) {
    if (text) levels.push_back(*text);
  }
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  for (const auto& text : texts) {
    column.codes.push_back(text ? static_cast<std::uint32_t>(std::lower_bound(levels.begin(), levels.end(), *text) - levels.begin()) : features::kNoLevel);
  }
  column.levels.assign(levels.begin(), levels.end());
  return {};
}

// The model's features of these rows; other columns of the table are not looked at.
Result<FeatureMatrix> matrix_of(const risk::Encoder& encoder, const TableBlock& block) {
  FeatureMatrix matrix;
  matrix.row_count = block.row_count();
  for (const risk::EncodedFeature& feature : encoder.features) {
    FeatureColumn column;
    column.name = feature.name;
    column.group = feature.group;
    column.version = feature.version;
    column.type = feature.type;
    WEIR_TRY(const ColumnBlock values, block.column(feature.name));
    if (feature.type == ColumnType::category) {
      WEIR_TRY_STATUS(fill_category(values, column));
    } else {
      WEIR_TRY(column.numbers, values.numbers());
    }
    matrix.columns.push_back(std::move(column));
  }
  return matrix;
}

// ---- stages and days

Status add_stages(const ColumnBlock& block, std::vector<std::string>& stages) {
  WEIR_TRY(const auto texts, block.texts());
  for (const auto& text : texts) stages.emplace_back(text.value_or(std::string_view{}));
  return {};
}

Status add_days(const ColumnBlock& block, std::vector<double>& days) {
  WEIR_TRY(const auto numbers, block.numbers());
  for (const double number : numbers) {
    if (number < 0) return fail(Errc::invalid_argument, "the days in a stage are negative in a row; they count from the stage's entry");
    days.push_back(std::isnan(number) ? 0 : number);
  }
  return {};
}

// A column of its own is read whole before the table; a column of the table with each block.
template <typename Value>
class RowValues {
 public:
  using Add = Status (*)(const ColumnBlock&, std::vector<Value>&);
  [[nodiscard]] static Result<RowValues> open(ColumnSource source, Add add) {
    RowValues values(add);
    if (auto* name = std::get_if<std::string>(&source)) {
      values.column_ = std::move(*name);
    } else {
      WEIR_TRY_STATUS(std::get<ArrowInput>(source).for_each_column_block([&](const ColumnBlock& block) { return add(block, values.own_); }));
    }
    return values;
  }
  // Those of the table's next rows.
  [[nodiscard]] Result<std::span<const Value>> next(const TableBlock& block) {
    const std::size_t count = block.row_count();
    if (column_.empty()) {
      if (own_.size() - place_ < count) return fail(Errc::invalid_argument, sentence("fewer"));
      place_ += count;
      return std::span<const Value>(own_).subspan(place_ - count, count);
    }
    WEIR_TRY(const ColumnBlock column, block.column(column_));
    own_.clear();
    WEIR_TRY_STATUS(add_(column, own_));
    return std::span<const Value>(own_);
  }
  [[nodiscard]] Status end() const {
    if (column_.empty() && place_ != own_.size()) return fail(Errc::invalid_argument, sentence("more"));
    return {};
  }

 private:
  explicit RowValues(Add add) : add_(add) {}
  static std::string sentence(const char* how) {
    return std::string("stage or days_in_stage has ") + how + " values than the table has rows; give one value per row";
  }
  Add add_;
  std::string column_;
  std::vector<Value> own_;
  std::size_t place_{0};
};

struct Scores {
  std::vector<double> probability, low, high;
  std::vector<std::int32_t> rating;
  std::vector<bool> fallback;

  void add(const std::vector<risk::Score>& scores) {
    for (const risk::Score& score : scores) {
      probability.push_back(score.probability);
      low.push_back(score.low);
      high.push_back(score.high);
      rating.push_back(score.rating);
      fallback.push_back(score.fallback);
    }
  }
  [[nodiscard]] Table table() && {
    const auto rows = static_cast<std::int64_t>(rating.size());
    std::vector<TableColumn> columns;
    columns.push_back(number_column("probability", std::move(probability)));
    columns.push_back(number_column("low", std::move(low)));
    columns.push_back(number_column("high", std::move(high)));
    columns.push_back(rating_column("rating", std::move(rating)));
    columns.push_back(flag_column("fallback", fallback));
    return {rows, std::move(columns)};
  }
};

// ---- contributions

// Row by row from the kernel, column by column to Arrow.
class ContributionColumns {
 public:
  void add(const risk::Contributions& block) {
    names_ = block.features;
    values_.resize(names_.size());
    for (std::size_t row = 0; row < block.row_count; ++row) {
      const auto of_row = block.row(row);
      for (std::size_t i = 0; i < of_row.size(); ++i) values_[i].push_back(of_row[i]);
    }
    rows_ += static_cast<std::int64_t>(block.row_count);
  }
  [[nodiscard]] Table table() && {
    std::vector<TableColumn> columns;
    for (std::size_t i = 0; i < names_.size(); ++i) columns.push_back(number_column(names_[i], std::move(values_[i])));
    return {rows_, std::move(columns)};
  }

 private:
  std::int64_t rows_{0};
  std::vector<std::string> names_;
  std::vector<std::vector<double>> values_;
};

bool looks_like_version(std::string_view name) {
  return name.size() == version_of("").size() && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<OpenModel> open_model(const std::string& path) {
  const auto files = posix_file_system();
  WEIR_TRY(const std::string content, files->read_file(path));
  OpenModel open;
  open.version = version_of(content);
  const std::string name = file_name(path);
  const std::string stem = name.substr(0, name.rfind(".json"));
  if (looks_like_version(stem) && stem != open.version) {
    return fail(Errc::damaged, path + " does not have the bytes it was written with; train again or restore it from a backup");
  }
  WEIR_TRY(open.model, risk::model_from_json(content));
  return open;
}

Result<Table> score_table(const risk::Model& model, ArrowInput table, ColumnSource stage, ColumnSource days_in_stage) {
  WEIR_TRY(auto stages, RowValues<std::string>::open(std::move(stage), add_stages));
  WEIR_TRY(auto days, RowValues<double>::open(std::move(days_in_stage), add_days));
  const risk::Encoder nothing;
  const risk::Encoder& encoder = model.ensemble ? model.ensemble->encoder : nothing;
  Scores scores;
  WEIR_TRY_STATUS(table.for_each_table_block([&](const TableBlock& block) -> Status {
    WEIR_TRY(const FeatureMatrix matrix, matrix_of(encoder, block));
    WEIR_TRY(const auto of_stages, stages.next(block));
    WEIR_TRY(const auto of_days, days.next(block));
    std::vector<risk::ScoreRow> rows;
    for (std::size_t i = 0; i < of_stages.size(); ++i) rows.push_back({of_stages[i], of_days[i]});
    WEIR_TRY(const auto scored, risk::score(model, matrix, rows));
    scores.add(scored);
    return {};
  }));
  WEIR_TRY_STATUS(stages.end());
  WEIR_TRY_STATUS(days.end());
  return std::move(scores).table();
}

Result<Explanation> explain_table(const risk::Model& model, ArrowInput table) {
  if (!model.ensemble) return fail(Errc::state, "the model of " + model.name + " has a baseline only, which has no contributions: " + model.evidence.sentence);
  Explanation explanation;
  ContributionColumns by_feature, by_group;
  const auto explain = [&](const FeatureMatrix& matrix) -> Status {
    WEIR_TRY(const auto contributions, risk::contributions(*model.ensemble, matrix));
    explanation.bias = contributions.bias;
    by_feature.add(contributions);
    by_group.add(risk::group_contributions(*model.ensemble, contributions));
    return {};
  };
  std::size_t blocks = 0;
  WEIR_TRY_STATUS(table.for_each_table_block([&](const TableBlock& block) -> Status {
    ++blocks;
    WEIR_TRY(const FeatureMatrix matrix, matrix_of(model.ensemble->encoder, block));
    return explain(matrix);
  }));
  if (blocks == 0) {
    // A table without rows has its columns and the bias all the same.
    FeatureMatrix empty;
    for (const risk::EncodedFeature& feature : model.ensemble->encoder.features) {
      FeatureColumn column;
      column.name = feature.name;
      column.version = feature.version;
      column.type = feature.type;
      empty.columns.push_back(std::move(column));
    }
    WEIR_TRY_STATUS(explain(empty));
  }
  explanation.by_feature = std::move(by_feature).table();
  explanation.by_group = std::move(by_group).table();
  return explanation;
}

}  // namespace weir::python
