#include "cli/moment_option.h"

#include "engine/evaluated_funnel.h"

namespace weir::cli {

Result<std::optional<std::int64_t>> moment_option(const Zone& zone, const std::string& text) {
  if (text.empty()) return std::optional<std::int64_t>{};
  const auto parsed = engine::parse_moment(zone, text, {});
  if (!parsed.has_value()) return fail(Errc::usage, parsed.error().message);
  return std::optional<std::int64_t>(*parsed);
}

}  // namespace weir::cli
