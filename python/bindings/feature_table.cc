#include "feature_table.h"

#include "base/file_system.h"

namespace weir::python {

Result<features::PlannedFeatures> open_features(const std::string& state, const std::string& plan_path) {
  const auto files = posix_file_system();
  WEIR_TRY(const std::string text, files->read_file(plan_path));
  WEIR_TRY(features::PlanFile plan, features::plan_file_from_json(text));
  const std::string path = join_path(join_path(state, "timelines"), file_name(plan.timelines));
  if (!files->exists(path)) {
    return fail(Errc::state, plan_path + " was made for the timelines " + plan.timelines + ", which " + state +
                                 " does not have any more; write it again: weir features --plan");
  }
  return features::PlannedFeatures::open(*files, path, std::move(plan));
}

Result<Table> feature_table(const features::PlannedFeatures& planned, ArrowInput points, unsigned threads) {
  std::vector<std::string> names;
  std::vector<std::int64_t> times;
  std::vector<features::Point> asked;
  WEIR_TRY_STATUS(points.for_each_table_block([&](const TableBlock& block) -> Status {
    WEIR_TRY(const ColumnBlock subject_column, block.column("subject"));
    WEIR_TRY(const ColumnBlock time_column, block.column("as_of"));
    WEIR_TRY(const auto subjects, subject_column.texts());
    WEIR_TRY(const auto instants, time_column.instants());
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      const std::string row = "row " + std::to_string(names.size() + 1) + " of the points ";
      if (!subjects[i] || !instants[i]) return fail(Errc::invalid_argument, row + "has no " + (subjects[i] ? "as_of" : "subject"));
      const auto subject = planned.subject_named(*subjects[i]);
      if (!subject) return fail(Errc::not_found, row + "names a subject that the funnel " + planned.plan().funnel_name + " does not have");
      names.emplace_back(*subjects[i]);
      times.push_back(*instants[i]);
      asked.push_back({*subject, *instants[i]});
    }
    return {};
  }));
  features::FeatureMatrix matrix = planned.compute(asked, threads).matrix;
  std::vector<TableColumn> columns;
  columns.push_back(text_column("subject", names));
  columns.push_back(instant_column("as_of", std::move(times)));
  for (features::FeatureColumn& column : matrix.columns) {
    if (column.type == features::ColumnType::category) {
      columns.push_back(category_column(column.name, std::move(column.codes), column.levels));
    } else {
      columns.push_back(number_column(column.name, std::move(column.numbers)));
    }
  }
  return Table(static_cast<std::int64_t>(names.size()), std::move(columns));
}

}  // namespace weir::python
