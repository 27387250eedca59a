#include "features/definition.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"

namespace weir::features {
namespace {

constexpr std::array<std::pair<Function, std::string_view>, kFunctions> kWords{{
    {Function::count, "count"},
    {Function::sum, "sum"},
    {Function::mean, "mean"},
    {Function::min, "min"},
    {Function::max, "max"},
    {Function::last, "last"},
    {Function::distinct, "distinct"},
    {Function::since, "since"},
    {Function::velocity, "velocity"},
    {Function::gap_mean, "gap_mean"},
    {Function::gap_median, "gap_median"},
    {Function::gap_max, "gap_max"},
    {Function::gap_ratio, "gap_ratio"},
    {Function::gap_break, "gap_break"},
    {Function::own_rate, "own_rate"},
    {Function::reply_time, "reply_time"},
    {Function::waiting, "waiting"},
    {Function::stage_name, "stage_name"},
    {Function::stage_age, "stage_age"},
    {Function::stage_moves, "stage_moves"},
    {Function::stage_back_moves, "stage_back_moves"},
    {Function::stage_touches, "stage_touches"},
    {Function::owner_changes, "owner_changes"},
    {Function::next_step_missing, "next_step_missing"},
    {Function::next_step_due, "next_step_due"},
    {Function::next_step_overdue, "next_step_overdue"},
    {Function::objections_open, "objections_open"},
    {Function::attribute, "attribute"},
    {Function::account_open, "account_open"},
    {Function::account_touches, "account_touches"},
    {Function::owner_open, "owner_open"},
    {Function::calendar_factor, "calendar_factor"},
    {Function::alive, "alive"},
}};

constexpr std::array<std::pair<Scope, std::string_view>, 3> kScopes{
    {{Scope::own, "own"}, {Scope::contact, "contact"}, {Scope::account, "account"}}};

}  // namespace

std::string_view to_text(Function function) noexcept {
  return kWords[static_cast<std::size_t>(function)].second;
}

std::optional<Function> function_named(std::string_view word) noexcept {
  const auto at =
      std::find_if(kWords.begin(), kWords.end(), [&](const auto& each) { return each.second == word; });
  return at == kWords.end() ? std::nullopt : std::optional(at->first);
}

std::string_view to_text(Scope scope) noexcept {
  return kScopes[static_cast<std::size_t>(scope)].second;
}

std::optional<Scope> scope_named(std::string_view word) noexcept {
  const auto at =
      std::find_if(kScopes.begin(), kScopes.end(), [&](const auto& each) { return each.second == word; });
  return at == kScopes.end() ? std::nullopt : std::optional(at->first);
}

std::string name_of(const Spec& spec) {
  std::string name = spec.of;
  std::replace(name.begin(), name.end(), '.', '_');
  if (spec.function != Function::attribute) {
    if (!name.empty()) name += "_";
    name += to_text(spec.function);
  }
  if (spec.window.count() > 0) name += "_" + weir::to_text(spec.window);
  if (spec.scope == Scope::own && takes_scope(spec.function)) name += "_own";
  if (spec.scope == Scope::account && takes_scope(spec.function)) name += "_account";
  return name;
}

bool takes_scope(Function function) noexcept {
  return function <= Function::waiting;
}

bool takes_window(Function function) noexcept {
  return function != Function::since && function != Function::own_rate && function < Function::waiting;
}

std::string normal_form(const Spec& spec) {
  JsonWriter out(0);
  out.begin_object().field("function", to_text(spec.function));
  if (!spec.of.empty()) out.field("of", spec.of);
  if (takes_scope(spec.function)) out.field("scope", to_text(spec.scope));
  if (spec.window.count() > 0) out.field("window", weir::to_text(spec.window));
  return out.end_object().text();
}

}  // namespace weir::features
