// weir bench: what each step costs here.
#include "cli/verb.h"
#include "engine/bench.h"

namespace weir::cli {
namespace {

Table bench_table(const std::vector<engine::BenchStep>& steps) {
  using Kind = ColumnKind;
  Table table({{"step"},
               {"count", Kind::number},
               {"unit"},
               {"cpu_seconds", Kind::number},
               {"wall_seconds", Kind::number},
               {"per_cpu_second", Kind::number},
               {"peak_mb", Kind::number}});
  for (const auto& step : steps) {
    const double rate = step.cpu_seconds > 0 ? static_cast<double>(step.count) / step.cpu_seconds : 0;
    table.add_row({Cell::text(step.step), Cell::integer(step.count), Cell::text(step.unit),
                   Cell::number(step.cpu_seconds, 3), Cell::number(step.wall_seconds, 3),
                   step.cpu_seconds > 0 ? Cell::number(rate, 0) : Cell::null(),
                   Cell::number(static_cast<double>(step.peak_bytes) / 1e6, 0)});
  }
  return table;
}

Result<int> bench(const Context& context) {
  WEIR_TRY(const auto steps, engine::run_bench(context.environment()));
  WEIR_TRY_STATUS(answer(context, bench_table(steps)));
  return kDone;
}

}  // namespace

void add_bench(Verbs& verbs) {
  verbs.add("bench", "what each step costs on your data and this machine; takes the files in anew, aside",
            bench);
}

}  // namespace weir::cli
