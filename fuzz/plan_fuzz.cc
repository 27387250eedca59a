// Any bytes as a feature plan (`weir features --plan`): no crash, and what is read comes back when it is
// written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "features/plan_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto plan = weir::features::plan_file_from_json({reinterpret_cast<const char*>(data), size});
  if (!plan.has_value()) return 0;
  const std::string written = weir::features::to_json(plan.value());
  const auto again = weir::features::plan_file_from_json(written);
  WEIR_CHECK(again.has_value(), "a written plan cannot be read");
  WEIR_CHECK(weir::features::to_json(again.value()) == written, "a written plan is read differently");
  return 0;
}
