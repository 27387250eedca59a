// Ids that cannot be mixed up: SubjectId{7} == HandleId{7} does not compile.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

template <typename Tag>
struct Id {
  std::uint64_t value{0};
  Id() = default;
  explicit constexpr Id(std::uint64_t number) noexcept : value(number) {}
  friend auto operator<=>(const Id&, const Id&) = default;
};

// 128 bits of a keyed hash: the identity of an event, a record or a personal value.
template <typename Tag>
struct Id128 {
  std::uint64_t high{0};
  std::uint64_t low{0};
  [[nodiscard]] bool is_null() const noexcept { return high == 0 && low == 0; }
  friend auto operator<=>(const Id128&, const Id128&) = default;
};

using EventId = Id128<struct EventTag>;
using RecordId = Id128<struct RecordTag>;
using ContentHash = Id128<struct ContentTag>;

// 32 lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(std::uint64_t high, std::uint64_t low);
template <typename Tag>
[[nodiscard]] std::string to_text(const Id128<Tag>& id) {
  return to_hex(id.high, id.low);
}
[[nodiscard]] Result<std::pair<std::uint64_t, std::uint64_t>> parse_hex128(std::string_view text);

}  // namespace weir

template <typename Tag>
struct std::hash<weir::Id<Tag>> {
  std::size_t operator()(const weir::Id<Tag>& id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value);
  }
};
template <typename Tag>
struct std::hash<weir::Id128<Tag>> {
  // The bits are already those of a hash.
  std::size_t operator()(const weir::Id128<Tag>& id) const noexcept {
    return id.low ^ (id.high * 0x9E3779B97F4A7C15ULL);
  }
};
