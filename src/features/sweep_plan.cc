#include "features/sweep_plan.h"

#include <algorithm>

namespace weir::features {
namespace {

// The place of `wanted`; added at the end when it is new.
template <typename Thing>
std::size_t place_of(std::vector<Thing>& things, const Thing& wanted, bool& is_new) {
  const auto at = std::find(things.begin(), things.end(), wanted);
  is_new = at == things.end();
  const auto place = static_cast<std::size_t>(at - things.begin());
  if (is_new) things.push_back(wanted);
  return place;
}

}  // namespace

SweepPlan::SweepPlan(const FeatureInput& given) : input(given) {}

std::size_t SweepPlan::add_channel(const Channel& channel) {
  bool is_new = false;
  const std::size_t place = place_of(channels, channel, is_new);
  if (is_new) events.emplace_back();
  return place;
}

std::size_t SweepPlan::add_value(std::size_t channel, std::uint32_t value) {
  bool is_new = false;
  const std::size_t place = place_of(value_of, {channel, value}, is_new);
  if (is_new) values.emplace_back();
  return place;
}

std::size_t SweepPlan::add_distinct(std::size_t channel, Key key, timeline::Kind kind) {
  bool is_new = false;
  const std::size_t place = place_of(distinct_of, {channel, key, kind}, is_new);
  if (is_new) distincts.emplace_back();
  return place;
}

std::size_t SweepPlan::add_gaps(std::size_t channel, std::size_t window) {
  bool is_new = false;
  return place_of(gaps_of, {channel, window}, is_new);
}

std::size_t SweepPlan::add_talk(bool theirs, Scope scope) {
  const auto same = std::find_if(talks.begin(), talks.end(), [&](const Talk& talk) {
    return talk.theirs == theirs && talk.scope == scope;
  });
  if (same != talks.end()) return static_cast<std::size_t>(same - talks.begin());
  talks.push_back({theirs, scope, {}});
  return talks.size() - 1;
}

std::size_t SweepPlan::add_attribute(timeline::Kind kind, std::uint32_t name) {
  bool is_new = false;
  return place_of(attribute_of, {kind, name}, is_new);
}

void SweepPlan::finish() {
  for (const Channel& channel : channels) matcher.add(std::span(&channel.selector, 1));
  const Meanings none;
  const Meanings& meanings = input.meanings == nullptr ? none : *input.meanings;
  role_bits[kInbound] = matcher.add(std::span(&meanings.inbound, 1));
  role_bits[kOutbound] = matcher.add(std::span(&meanings.outbound, 1));
  role_bits[kObjection] = matcher.add(meanings.objections);
  role_bits[kAnswer] = matcher.add(meanings.answers);
  role_bits[kStep] = matcher.add(meanings.steps);
  matcher.finish(*input.store);
  for (std::size_t scope = 0; scope < scope_masks.size(); ++scope) {
    scope_masks[scope].assign(matcher.words(), 0);
    for (std::size_t i = 0; i < channels.size(); ++i) {
      if (static_cast<std::size_t>(channels[i].scope) >= scope)
        scope_masks[scope][i / 64] |= std::uint64_t{1} << (i % 64);
    }
  }
  values_of_channel.resize(channels.size());
  distincts_of_channel.resize(channels.size());
  for (std::size_t i = 0; i < value_of.size(); ++i) values_of_channel[value_of[i].channel].push_back(i);
  for (std::size_t i = 0; i < distinct_of.size(); ++i)
    distincts_of_channel[distinct_of[i].channel].push_back(i);
}

}  // namespace weir::features
