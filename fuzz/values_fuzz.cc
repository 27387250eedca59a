// Any bytes as a value: no crash, and what is read as a time is read again when it is written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "contract/time_format.h"
#include "contract/values.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::contract;  // NOLINT(google-build-using-namespace): a program of one function
  const std::string_view text = trimmed(std::string_view(reinterpret_cast<const char*>(data), size));
  static_cast<void>(parse_integer(text));
  static_cast<void>(parse_boolean(text));
  static_cast<void>(parse_epoch(text, size % 2 == 0));
  for (const char mark : {'\0', '.', ','}) static_cast<void>(parse_number(text, mark));
  constexpr std::int64_t kFirst = -62'135'510'400'000'000;  // offsets lead out of the years 1 to 9999
  constexpr std::int64_t kLast = 253'402'128'000'000'000;
  const auto instant = parse_instant(text, weir::Zone::utc());
  if (instant && *instant > kFirst && *instant < kLast) {
    WEIR_CHECK(parse_instant(weir::rfc3339(*instant), weir::Zone::utc()) == instant,
               "an instant is read differently when it is written");
  }
  const auto format = TimeFormat::compile(text);
  if (format) static_cast<void>(format->parse(text));
  return 0;
}
