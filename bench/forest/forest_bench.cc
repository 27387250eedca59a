// Our side of bench/forest/run.py: a model that XGBoost saved as JSON, rows as float32, row-major.
//   forest_bench MODEL ROWS one|margins|contributions|explain_one ROW_COUNT OUT [plain|avx2|avx512]
// Prints CPU seconds (loading, evaluation) and writes what came out, float64, row-major.
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "risk/forest.h"
#include "risk/xgboost_model.h"

namespace {

using namespace weir::risk;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<float> read_rows(const char* path, std::size_t count) {
  std::vector<float> rows(count);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(rows.data()), static_cast<std::streamsize>(count * sizeof(float)));
  if (!file) rows.clear();
  return rows;
}

SimdLevel level_named(const std::string& name) {
  if (name == "plain") return SimdLevel::plain;
  if (name == "avx2") return SimdLevel::avx2;
  return name == "avx512" ? SimdLevel::avx512 : simd_level();
}

std::vector<double> evaluate(const Forest& forest, const std::vector<float>& rows, std::size_t row_count,
                             const std::string& what, SimdLevel level) {
  const std::size_t columns = forest.column_count();
  if (what == "contributions") {
    std::vector<double> out(row_count * columns, 0);
    forest.add_contributions(rows, 1, out, level);
    return out;
  }
  if (what == "explain_one") {
    std::vector<double> out(row_count * columns, 0);
    for (std::size_t i = 0; i < row_count; ++i) {
      forest.add_contributions(std::span(rows).subspan(i * columns, columns), 1,
                               std::span(out).subspan(i * columns, columns), level);
    }
    return out;
  }
  std::vector<double> out(row_count, 0);
  if (what == "one") {
    for (std::size_t i = 0; i < row_count; ++i)
      out[i] = forest.margin(std::span(rows).subspan(i * columns, columns), level);
  } else {
    forest.add_margins(rows, out, level);
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::cerr << "usage: forest_bench MODEL ROWS one|margins|contributions|explain_one ROW_COUNT OUT "
                 "[plain|avx2|avx512]\n";
    return 2;
  }
  std::ifstream file(argv[1]);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto forest = forest_from_xgboost(text);
  if (!forest.has_value()) {
    std::cerr << forest.error().message << "\n";
    return 1;
  }
  const std::size_t row_count = std::stoul(argv[4]);
  const std::vector<float> rows = read_rows(argv[2], row_count * forest->column_count());
  if (rows.empty()) {
    std::cerr << argv[2] << " has fewer rows\n";
    return 1;
  }
  const SimdLevel level = argc > 6 ? level_named(argv[6]) : simd_level();
  std::vector<Tree> trees;  // made again: loading without reading JSON
  for (std::size_t i = 0; i < forest->tree_count(); ++i) trees.push_back(forest->tree(i));
  double begin = cpu_seconds();
  const auto again = Forest::make(forest->base(), forest->column_count(), trees);
  std::printf("prepare %.9f\n", cpu_seconds() - begin);
  begin = cpu_seconds();
  const std::vector<double> out = evaluate(*again, rows, row_count, argv[3], level);
  std::printf("evaluate %.9f\n", cpu_seconds() - begin);
  std::ofstream written(argv[5], std::ios::binary);
  written.write(reinterpret_cast<const char*>(out.data()),
                static_cast<std::streamsize>(out.size() * sizeof(double)));
  return 0;
}
