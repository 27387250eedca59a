// Feature rows of a workspace: which features a funnel has, declared or `auto`, and their values at points in
// time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/compiled_workspace.h"
#include "engine/timelines.h"
#include "features/definition.h"
#include "features/plan_file.h"
#include "features/point_features.h"
#include "funnel/stage_machine.h"

namespace weir::engine {

struct FeaturePlan {
  const CompiledFunnel* funnel{nullptr};
  std::vector<features::Definition> definitions;  // in the order of the columns
  std::string version;  // of all definitions together: the feature_version of scores
};

// As the section `features:` says, or `auto` without one. `auto` follows what the timelines hold: keep the
// normal forms of a plan (`normal_form(definition.spec)`) to compute the same columns later.
[[nodiscard]] Result<FeaturePlan> plan_features(const CompiledWorkspace& workspace,
                                                const OpenTimelines& timelines, const CompiledFunnel& funnel);
// The features of these normal forms, in their order: what a stored model was trained on.
[[nodiscard]] Result<FeaturePlan> plan_features_of(const CompiledWorkspace& workspace,
                                                   const OpenTimelines& timelines,
                                                   const CompiledFunnel& funnel,
                                                   std::span<const std::string> normal_forms);
[[nodiscard]] Result<features::Spec> read_spec(std::string_view normal_form);

// Who speaks, what is an objection and what plans a next step: signals of these names, else the usual event
// types.
[[nodiscard]] features::Meanings meanings_of(const CompiledWorkspace& workspace,
                                             const timeline::TimelineStore& store);

// Which context tables the rows read.
struct ContextChoice {
  // The subjects are those of this as-of; empty: those of everything known.
  std::optional<std::int64_t> as_of{};
  // A version that some row names, kept from then, instead of what the data say now; "": now's.
  std::string version{};
};

// Everything that computing needs, kept alive together. `workspace`, `timelines` and `subjects`
// (EvaluatedFunnel::handles) must outlive it; indices of points are those of `subjects`.
class FeatureRows {
 public:
  [[nodiscard]] static Result<FeatureRows> open(const Environment& environment,
                                                const CompiledWorkspace& workspace,
                                                const OpenTimelines& timelines,
                                                std::span<const funnel::SubjectHandles> subjects,
                                                FeaturePlan plan, const ContextChoice& context = {});
  FeatureRows(FeatureRows&&) noexcept;
  FeatureRows& operator=(FeatureRows&&) noexcept;
  ~FeatureRows();

  [[nodiscard]] const FeaturePlan& plan() const noexcept;
  // Of the context tables of the last day that was over at the time: what a row of then says. "" where no
  // feature reads context.
  [[nodiscard]] std::string context_version(std::int64_t at) const;
  // Fails with Errc::usage when a context version was chosen that ends before the time.
  [[nodiscard]] Status check_context(std::int64_t at) const;
  // What a user should know of the context tables: damage that was found, what came late.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept;
  // For programs without the workspace; `timelines` are those that this was opened with.
  [[nodiscard]] features::PlanFile plan_file(const OpenTimelines& timelines) const;
  [[nodiscard]] features::Computed compute(std::span<const features::Point> points) const;
  // The same row after row, without states; what a category's codes stand for.
  void compute_cells(std::span<const features::Point> points, features::CellRows& out) const;
  [[nodiscard]] const std::vector<std::string>& levels(std::size_t definition) const noexcept;
  [[nodiscard]] std::vector<features::PointState> states(std::span<const features::Point> points) const;
  [[nodiscard]] std::vector<timeline::Row> evidence(std::size_t definition, const features::Point& point,
                                                    std::size_t limit) const;
  [[nodiscard]] const timeline::TimelineStore& store() const noexcept;
  [[nodiscard]] std::span<const funnel::SubjectHandles> subjects() const noexcept;
  // The subject whose handle it is.
  [[nodiscard]] std::optional<funnel::SubjectIndex> subject_of(timeline::Handle handle) const;
  // By the subject's handle text, or by any of its other handles; empty when there is none.
  [[nodiscard]] std::optional<funnel::SubjectIndex> subject_named(std::string_view text) const;
  // All subjects that are in a stage at the time, as known then; sorted by subject.
  [[nodiscard]] std::vector<features::Point> open_points(std::int64_t at) const;

 private:
  struct Parts;
  explicit FeatureRows(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace weir::engine
