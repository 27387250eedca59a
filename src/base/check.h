// WEIR_CHECK: for our own mistakes, on in release builds; ends the process, because the log replays. Input
// never reaches a check.
#pragma once

namespace weir::detail {
[[noreturn]] void check_failed(const char* condition, const char* why, const char* file, int line) noexcept;
}  // namespace weir::detail

#define WEIR_CHECK(condition, why)                                         \
  do {                                                                     \
    if (!(condition)) [[unlikely]] {                                       \
      ::weir::detail::check_failed(#condition, (why), __FILE__, __LINE__); \
    }                                                                      \
  } while (false)
