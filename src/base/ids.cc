#include "base/ids.h"

#include <utility>

namespace weir {

std::string to_hex(std::uint64_t high, std::uint64_t low) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    text[15 - i] = kDigits[(high >> (4 * i)) & 15U];
    text[31 - i] = kDigits[(low >> (4 * i)) & 15U];
  }
  return text;
}

Result<std::pair<std::uint64_t, std::uint64_t>> parse_hex128(std::string_view text) {
  if (text.size() != 32) return fail(Errc::invalid_data, "an id has 32 hexadecimal digits");
  std::uint64_t parts[2] = {0, 0};
  for (std::size_t i = 0; i < 32; ++i) {
    const char c = text[i];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return fail(Errc::invalid_data, "an id has 32 hexadecimal digits");
    parts[i / 16] = (parts[i / 16] << 4U) | static_cast<std::uint64_t>(digit);
  }
  return std::pair{parts[0], parts[1]};
}

}  // namespace weir
