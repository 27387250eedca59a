// Feature rows from two files, the timelines of a workspace and a plan: the bits of `weir features --points`.
// Pure.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/file_system.h"
#include "features/plan_file.h"

namespace weir::features {

// Read-only; thread-safe.
class PlannedFeatures {
 public:
  // Fails with Errc::state when the plan was made for other timelines, with Errc::invalid_data or damaged on
  // files that are not theirs.
  [[nodiscard]] static Result<PlannedFeatures> open(FileSystem& files, const std::string& timelines_path,
                                                    PlanFile plan);
  PlannedFeatures(PlannedFeatures&&) noexcept;
  PlannedFeatures& operator=(PlannedFeatures&&) noexcept;
  ~PlannedFeatures();

  [[nodiscard]] const PlanFile& plan() const noexcept;
  // By the subject's handle text, or by any of its other handles; empty when there is none.
  [[nodiscard]] std::optional<funnel::SubjectIndex> subject_named(std::string_view text) const;
  [[nodiscard]] Computed compute(std::span<const Point> points, unsigned threads) const;

 private:
  struct Parts;
  explicit PlannedFeatures(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace weir::features
