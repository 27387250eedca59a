// Columns of features in a table of the query engine: DOUBLE for numbers, VARCHAR for categories, null for
// null.
#pragma once

#include <string>
#include <string_view>

#include "features/feature_matrix.h"
#include "store/query_engine.h"

namespace weir::engine {

// ", "<prefix><name>" DOUBLE, ..." for all columns: what a CREATE TABLE has after its own columns.
[[nodiscard]] std::string feature_columns_sql(const features::FeatureMatrix& matrix,
                                              std::string_view prefix = {});
// The values of one row, in the order of the columns.
void write_feature_values(store::TableWriter& writer, const features::FeatureMatrix& matrix, std::size_t row);

}  // namespace weir::engine
