#include "features/planned_features.h"

#include <algorithm>
#include <utility>

#include "funnel/subjects.h"

namespace weir::features {

struct PlannedFeatures::Parts {
  PlanFile plan;
  std::unique_ptr<timeline::TimelineStore> store;
  identity::EntityLinks links{0, {}};
  std::vector<funnel::SubjectHandles> subjects;
  Zone zone{Zone::utc()};
  std::optional<BusinessTime> business;
  std::vector<std::int64_t> amounts;
  FeatureInput input;
  std::unique_ptr<FeatureKernel> kernel;
};

PlannedFeatures::PlannedFeatures(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PlannedFeatures::PlannedFeatures(PlannedFeatures&&) noexcept = default;
PlannedFeatures& PlannedFeatures::operator=(PlannedFeatures&&) noexcept = default;
PlannedFeatures::~PlannedFeatures() = default;

Result<PlannedFeatures> PlannedFeatures::open(FileSystem& files, const std::string& timelines_path,
                                              PlanFile given) {
  auto parts = std::make_unique<Parts>();
  if (file_name(timelines_path) != given.timelines) {
    return fail(Errc::state, "the plan was made for the timelines " + given.timelines + ", and these are " +
                                 file_name(timelines_path) + "; write it again: weir features --plan");
  }
  parts->plan = std::move(given);
  const PlanFile& plan = parts->plan;
  WEIR_TRY(parts->store, timeline::TimelineStore::open(files, timelines_path));
  WEIR_TRY_STATUS(check_plan(plan, *parts->store));
  WEIR_TRY(parts->zone, Zone::find(plan.zone));
  parts->links = funnel::entity_links(*parts->store, funnel::AsOf{});
  parts->subjects = funnel::gather_subjects(*parts->store, parts->links, plan.funnel.subject, funnel::AsOf{});
  parts->business.emplace(parts->zone, plan.calendar, Date{plan.first_day}, Date{plan.last_day});
  if (!plan.amounts.empty()) parts->amounts = base_amounts(*parts->store, plan.amounts);

  FeatureInput& input = parts->input;
  input.store = parts->store.get();
  input.links = &parts->links;
  input.subjects = parts->subjects;
  input.funnel = &plan.funnel;
  input.stage_names = plan.stage_names;
  input.zone = &parts->zone;
  input.business = &*parts->business;
  input.meanings = &plan.meanings;
  input.base_amounts = parts->amounts;
  input.minor_per_major = plan.minor_per_major;
  input.context = plan.context ? &*plan.context : nullptr;
  parts->kernel = std::make_unique<FeatureKernel>(input, plan.definitions);
  return PlannedFeatures(std::move(parts));
}

const PlanFile& PlannedFeatures::plan() const noexcept {
  return parts_->plan;
}

std::optional<funnel::SubjectIndex> PlannedFeatures::subject_named(std::string_view text) const {
  const timeline::Handle handle = parts_->store->find_handle(parts_->plan.funnel.subject, text);
  if (handle == timeline::kNoHandle) return std::nullopt;
  const timeline::Handle entity = parts_->links.entity(handle);
  const auto& subjects = parts_->subjects;
  const auto at = std::lower_bound(
      subjects.begin(), subjects.end(), entity,
      [](const funnel::SubjectHandles& subject, timeline::Handle wanted) { return subject.handle < wanted; });
  if (at == subjects.end() || at->handle != entity) return std::nullopt;
  return static_cast<funnel::SubjectIndex>(at - subjects.begin());
}

Computed PlannedFeatures::compute(std::span<const Point> points, unsigned threads) const {
  return parts_->kernel->compute(points, threads);
}

}  // namespace weir::features
