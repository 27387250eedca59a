#include "engine/near_names.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/nearest_name.h"

namespace weir::engine {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

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

namespace {

constexpr std::size_t kLongest = 100;

// A name as it is compared: letters and digits in lower case, and the digits alone.
struct Plain {
  std::string letters, digits;
};

Plain plain_of(std::string_view text) {
  if (text.size() > kLongest) return {};
  Plain plain{letters_of(text), {}};
  plain.digits = digits_of(plain.letters);
  return plain;
}

bool alike(const Plain& a, const Plain& b) {
  constexpr std::size_t kOneEdit = 5, kTwoEdits = 8;
  if (a.letters.empty() || b.letters.empty()) return false;
  if (a.letters == b.letters) return true;
  const std::size_t shorter = std::min(a.letters.size(), b.letters.size());
  if (shorter < kOneEdit || std::max(a.letters.size(), b.letters.size()) > shorter + 2 ||
      a.digits != b.digits)
    return false;
  return edit_distance(a.letters, b.letters) <= (shorter < kTwoEdits ? 1U : 2U);
}

}  // namespace

bool looks_like(std::string_view left, std::string_view right) {
  return left != right && alike(plain_of(left), plain_of(right));
}

std::vector<NearName> near_known(std::span<const NameCount> names, std::span<const std::string> known) {
  // Names that are alike have the same digits and lengths at most two apart: only those are compared.
  const std::set<std::string_view> declared(known.begin(), known.end());
  std::vector<Plain> plain;
  std::map<std::pair<std::string, std::size_t>, std::vector<std::size_t>> by_shape;
  for (std::size_t i = 0; i < known.size(); ++i) {
    plain.push_back(plain_of(known[i]));
    by_shape[{plain[i].digits, plain[i].letters.size()}].push_back(i);
  }
  std::vector<NearName> found;
  for (const auto& [name, count] : names) {
    if (declared.contains(name)) continue;
    const Plain own = plain_of(name);
    std::size_t like = known.size();  // the first of those that are like it
    for (std::size_t length = own.letters.size() < 2 ? 0 : own.letters.size() - 2;
         length <= own.letters.size() + 2; ++length) {
      const auto shape = by_shape.find({own.digits, length});
      if (shape == by_shape.end()) continue;
      for (const std::size_t i : shape->second) {
        if (i >= like) break;
        if (alike(own, plain[i])) like = i;
      }
    }
    if (like < known.size()) found.push_back({name, count, known[like]});
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
  static const std::vector<std::string> kSectors{"advertising",
                                                 "aerospace",
                                                 "agriculture",
                                                 "automotive",
                                                 "banking",
                                                 "biotechnology",
                                                 "chemicals",
                                                 "construction",
                                                 "consulting",
                                                 "education",
                                                 "electronics",
                                                 "employment",
                                                 "energy",
                                                 "engineering",
                                                 "entertainment",
                                                 "finance",
                                                 "financial services",
                                                 "food",
                                                 "government",
                                                 "healthcare",
                                                 "hospitality",
                                                 "insurance",
                                                 "legal",
                                                 "logistics",
                                                 "manufacturing",
                                                 "marketing",
                                                 "media",
                                                 "medical",
                                                 "mining",
                                                 "non-profit",
                                                 "pharmaceuticals",
                                                 "public sector",
                                                 "real estate",
                                                 "retail",
                                                 "security",
                                                 "services",
                                                 "software",
                                                 "technology",
                                                 "telecommunications",
                                                 "telecom",
                                                 "transportation",
                                                 "travel",
                                                 "utilities",
                                                 "wholesale"};
  return kSectors;
}

}  // namespace weir::engine
