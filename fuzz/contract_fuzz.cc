// Any bytes as a contract: no crash, and what is read without mistakes comes back when it is written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "contract/apply.h"
#include "contract/odcs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = weir::contract::read_odcs(text, "c.yaml", "s");
  if (weir::workspace::has_errors(document.mistakes)) return 0;
  const auto again = weir::contract::read_odcs(weir::contract::write_odcs(document.contract), "c.yaml", "s");
  WEIR_CHECK(again.contract.normal_form == document.contract.normal_form,
             "a written contract is read differently");
  static_cast<void>(weir::contract::ContractChecker::create(document.contract, weir::Zone::utc(), {}));
  return 0;
}
