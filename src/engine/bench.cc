#include "engine/bench.h"

#include <functional>

#include "base/process_usage.h"
#include "engine/applied.h"
#include "engine/feature_rows.h"
#include "engine/funnel_answer.h"
#include "engine/ingest.h"
#include "engine/landmark_rows.h"
#include "engine/leaks_answer.h"
#include "engine/model_files.h"
#include "engine/score_answer.h"

namespace weir::engine {

namespace {

class Bench {
 public:
  Bench(const Environment& given, std::string folder) : given_(given), own_(given) {
    own_.state = std::move(folder);
  }

  Result<std::vector<BenchStep>> run() {
    WEIR_TRY_STATUS(own_.files->make_directories(own_.state));
    WEIR_TRY_STATUS(take_in());
    WEIR_TRY_STATUS(build());
    WEIR_TRY(const OpenWorkspace opened, open_workspace(own_));
    WEIR_TRY_STATUS(read_funnels(opened));
    WEIR_TRY_STATUS(read_features(opened));
    WEIR_TRY_STATUS(score());
    return std::move(steps_);
  }

 private:
  // `work` returns what it counted. The cheapest of the runs is kept.
  Status measure(const std::string& step, const std::string& unit, int runs,
                 const std::function<Result<std::int64_t>()>& work) {
    BenchStep best;
    for (int run = 0; run < runs; ++run) {
      const ProcessUsage before = process_usage();
      const std::int64_t began = own_.clock->steady_micros();
      WEIR_TRY(const std::int64_t count, work());
      const double wall = static_cast<double>(own_.clock->steady_micros() - began) / 1e6;
      const ProcessUsage after = process_usage();
      const double cpu = after.cpu_seconds - before.cpu_seconds;
      if (run == 0 || cpu < best.cpu_seconds) best = {step, unit, count, cpu, wall, after.peak_bytes};
    }
    steps_.push_back(std::move(best));
    return {};
  }

  Status take_in() {
    WEIR_TRY(const auto workspace, load_workspace(own_, {.settle = true, .source = "", .file = ""}));
    WEIR_TRY_STATUS(require_applied(own_, workspace));
    return measure("ingest", "rows", 1, [&]() -> Result<std::int64_t> {
      IngestOptions options;
      options.verb = "bench";
      WEIR_TRY(const auto report, ingest(own_, workspace, options, [](const IngestProgress&) {}));
      std::int64_t rows = 0;
      for (const auto& source : report.sources) rows += source.rows;
      return rows;
    });
  }

  // The workspace is read anew: contracts are settled only now.
  Status build() {
    WEIR_TRY(const auto workspace, load_workspace(own_));
    const auto open = [&]() -> Result<std::int64_t> {
      WEIR_TRY(const auto timelines, open_timelines(own_, workspace));
      return static_cast<std::int64_t>(timelines.store->row_count());
    };
    WEIR_TRY_STATUS(measure("timelines: build", "events", 1, open));
    return measure("timelines: open", "events", kBenchRuns, open);
  }

  Status read_funnels(const OpenWorkspace& opened) {
    const auto& [workspace, timelines] = opened;
    for (const auto& funnel : workspace.funnels) {
      const std::string& name = funnel.definition->name;
      WEIR_TRY_STATUS(measure("funnel " + name, "subjects", kBenchRuns, [&]() -> Result<std::int64_t> {
        WEIR_TRY(const auto as_of, resolve_as_of(workspace, timelines, {}));
        WEIR_TRY(const auto evaluated,
                 evaluate_funnel(own_, workspace, timelines, funnel, as_of, links_at(timelines, as_of)));
        return static_cast<std::int64_t>(evaluated.run.subjects.size());
      }));
    }
    if (workspace.funnels.empty()) return {};
    return measure("leaks", "cells", kBenchRuns, [&]() -> Result<std::int64_t> {
      WEIR_TRY(const auto leaks, answer_leaks(own_, workspace, timelines, {}));
      return leaks.cells_scanned;
    });
  }

  Status read_features(const OpenWorkspace& opened) {
    const auto& [workspace, timelines] = opened;
    for (const auto& funnel : workspace.funnels) {
      WEIR_TRY(const auto as_of, resolve_as_of(workspace, timelines, {}));
      WEIR_TRY(const auto evaluated,
               evaluate_funnel(own_, workspace, timelines, funnel, as_of, links_at(timelines, as_of)));
      WEIR_TRY(auto plan, plan_features(workspace, timelines, funnel));
      const std::string step =
          "features " + funnel.definition->name + ", " + std::to_string(plan.definitions.size()) + " columns";
      WEIR_TRY(const auto features, FeatureRows::open(own_, workspace, timelines, evaluated.handles,
                                                      std::move(plan), {micros_of(as_of.as_of), ""}));
      const auto points = features.open_points(micros_of(as_of.as_of));
      if (points.empty()) continue;
      WEIR_TRY_STATUS(measure(step, "subjects", kBenchRuns, [&]() -> Result<std::int64_t> {
        return static_cast<std::int64_t>(features.compute(points).states.size());
      }));
    }
    return {};
  }

  // With the models that the workspace has; without any there is nothing to measure.
  Status score() {
    if (!given_.files->exists(given_.state_dir())) return {};
    WEIR_TRY(const auto workspace, load_workspace(given_));
    std::optional<OpenTimelines> timelines;
    for (const auto& risk : risks_of(workspace)) {
      const auto champion = read_champion(given_, risk.name);
      if (!champion.has_value() || !*champion) continue;
      if (!timelines) {
        WEIR_TRY(timelines, open_timelines(given_, workspace));
      }
      WEIR_TRY_STATUS(measure("score " + risk.name, "subjects", kBenchRuns, [&]() -> Result<std::int64_t> {
        ScoreQuestion question;
        question.name = risk.name;
        WEIR_TRY(const auto scored, score_subjects(given_, workspace, *timelines, question));
        return static_cast<std::int64_t>(scored.subjects.size());
      }));
    }
    return {};
  }

  const Environment& given_;
  Environment own_;  // the same workspace with a state of its own
  std::vector<BenchStep> steps_;
};

}  // namespace

Result<std::vector<BenchStep>> run_bench(const Environment& environment) {
  const std::string folder =
      join_path(environment.state_dir(), "bench." + std::to_string(environment.clock->steady_micros()));
  auto steps = Bench(environment, folder).run();
  if (environment.files->exists(folder)) {
    const Status removed = environment.files->remove(folder);
    if (steps.has_value()) WEIR_TRY_STATUS(removed);
  }
  return steps;
}

}  // namespace weir::engine
