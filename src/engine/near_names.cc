#include "engine/near_names.h"

#include <algorithm>

#include "base/nearest_name.h"

namespace weir::engine {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80; }

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), is_digit);
  return digits;
}

std::string letters_of(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (is_letter(c) || is_digit(c)) plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return plain;
}

}  // namespace

bool looks_like(std::string_view left, std::string_view right) {
  constexpr std::size_t kOneEdit = 5, kTwoEdits = 8, kLongest = 100;
  if (left == right || left.size() > kLongest || right.size() > kLongest) return false;
  const std::string a = letters_of(left), b = letters_of(right);
  if (a.empty() || b.empty()) return false;
  if (a == b) return true;
  const std::size_t shorter = std::min(a.size(), b.size());
  if (shorter < kOneEdit || std::max(a.size(), b.size()) > shorter + 2 || digits_of(a) != digits_of(b)) return false;
  return edit_distance(a, b) <= (shorter < kTwoEdits ? 1U : 2U);
}

std::vector<NearName> near_known(std::span<const NameCount> names, std::span<const std::string> known) {
  std::vector<NearName> found;
  for (const auto& [name, count] : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto like = std::find_if(known.begin(), known.end(), [&, &text = name](const std::string& candidate) { return looks_like(text, candidate); });
    if (like != known.end()) found.push_back({name, count, *like});
  }
  return found;
}

std::vector<NearName> near_frequent(std::span<const NameCount> names) {
  std::vector<NearName> found;
  for (const auto& rare : names) {
    const NameCount* like = nullptr;
    for (const auto& other : names) {
      const bool frequent = other.count >= 3 * rare.count && looks_like(rare.name, other.name);
      if (frequent && (like == nullptr || other.count > like->count)) like = &other;
    }
    if (like != nullptr) found.push_back({rare.name, rare.count, like->name});
  }
  return found;
}

std::span<const std::string> usual_sectors() {
  static const std::vector<std::string> kSectors{
      "advertising", "aerospace", "agriculture", "automotive", "banking", "biotechnology", "chemicals", "construction", "consulting", "education",
      "electronics", "employment", "energy", "engineering", "entertainment", "finance", "financial services", "food", "government", "healthcare",
      "hospitality", "insurance", "legal", "logistics", "manufacturing", "marketing", "media", "medical", "mining", "non-profit", "pharmaceuticals",
      "public sector", "real estate", "retail", "security", "services", "software", "technology", "telecommunications", "telecom", "transportation",
      "travel", "utilities", "wholesale"};
  return kSectors;
}

}  // namespace weir::engine
