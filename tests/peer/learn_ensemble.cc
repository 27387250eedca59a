// Fits an ensemble on a table and writes the log-odds of its test rows: what compare_learners.py compares
// with scikit-learn and XGBoost. Or measures itself on drawn rows.
//   learn_ensemble IN.csv OUT.csv [THREADS]     header: set, outcome, then n:NAME (number), c:NAME (category)
//                                               or t:NAME (the row's time, a number, once at most); set is
//                                               train, inner or test; an empty cell is null; no quotes
//   learn_ensemble --measure ROWS FEATURES [THREADS]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "risk/ensemble_fit.h"
#include "risk/training_rows.h"

namespace {

using namespace weir;
using features::ColumnType;
using features::FeatureColumn;
using features::FeatureMatrix;

struct Table {
  FeatureMatrix all;
  std::vector<std::string> set;
  std::vector<std::uint8_t> outcome;
  std::vector<double> time;  // of each row; empty without a column t:
};

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',') {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

void encode_levels(FeatureColumn& column, const std::vector<std::string>& texts) {
  std::map<std::string, std::uint32_t> code_of;
  for (const std::string& text : texts) {
    if (!text.empty()) {
      code_of.emplace(text, 0);
    }
  }
  for (auto& [text, code] : code_of) {
    code = static_cast<std::uint32_t>(column.levels.size());
    column.levels.push_back(text);
  }
  for (const std::string& text : texts) {
    column.codes.push_back(text.empty() ? features::kNoLevel : code_of.at(text));
  }
}

Table read_table(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> header = cells_of(line);
  std::vector<std::vector<std::string>> texts(header.size());
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = cells_of(line);
    for (std::size_t place = 0; place < header.size(); ++place) {
      texts[place].push_back(cells.at(place));
    }
  }
  Table table;
  table.set = texts[0];
  table.all.row_count = table.set.size();
  for (const std::string& text : texts[1]) {
    table.outcome.push_back(text == "1" ? 1 : 0);
  }
  for (std::size_t place = 2; place < header.size(); ++place) {
    if (header[place][0] == 't') {
      for (const std::string& text : texts[place]) {
        table.time.push_back(std::stod(text));
      }
      continue;
    }
    FeatureColumn column;
    column.name = column.group = header[place].substr(2);
    if (header[place][0] == 'c') {
      column.type = ColumnType::category;
      encode_levels(column, texts[place]);
    } else {
      for (const std::string& text : texts[place]) {
        column.numbers.push_back(text.empty() ? std::numeric_limits<double>::quiet_NaN() : std::stod(text));
      }
    }
    table.all.columns.push_back(std::move(column));
  }
  return table;
}

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

int failed(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

int compare(const char* in, const char* out, int threads) {
  const Table table = read_table(in);
  std::vector<std::uint32_t> train, test;
  std::vector<std::uint8_t> outcome, inner;
  std::vector<double> time;
  for (std::uint32_t row = 0; row < table.all.row_count; ++row) {
    if (table.set[row] == "test") {
      test.push_back(row);
    } else {
      train.push_back(row);
      outcome.push_back(table.outcome[row]);
      inner.push_back(table.set[row] == "inner" ? 1 : 0);
      if (!table.time.empty()) {
        time.push_back(table.time[row]);
      }
    }
  }
  const FeatureMatrix rows = features::select_rows(table.all, train);
  risk::EnsembleOptions options;
  options.threads = threads;
  const auto fitted = risk::fit_ensemble({rows, outcome, {}, inner, time}, options);
  if (!fitted) {
    return failed(fitted.error());
  }
  std::fprintf(stderr, "%zu training rows, penalty %g, %d rounds, %.2f s CPU\n", train.size(),
               fitted->penalty, fitted->rounds, cpu_seconds());
  const FeatureMatrix held_out = features::select_rows(table.all, test);
  risk::Ensemble linear = fitted->ensemble;
  linear.forest.reset();
  risk::Ensemble trees = fitted->ensemble;
  trees.logistic.reset();
  const auto both = risk::margins(fitted->ensemble, held_out);
  const auto of_linear = risk::margins(linear, held_out);
  const auto of_trees = risk::margins(trees, held_out);
  if (!both || !of_linear || !of_trees) {
    return failed(both ? of_trees.error() : both.error());
  }
  std::ofstream file(out);
  file << "mean,logistic,trees\n";
  for (std::size_t i = 0; i < both->size(); ++i) {
    file << json_number((*both)[i]) << ',' << json_number((*of_linear)[i]) << ','
         << json_number((*of_trees)[i]) << '\n';
  }
  return file.flush() ? 0 : 1;
}

int measure(std::size_t rows, std::size_t features, int threads) {
  const risk::Drawn drawn = risk::draw_rows(rows, features > 4 ? features - 4 : 0, 1);
  for (const bool forest : {false, true}) {
    risk::EnsembleOptions options;
    options.threads = threads;
    options.forest = forest;
    options.logistic = !forest;
    const double start = cpu_seconds();
    const auto fitted = risk::fit_ensemble({drawn.rows, drawn.outcome, {}, drawn.inner}, options);
    if (!fitted) {
      return failed(fitted.error());
    }
    const double trained = cpu_seconds();
    const auto scored = risk::margins(fitted->ensemble, drawn.rows);
    const double after = cpu_seconds();
    const std::size_t few = std::min<std::size_t>(rows, 20'000);
    std::vector<std::uint32_t> first(few);
    for (std::uint32_t i = 0; i < few; ++i) {
      first[i] = i;
    }
    const FeatureMatrix some = features::select_rows(drawn.rows, first);
    const double before_why = cpu_seconds();
    const auto why = risk::contributions(fitted->ensemble, some);
    std::fprintf(
        stderr,
        "%s: training %.1f s CPU (penalty %g, %d rounds), scoring %.0f rows/s, contributions %.0f rows/s\n",
        forest ? "trees" : "logistic", trained - start, fitted->penalty, fitted->rounds,
        static_cast<double>(rows) / std::max(1e-6, after - trained),
        static_cast<double>(few) / std::max(1e-6, cpu_seconds() - before_why));
    if (!scored || !why) {
      return 1;
    }
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fputs("usage: learn_ensemble IN.csv OUT.csv [THREADS] | --measure ROWS FEATURES [THREADS]\n",
               stderr);
    return 2;
  }
  if (std::string(arguments[1]) == "--measure" && count >= 4) {
    return measure(std::stoul(arguments[2]), std::stoul(arguments[3]),
                   count > 4 ? std::stoi(arguments[4]) : 1);
  }
  return compare(arguments[1], arguments[2], count > 3 ? std::stoi(arguments[3]) : 1);
}
