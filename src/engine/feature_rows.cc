#include "engine/feature_rows.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/business_calendar.h"
#include "engine/context_parts.h"
#include "engine/rates.h"
#include "funnel/subjects.h"

namespace weir::engine {

using features::Point;

namespace {

constexpr unsigned kMostThreads = 8;

unsigned thread_count() {
  return std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads);
}

// Each event's amount in base minor units; empty when all amounts are.
std::vector<std::int64_t> base_amounts(const CompiledWorkspace& workspace,
                                       const timeline::TimelineStore& store, const Rates& rates) {
  const auto& c = store.columns();
  std::vector<Currency> currencies;
  for (std::size_t i = 0; i < store.currency_count(); ++i) {
    const auto parsed = Currency::parse(store.currency(static_cast<std::uint16_t>(i)));
    currencies.push_back(parsed.has_value() ? *parsed : rates.base());
  }
  if (std::all_of(currencies.begin(), currencies.end(),
                  [&](const Currency& currency) { return currency == rates.base(); }))
    return {};
  std::vector<std::int64_t> amounts(store.row_count(), timeline::kNoAmount);
  for (timeline::Row row = 0; row < store.row_count(); ++row) {
    if (c.amount_minor[row] == timeline::kNoAmount) continue;
    const auto base = rates.to_base_minor(c.amount_minor[row], currencies[c.currency[row]],
                                          workspace.zone.day_of(c.occurred_at[row]));
    if (base) amounts[row] = *base;
  }
  return amounts;
}

// The first and the last day that has an event.
Result<std::pair<Date, Date>> days_of_events(const Zone& zone, const timeline::TimelineStore& store) {
  const auto& occurred = store.columns().occurred_at;
  if (occurred.empty()) return std::pair(zone.day_of(0), zone.day_of(0));
  // Where rows do not stand in time order, runs and the newest event say it.
  WEIR_TRY(const auto newest, store.last_standing());
  const std::int64_t last = std::max(occurred.back(), newest.value_or(INT64_MIN));
  return std::pair(zone.day_of(std::min(occurred.front(), store.runs().epoch)), zone.day_of(last));
}

}  // namespace

struct FeatureRows::Parts {
  FeaturePlan plan;
  identity::EntityLinks links{0, {}};
  std::vector<std::string> stage_names;
  features::BusinessCalendar calendar;
  Date first_day, last_day;  // of business time
  std::optional<features::BusinessTime> business;
  features::Meanings meanings;
  std::vector<std::int64_t> amounts;
  OpenContext context;
  features::FeatureInput input;
  std::unique_ptr<features::FeatureKernel> kernel;
};

