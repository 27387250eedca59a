// The value of a property at an event, as known then: what a funnel over steps is broken down by, or holds.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "funnel/facts.h"
#include "funnel/step_funnel.h"

namespace weir::funnel {

// A key ("campaign"), the source of the event, or an attribute of an entity ("account.sector").
struct StepProperty {
  bool is_source{false};
  timeline::Kind entity{timeline::kAccount};
  std::optional<std::uint32_t> attribute;  // number of its name in the store
};

// Thread-safe. Values are numbers of their texts; kNoValue: not known then.
class StepProperties {
 public:
  // All three outlive it.
  StepProperties(const timeline::TimelineStore& store, const identity::EntityLinks& links,
                 const OwnRuns& subjects);

  // As segments say: a key is what the subject's own events named last, up to this one, else what was known
  // of it.
  [[nodiscard]] std::uint32_t known_at(const StepProperty& property, std::uint32_t subject,
                                       timeline::Row row) const;
  // Asks the memory for what known_at() reads of a row.
  void fetch(const StepProperty& property, timeline::Row row) const noexcept;
  // What the event itself says: a key is the one that it names.
  [[nodiscard]] std::uint32_t said_by(const StepProperty& property, std::uint32_t subject,
                                      timeline::Row row) const;
  [[nodiscard]] std::string_view text(const StepProperty& property, std::uint32_t value) const;
  // The entity of a kind that a subject belonged to.
  [[nodiscard]] timeline::Handle entity_at(timeline::Kind kind, std::uint32_t subject,
                                           timeline::Row row) const;

 private:
  // The entity that the event names, which is the one named last; kNoHandle: it has to be looked for.
  [[nodiscard]] timeline::Handle named_by(timeline::Kind kind, timeline::Row row) const noexcept;
  const timeline::TimelineStore& store_;
  const identity::EntityLinks& links_;
  const OwnRuns& subjects_;
  Facts facts_;
  bool any_retracted_{false};  // any event at all
};

}  // namespace weir::funnel
