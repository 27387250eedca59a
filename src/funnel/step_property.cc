#include "funnel/step_property.h"

namespace weir::funnel {

using timeline::Handle;
using timeline::kNoHandle;
using timeline::Row;

static_assert(kNoValue == kNoHandle);

StepProperties::StepProperties(const timeline::TimelineStore& store, const identity::EntityLinks& links,
                               const OwnRuns& subjects)
    : store_(store), links_(links), subjects_(subjects), facts_(store, links) {
  for (std::size_t signal = 0; signal < store.signals().size(); ++signal) {
    any_retracted_ = any_retracted_ || (store.signals().flags(signal) & timeline::kRowRetracted) != 0;
  }
}

// Unless it was taken back.
Handle StepProperties::named_by(timeline::Kind kind, Row row) const noexcept {
  const Handle named = store_.keys(kind)[row];
  return any_retracted_ && (store_.columns().flags[row] & timeline::kRowRetracted) != 0 ? kNoHandle : named;
}

Handle StepProperties::entity_at(timeline::Kind kind, std::uint32_t subject, Row row) const {
  const Handle own = subjects_.handle(subject);
  if (store_.handle_kind(own) == kind) return own;
  const Handle named = named_by(kind, row);
  if (named != kNoHandle) return named;
  SubjectHandles handles;
  handles.handle = own;
  const auto own_runs = subjects_.of(subject);
  handles.own.assign(own_runs.runs().begin(), own_runs.runs().end());
  return facts_.entity_at(handles, kind, row);
}

std::uint32_t StepProperties::known_at(const StepProperty& property, std::uint32_t subject, Row row) const {
  if (property.is_source) return store_.columns().source[row];
  const Handle entity = entity_at(property.entity, subject, row);
  if (entity == kNoHandle) return kNoValue;
  if (!property.attribute) return entity;
  return facts_.attribute_at(entity, *property.attribute, store_.columns().known_at[row]).value_or(kNoValue);
}

void StepProperties::fetch(const StepProperty& property, Row row) const noexcept {
  if (!property.is_source) store_.keys(property.entity).fetch(row);
}

std::uint32_t StepProperties::said_by(const StepProperty& property, std::uint32_t subject, Row row) const {
  if (property.is_source || property.attribute) return known_at(property, subject, row);
  const Handle named = store_.keys(property.entity)[row];
  return named == kNoHandle ? kNoValue : links_.entity(named);
}

std::string_view StepProperties::text(const StepProperty& property, std::uint32_t value) const {
  if (property.is_source) return store_.source(static_cast<std::uint16_t>(value));
  return property.attribute ? store_.attribute_value(value) : store_.handle_text(value);
}

}  // namespace weir::funnel
