// Asks the memory for what is read soon, so that other work goes on meanwhile.
#pragma once

namespace weir {

inline void prefetch(const void* at) noexcept {
  __builtin_prefetch(at);
  __asm__ volatile("");  // else g++ takes a function that does nothing but this for empty
}

}  // namespace weir
