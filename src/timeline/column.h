// A stored column of whole numbers: codes of 0 to 8 bytes that stand for base + code * scale, or for a null.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <type_traits>

#include "base/prefetch.h"

namespace weir::timeline {

// How a column's values are coded. Width 0: all values are `base`.
struct Coding {
  std::uint64_t base{0};
  std::uint64_t scale{1};
  std::uint64_t null{0};   // the value that the greatest code stands for, where `has_null`
  std::uint32_t width{0};  // bytes per code
  std::uint32_t has_null{0};

  [[nodiscard]] std::uint64_t mask() const noexcept {
    return width == 0 ? 0 : ~std::uint64_t{0} >> (64 - 8 * width);
  }
  // What the greatest code means. Arithmetic is modulo 2^64.
  [[nodiscard]] std::uint64_t last_value() const noexcept {
    return has_null != 0 ? null : base + mask() * scale;
  }
};

// Read-only view of a column; `codes` has 8 readable bytes from each code on. Copied freely, thread-safe.
template <typename T>
class Column {
 public:
  using value_type = T;

  Column() noexcept = default;
  Column(const char* codes, std::size_t size, const Coding& coding) noexcept
      : codes_(coding.width == 0 ? kNothing.data() : codes),
        size_(size),
        width_(coding.width),
        mask_(coding.mask()),
        base_(coding.base),
        scale_(coding.scale),
        last_(coding.last_value()) {}

  [[nodiscard]] T operator[](std::size_t i) const noexcept {
    std::uint64_t code = 0;
    std::memcpy(&code, codes_ + i * width_, sizeof code);
    code &= mask_;
    return static_cast<T>(code == mask_ ? last_ : base_ + code * scale_);
  }
  // Asks the memory for a value that is read soon.
  void fetch(std::size_t i) const noexcept { prefetch(codes_ + i * width_); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T front() const noexcept { return (*this)[0]; }
  [[nodiscard]] T back() const noexcept { return (*this)[size_ - 1]; }
  // Whether all values are one: then operator[] gives it for any index.
  [[nodiscard]] bool is_constant() const noexcept { return width_ == 0; }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = T;
    Iterator(const Column* column, std::size_t at) noexcept : column_(column), at_(at) {}
    T operator*() const noexcept { return (*column_)[at_]; }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Column* column_;
    std::size_t at_;
  };
  [[nodiscard]] Iterator begin() const noexcept { return {this, 0}; }
  [[nodiscard]] Iterator end() const noexcept { return {this, size_}; }

 private:
  static constexpr std::array<char, 8> kNothing{};

  const char* codes_{kNothing.data()};
  std::size_t size_{0};
  std::size_t width_{0};
  std::uint64_t mask_{0};
  std::uint64_t base_{0};
  std::uint64_t scale_{1};
  std::uint64_t last_{0};  // the value of the code `mask_`
};

// Finds the smallest coding of values that are shown one by one, in any order.
class CodingFinder {
 public:
  // `null`: the value for "none". `with_scale`: whether a common step of the values is looked for (it costs a
  // division each).
  explicit CodingFinder(std::uint64_t null, bool is_signed, bool with_scale) noexcept
      : null_(null), signed_(is_signed), step_(with_scale ? 0 : 1) {}

  void see(std::uint64_t value) noexcept {
    if (value == null_) {
      has_null_ = true;
      return;
    }
    if (!any_) first_ = low_ = high_ = value;
    any_ = true;
    if (less(value, low_)) low_ = value;
    if (less(high_, value)) high_ = value;
    if (step_ != 1 && value != first_) widen_step(less(value, first_) ? first_ - value : value - first_);
  }
  // Values that are coded already, at least one; `greatest`: the greatest code among them that is no null's.
  void see_coded(const Coding& coded, std::uint64_t greatest) noexcept {
    see(coded.base);
    if (coded.width == 0) return;
    if (coded.has_null != 0) see(coded.null);
    if (greatest == 0) return;
    see(coded.base + greatest * coded.scale);
    if (step_ != 1) widen_step(coded.scale);
  }
  [[nodiscard]] Coding coding() const noexcept;

 private:
  [[nodiscard]] bool less(std::uint64_t a, std::uint64_t b) const noexcept {
    return signed_ ? static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b) : a < b;
  }
  void widen_step(std::uint64_t distance) noexcept {
    if (step_ != 0 && distance % step_ == 0) return;
    std::uint64_t a = step_;
    for (std::uint64_t b = distance; b != 0;) {
      const std::uint64_t rest = a % b;
      a = b;
      b = rest;
    }
    step_ = a;
  }

  std::uint64_t null_;
  bool signed_;
  std::uint64_t step_;  // of all distances so far; 0: none yet
  bool any_{false}, has_null_{false};
  std::uint64_t first_{0}, low_{0}, high_{0};
};

// The code of a value that the coding's finder has seen.
[[nodiscard]] inline std::uint64_t code_of(const Coding& coding, std::uint64_t value) noexcept {
  if (coding.width == 0) return 0;
  if (coding.has_null != 0 && value == coding.null) return coding.mask();
  return (value - coding.base) / coding.scale;
}

}  // namespace weir::timeline