FeatureRows::FeatureRows(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
FeatureRows::FeatureRows(FeatureRows&&) noexcept = default;
FeatureRows& FeatureRows::operator=(FeatureRows&&) noexcept = default;
FeatureRows::~FeatureRows() = default;

Result<FeatureRows> FeatureRows::open(const Environment& environment, const CompiledWorkspace& workspace,
                                      const OpenTimelines& timelines,
                                      std::span<const funnel::SubjectHandles> subjects, FeaturePlan plan,
                                      const ContextChoice& context) {
  const timeline::TimelineStore& store = *timelines.store;
  auto parts = std::make_unique<Parts>();
  parts->plan = std::move(plan);
  const CompiledFunnel& funnel = *parts->plan.funnel;
  parts->links = funnel::entity_links(store, funnel::AsOf{});
  for (const auto* stage : ordered_stages(*funnel.definition)) parts->stage_names.push_back(stage->name);

  WEIR_TRY(parts->calendar, load_calendar(*environment.files, *workspace.definitions));
  WEIR_TRY(const auto days, days_of_events(workspace.zone, store));
  parts->first_day = days.first;
  const Date last = days.second;
  constexpr std::int32_t kMostDays = 40'000;  // an event of the year 9999 must not fill the memory
  parts->last_day = Date{std::min(last.days + 400, parts->first_day.days + kMostDays)};
  parts->business.emplace(workspace.zone, parts->calendar, parts->first_day, parts->last_day);
  parts->meanings = meanings_of(workspace, store);
  WEIR_TRY(const Rates rates, Rates::load(*environment.files, *workspace.definitions));
  parts->amounts = base_amounts(workspace, store, rates);

  features::FeatureInput& input = parts->input;
  input.store = &store;
  input.links = &parts->links;
  input.subjects = subjects;
  input.funnel = &funnel.shape;
  input.stage_names = parts->stage_names;
  input.zone = &workspace.zone;
  input.business = &*parts->business;
  input.meanings = &parts->meanings;
  input.base_amounts = parts->amounts;
  input.minor_per_major = 1;
  for (int digit = 0; digit < workspace.definitions->currency.digits(); ++digit) input.minor_per_major *= 10;
  const auto needs_context = [](const features::Definition& definition) {
    return definition.spec.function >= features::Function::account_open;
  };
  const auto needs_alive = [](const features::Definition& definition) {
    return definition.spec.function == features::Function::alive;
  };
  if (std::any_of(parts->plan.definitions.begin(), parts->plan.definitions.end(), needs_context)) {
    const ContextQuestion question{
        context.as_of, context.version,
        std::any_of(parts->plan.definitions.begin(), parts->plan.definitions.end(), needs_alive)};
    WEIR_TRY(parts->context, open_context(environment, workspace, timelines, funnel, input, question));
    input.context = &parts->context.tables;
  }
  parts->kernel = std::make_unique<features::FeatureKernel>(input, parts->plan.definitions);
  return FeatureRows(std::move(parts));
}

const FeaturePlan& FeatureRows::plan() const noexcept {
  return parts_->plan;
}
std::string FeatureRows::context_version(std::int64_t at) const {
  const features::FeatureInput& input = parts_->input;
  return input.context == nullptr ? std::string{}
                                  : input.context->version_at(input.zone->day_of(at).days - 1);
}

Status FeatureRows::check_context(std::int64_t at) const {
  const auto& until = parts_->context.until;
  if (!until || parts_->input.zone->day_of(at).days - 1 <= *until) return {};
  return fail(Errc::usage, "the context tables of that version end with " + to_text(Date{*until}) +
                               "; ask for " + to_text(Date{*until + 1}) + " or earlier");
}

const std::vector<std::string>& FeatureRows::notes() const noexcept {
  return parts_->context.notes;
}

features::PlanFile FeatureRows::plan_file(const OpenTimelines& timelines) const {
  const features::FeatureInput& input = parts_->input;
  features::PlanFile file;
  file.timelines = timelines.name;
  file.funnel_name = parts_->plan.funnel->definition->name;
  file.version = parts_->plan.version;
  file.definitions = parts_->plan.definitions;
  file.funnel = *input.funnel;
  file.stage_names = parts_->stage_names;
  file.zone = input.zone->name();
  file.calendar = parts_->calendar;
  file.first_day = parts_->first_day.days;
  file.last_day = parts_->last_day.days;
  file.meanings = parts_->meanings;
  file.minor_per_major = input.minor_per_major;
  file.amounts = features::converted_amounts(*input.store, input.base_amounts);
  if (input.context != nullptr) file.context = *input.context;
  return file;
}

features::Computed FeatureRows::compute(std::span<const Point> points) const {
  return parts_->kernel->compute(points, thread_count());
}

void FeatureRows::compute_cells(std::span<const Point> points, features::CellRows& out) const {
  parts_->kernel->compute_cells(points, thread_count(), out);
}

const std::vector<std::string>& FeatureRows::levels(std::size_t definition) const noexcept {
  return parts_->kernel->levels(definition);
}

std::vector<features::PointState> FeatureRows::states(std::span<const Point> points) const {
  return features::states_at(parts_->input, points, thread_count());
}

std::vector<timeline::Row> FeatureRows::evidence(std::size_t definition, const Point& point,
                                                 std::size_t limit) const {
  return parts_->kernel->evidence(definition, point, limit);
}

const timeline::TimelineStore& FeatureRows::store() const noexcept {
  return *parts_->input.store;
}

std::span<const funnel::SubjectHandles> FeatureRows::subjects() const noexcept {
  return parts_->input.subjects;
}

std::optional<funnel::SubjectIndex> FeatureRows::subject_of(timeline::Handle handle) const {
  const timeline::Handle entity = parts_->links.entity(handle);
  const auto& subjects = parts_->input.subjects;
  const auto at = std::lower_bound(
      subjects.begin(), subjects.end(), entity,
      [](const funnel::SubjectHandles& subject, timeline::Handle wanted) { return subject.handle < wanted; });
  if (at == subjects.end() || at->handle != entity) return std::nullopt;
  return static_cast<funnel::SubjectIndex>(at - subjects.begin());
}

std::optional<funnel::SubjectIndex> FeatureRows::subject_named(std::string_view text) const {
  const timeline::Handle handle = store().find_handle(parts_->input.funnel->subject, text);
  return handle == timeline::kNoHandle ? std::nullopt : subject_of(handle);
}

std::vector<Point> FeatureRows::open_points(std::int64_t at) const {
  std::vector<Point> all;
  for (std::size_t i = 0; i < parts_->input.subjects.size(); ++i)
    all.push_back({static_cast<funnel::SubjectIndex>(i), at});
  const auto states = this->states(all);
  std::vector<Point> open;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (states[i].is_open()) open.push_back(all[i]);
  }
  return open;
}

}  // namespace weir::engine
