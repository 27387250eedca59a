#include "timeline/build.h"

#include <utility>

#include "timeline/parts_builder.h"

namespace weir::timeline {

using store::ValueType;

const store::Schema& event_schema() {
  static const store::Schema kSchema{{"id", ValueType::text},
                                     {"source", ValueType::text},
                                     {"type", ValueType::text},
                                     {"occurred_at", ValueType::timestamp},
                                     {"known_at", ValueType::timestamp},
                                     {"precision", ValueType::text},
                                     {"lead", ValueType::text},
                                     {"opportunity", ValueType::text},
                                     {"contact", ValueType::text},
                                     {"account", ValueType::text},
                                     {"anonymous", ValueType::text},
                                     {"product", ValueType::text},
                                     {"campaign", ValueType::text},
                                     {"content", ValueType::text},
                                     {"owner", ValueType::text},
                                     {"direction", ValueType::text},
                                     {"channel", ValueType::text},
                                     {"amount", ValueType::number},
                                     {"currency", ValueType::text},
                                     {"properties", ValueType::text},
                                     {"text", ValueType::text}};
  return kSchema;
}

std::optional<Kind> kind_named(std::string_view name) noexcept {
  const auto kind = workspace::entity_kind(name);
  return kind ? std::optional(kind_of(*kind)) : std::nullopt;
}

Status build_timelines(FileSystem& files, const std::string& state, const store::Manifest& manifest,
                       const BuildPlan& plan, const std::string& path) {
  PartsBuilder builder(files, {manifest, manifest, state}, plan, path + ".rows.");
  WEIR_TRY(auto engine, open_build_engine(state, plan));
  return builder.build(files, std::move(engine), path, origin_of(manifest, plan));
}

}  // namespace weir::timeline
