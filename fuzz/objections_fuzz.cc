// Any bytes as a note: every span lies inside it, in order.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "text/objections.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view note(reinterpret_cast<const char*>(data), size);
  std::size_t before = 0;
  for (const auto& spotted : weir::text::spot_objections(note)) {
    if (spotted.begin < before || spotted.end <= spotted.begin || spotted.end > size) std::abort();
    before = spotted.begin;
  }
  if (weir::text::all_objections(note).empty() != weir::text::first_objection(note).empty()) std::abort();
  return 0;
}
