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
  const Handle own = subjects_.subjects[subject];
  if (store_.handle_kind(own) == kind) return own;
  const Handle named = named_by(kind, row);
  if (named != kNoHandle) return named;
  SubjectHandles handles;
  handles.handle = own;
  const auto runs = subjects_.of(subject);
  handles.own.assign(runs.begin(), runs.end());
  return facts_.entity_at(handles, kind, row);
}

std::uint32_t StepProperties::known_at(const StepProperty& property, std::uint32_t subject, Row row) const {
  if (property.is_source) return store_.columns().source[row];
  const Handle entity = entity_at(property.entity, subject, row);
  if (entity == kNoHandle) return kNoValue;
  if (!property.attribute) return entity;
  return facts_.attribute_at(entity, *property.attribute, store_.columns().known_at[row]).value_or(kNoValue);
}

// Rows are anywhere in the columns: first the loads that do not wait for each other, then what they left
// open.
std::vector<std::uint32_t> StepProperties::known_at(const StepProperty& property,
                                                    std::span<const std::uint32_t> subjects,
                                                    std::span<const Row> rows) const {
  std::vector<std::uint32_t> values(rows.size(), kNoValue);
  const bool is_key = !property.is_source && !property.attribute && !subjects.empty() &&
                      store_.handle_kind(subjects_.subjects[0]) != property.entity;
  if (is_key) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      values[i] = rows[i] == kNoRow ? kNoValue : named_by(property.entity, rows[i]);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (values[i] == kNoValue && rows[i] != kNoRow) values[i] = known_at(property, subjects[i], rows[i]);
  }
  return values;
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
