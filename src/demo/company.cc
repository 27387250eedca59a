#include "demo/company.h"

#include "demo/simulation.h"
#include "demo/workspace_files.h"

namespace weir::demo {
namespace {

constexpr double kLeadsOfS = 14'000;

Status write_truth(FileSystem& files, const std::string& path, const Simulation& simulation,
                   const DemoOptions& options) {
  const std::string text = simulation.truth().to_json(
      options.seed, options.size == DemoOptions::small ? "S" : "M", simulation.parties(),
      simulation.deliveries(), simulation.unknown_owner_rows(), simulation.name_variants(),
      simulation.rows_lost_in_outage());
  WEIR_TRY_STATUS(files.make_directories(parent_path(path)));
  WEIR_TRY(const auto file, files.create(path));
  return file->append(text);
}

}  // namespace

Result<DemoSummary> write_demo_company(FileSystem& files, const std::string& directory,
                                       const DemoOptions& options) {
  WEIR_TRY(const WallClock clock, WallClock::create());
  WEIR_TRY_STATUS(files.make_directories(directory));
  WEIR_TRY_STATUS(write_owners(files, directory));
  WEIR_TRY_STATUS(write_campaigns(files, directory, Draws{Random{options.seed}.split(4)}));
  Simulation simulation(files, directory, clock, kLeadsOfS * (options.size == DemoOptions::small ? 1 : 10),
                        options.seed);
  WEIR_TRY_STATUS(simulation.run());
  WEIR_TRY_STATUS(write_workspace_files(files, directory));

  DemoSummary summary;
  summary.workspace_file = join_path(directory, "weir.yaml");
  summary.truth_file = join_path(directory, "truth/truth.json");
  WEIR_TRY_STATUS(write_truth(files, summary.truth_file, simulation, options));
  summary.leads = simulation.leads();
  summary.deals = simulation.deals();
  summary.won_deals = simulation.won_deals();
  for (const Delivery* delivery : simulation.deliveries()) {
    summary.files += delivery->counts().files;
    summary.rows += delivery->counts().rows;
    summary.broken_rows += delivery->counts().broken();
  }
  return summary;
}

}  // namespace weir::demo
