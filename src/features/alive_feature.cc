#include "features/alive_feature.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "base/hash.h"

namespace weir::features {
namespace {

// Those that come later are no groups of their own: their region counts, or all.
constexpr std::size_t kMostCells = 1'000;

std::string_view attribute_text(const FeatureInput& input, SubjectSweep& sweep,
                                const std::optional<CalendarAttribute>& attribute) {
  if (!attribute) return {};
  const timeline::Handle entity = sweep.entity(attribute->kind).handle;
  if (entity == timeline::kNoHandle) return {};
  const auto value = sweep.entities().attribute(entity, attribute->name, sweep.known_by()).value;
  return value ? input.store->attribute_value(*value) : std::string_view{};
}

std::uint64_t draw_of(std::string_view handle) {
  return std::stoull(version_of(handle), nullptr, 16);
}

}  // namespace

CalendarNames calendar_names(const FeatureInput& input, SubjectSweep& sweep) {
  return {attribute_text(input, sweep, input.meanings->calendar_region),
          attribute_text(input, sweep, input.meanings->calendar_industry)};
}

double alive_at(const FeatureInput& input, SubjectSweep& sweep, const EventSeries& touches) {
  if (!sweep.has_events() || input.context == nullptr) return std::numeric_limits<double>::quiet_NaN();
  const AliveTables& tables = input.context->alive;
  std::vector<std::int32_t> days;
  for (const std::int64_t at : touches.at) {
    const std::int32_t day = input.zone->day_of(at).days;
    if (days.empty() || days.back() != day) days.push_back(day);
  }
  const CalendarNames names = calendar_names(input, sweep);
  return alive_probability(tables, tables.cell_of(names.region, names.industry),
                           input.zone->day_of(sweep.first_seen()).days, days, sweep.day() - 1);
}

void AliveObserver::add(std::size_t subject, std::string_view handle, const CalendarNames& names,
                        std::span<const std::int32_t> contact_days, std::int32_t from, std::int32_t until) {
  const bool goes_on =
      !days_.empty() && subjects_.back() == subject &&
      days_.back().first_day + static_cast<std::int32_t>(days_.back().contact.size()) == from + 1;
  if (!goes_on) {
    days_.push_back({0, from + 1, {}, draw_of(handle)});
    subjects_.push_back(subject);
    names_.emplace_back(names.region, names.industry);
  }
  for (std::int32_t day = from + 1; day <= until; ++day) {
    days_.back().contact.push_back(std::binary_search(contact_days.begin(), contact_days.end(), day) ? 1 : 0);
  }
}

AliveTables AliveObserver::build(std::int32_t first_day, std::span<const std::uint8_t> covered) {
  // Cells in the order in which they were there: those of later days never take a place from earlier ones.
  using Name = std::pair<std::string, std::string>;
  std::map<Name, std::int32_t> first_days;
  const auto add = [&](Name name, std::int32_t day) {
    const auto [at, is_new] = first_days.emplace(std::move(name), day);
    if (!is_new) at->second = std::min(at->second, day);
  };
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i].first.empty()) continue;
    add({names_[i].first, ""}, days_[i].first_day);
    add(names_[i], days_[i].first_day);
  }
  std::vector<std::pair<std::int32_t, Name>> in_order;
  for (const auto& [name, day] : first_days) in_order.emplace_back(day, name);
  std::sort(in_order.begin(), in_order.end());
  std::set<Name> names{{"", ""}};
  for (const auto& [day, name] : in_order) {
    if (names.size() < kMostCells) names.insert(name);
  }
  AliveTables tables;
  for (const auto& [region, industry] : names) tables.cells.push_back({region, industry, {}});
  for (std::size_t i = 0; i < days_.size(); ++i)
    days_[i].cell = tables.cell_of(names_[i].first, names_[i].second);
  return build_alive_tables(std::move(tables.cells), days_, first_day, covered);
}

}  // namespace weir::features
