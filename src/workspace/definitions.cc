#include "workspace/definitions.h"

#include <array>

namespace weir::workspace {
namespace {

constexpr std::array<const char*, kEntityKinds> kNames{
    "lead", "opportunity", "contact", "account", "anonymous", "product", "campaign", "content", "owner"};

}  // namespace

const char* to_text(EntityKind kind) noexcept {
  return kNames[static_cast<std::size_t>(kind)];
}

const char* to_text(RiskOutcome outcome) noexcept {
  switch (outcome) {
    case RiskOutcome::lost:
      return "lost";
    case RiskOutcome::advance:
      return "advance";
    case RiskOutcome::won:
      return "won";
    case RiskOutcome::dormant:
      return "dormant";
  }
  return "lost";
}

std::optional<EntityKind> entity_kind(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<EntityKind>(i);
  }
  return std::nullopt;
}

}  // namespace weir::workspace
