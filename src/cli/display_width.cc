#include "cli/display_width.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace weir::cli {
namespace {

struct CodePoints {
  char32_t first;
  char32_t last;
};
#include "cli/display_width_ranges.inc"

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kEllipsis = "…";

bool is_in(std::span<const CodePoints> ranges, char32_t c) noexcept {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), c,
                       [](char32_t point, const CodePoints& range) { return point < range.first; });
  return after != ranges.begin() && c <= std::prev(after)->last;
}

int width_of(char32_t c) noexcept {
  if (c < 0x300) return 1;
  if (is_in(kZeroWidth, c)) return 0;
  return is_in(kWide, c) ? 2 : 1;
}

bool is_continuation(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

struct Decoded {
  char32_t point{kReplacement};
  std::size_t size{1};
  bool valid{false};
};

// The code point at the start of `text`, which is not empty. Of what is no UTF-8 (overlong, surrogates, too
// large, cut off) one byte is taken.
Decoded decode(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80U) return {lead, 1, true};
  const std::size_t size = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : 2;
  if (lead < 0xC2U || lead > 0xF4U || text.size() < size) return {};
  char32_t point = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return {};
    point = (point << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kSmallest[size] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return {};
  return {point, size, true};
}

void append(std::string& out, char32_t point) {
  const auto byte = [&](char32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0U | (point >> 6U));
    byte(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    byte(0xE0U | (point >> 12U));
    byte(0x80U | ((point >> 6U) & 0x3FU));
    byte(0x80U | (point & 0x3FU));
  } else {
    byte(0xF0U | (point >> 18U));
    byte(0x80U | ((point >> 12U) & 0x3FU));
    byte(0x80U | ((point >> 6U) & 0x3FU));
    byte(0x80U | (point & 0x3FU));
  }
}

// What is shown for a code point: itself, the picture of a control character, or the replacement.
char32_t shown(char32_t c) noexcept {
  if (c < 0x20) return 0x2400 + c;
  if (c == 0x7F) return 0x2421;
  const bool unseen = (c >= 0x80 && c <= 0x9F)                      // further control characters
                      || c == 0x061C || c == 0x200E || c == 0x200F  // marks of direction
                      || (c >= 0x2028 && c <= 0x202E) ||
                      (c >= 0x2060 && c <= 0x206F)   // line ends, overrides, isolates
                      || c == 0x200B || c == 0xFEFF  // nothing at all
                      || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);  // annotations, tags
  return unseen ? kReplacement : c;
}

}  // namespace

std::string harmless(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded next = decode(text);
    append(out, shown(next.point));
    text.remove_prefix(next.size);
  }
  return out;
}

int display_width(std::string_view harmless_text) {
  int width = 0;
  while (!harmless_text.empty()) {
    const Decoded next = decode(harmless_text);
    width += width_of(next.point);
    harmless_text.remove_prefix(next.size);
  }
  return width;
}

std::string cut_to_width(std::string_view harmless_text, int width) {
  if (display_width(harmless_text) <= width) return std::string(harmless_text);
  std::size_t kept = 0;
  int used = 0;
  while (kept < harmless_text.size()) {
    const Decoded next = decode(harmless_text.substr(kept));
    used += width_of(next.point);
    if (used > width - 1) break;
    kept += next.size;
  }
  return std::string(harmless_text.substr(0, kept)).append(kEllipsis);
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded next = decode(text);
    append(out, next.point == 0 ? kReplacement : next.point);
    text.remove_prefix(next.size);
  }
  return out;
}

}  // namespace weir::cli
