// Names for people: the business group and the description of a feature. Pure.
#pragma once

#include <string>

#include "features/definition.h"

namespace weir::features {

// "replies": what contributions are added up by in explanations.
[[nodiscard]] std::string group_of(const Spec& spec);
// "days since the last reply".
[[nodiscard]] std::string description_of(const Spec& spec);
// Rising where more of it can only mean more risk: time since, age, silence, open objections.
[[nodiscard]] Monotone monotone_of(const Spec& spec) noexcept;

}  // namespace weir::features
