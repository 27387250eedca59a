// Rows of an Arrow table -> scores and reasons of a model, block by block. No Python here.
#pragma once

#include <string>
#include <variant>

#include "arrow_reader.h"
#include "arrow_table.h"
#include "risk/model.h"

namespace weir::python {

struct OpenModel {
  risk::Model model;
  std::string version;   // hash of the file's bytes
};

// Fails with Errc::damaged when the file is named by a version that its bytes do not have.
[[nodiscard]] Result<OpenModel> open_model(const std::string& path);

// Where rows say their stage and how long they have been in it: a column of the table, or a column of its own.
using ColumnSource = std::variant<std::string, ArrowInput>;

// One row per row of the table: probability, low, high, rating, fallback.
[[nodiscard]] Result<Table> score_table(const risk::Model& model, ArrowInput table, ColumnSource stage, ColumnSource days_in_stage);

// margin[i] = bias + the sum of row i, up to 1e-9 of rounding; one column per feature, respectively per group.
struct Explanation {
  double bias{0};
  Table by_feature{0, {}};
  Table by_group{0, {}};
};
// Fails with Errc::state when the model has nothing but its baseline.
[[nodiscard]] Result<Explanation> explain_table(const risk::Model& model, ArrowInput table);

}  // namespace weir::python
