#include "base/nearest_name.h"

#include <algorithm>
#include <vector>

namespace weir {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::optional<std::string> nearest_name(std::string_view written, std::span<const std::string> known) {
  constexpr std::size_t kLongest = 100;
  if (written.size() > kLongest) return std::nullopt;
  std::size_t best = std::max<std::size_t>(1, written.size() / 3) + 1;
  std::optional<std::string> nearest;
  for (const std::string& name : known) {
    if (name.size() > kLongest) continue;
    const std::size_t steps = edit_distance(written, name);
    if (steps < best) {
      best = steps;
      nearest = name;
    }
  }
  return nearest;
}

std::string did_you_mean(std::string_view written, std::span<const std::string> known) {
  const auto nearest = nearest_name(written, known);
  return nearest ? "; did you mean '" + *nearest + "'?" : std::string{};
}

}  // namespace weir
