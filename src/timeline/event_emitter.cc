#include "timeline/event_emitter.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace weir::timeline {
namespace {

std::vector<std::string> also_names(std::string_view also) {
  std::vector<std::string> names;
  const auto json = nlohmann::json::parse(also, nullptr, false);
  if (!json.is_array()) return names;
  for (const auto& item : json) names.push_back(item.get<std::string>());
  return names;
}

}  // namespace

void EventEmitter::emit(const EventRow& event, std::string_view source, std::int64_t known_at,
                        std::int64_t retracted_at) {
  ResolvedEvent resolved;
  resolved.id = event.id;
  resolved.occurred_at = event.occurred_at.value_or(0);
  resolved.known_at = known_at;
  resolved.retracted_at = retracted_at;
  resolved.flags = event.flags & (kRowDay | kRowDayEnd | kRowKnownAssumed | kRowLeftTruncated);
  const bool engagement = event.has_direction ||
                          std::binary_search(plan_.touch_types.begin(), plan_.touch_types.end(), event.type);
  if (engagement && source != "weir") resolved.flags |= kRowTouch;
  resolved.rank = event.rank;
  resolved.sequence = event.sequence;
  resolved.type = event.type;
  resolved.source = source;
  resolved.currency = event.currency;
  resolved.keys = event.keys;
  resolved.amount_minor = event.amount_minor;
  resolved.delivery = event.delivery;
  resolved.source_row = event.row;
  std::vector<std::string> names;
  if (!event.also.empty()) names = also_names(event.also);
  also_.clear();
  for (const std::string& name : names) {  // "contact email:ab12"
    const std::size_t space = name.find(' ');
    const auto kind = kind_named(std::string_view(name).substr(0, space));
    if (kind && space != std::string::npos)
      also_.push_back({*kind, std::string_view(name).substr(space + 1)});
  }
  resolved.also = also_;
  assembler_.add_event(resolved, event.conditions.data(), event.values.data());
}

}  // namespace weir::timeline
