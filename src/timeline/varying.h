// A growing column of numbers that takes memory only once its values differ, and four bytes each while they
// fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace weir::timeline {

template <typename T>
class Varying {
 public:
  // `null`: a value that fits whatever its size. `expected`: how many values to make room for at once.
  explicit Varying(T null) noexcept : null_(null) {}
  void expect(std::size_t count) noexcept { expected_ = count; }

  void push_back(T value) {
    if (size_ == 0) first_ = value;
    if (form_ == Form::one && value != first_) spread();
    if (form_ == Form::small && !is_small(value)) widen();
    if (form_ == Form::small)
      small_.push_back(value == null_ ? kSmallNull : static_cast<std::uint32_t>(value));
    if (form_ == Form::wide) wide_.push_back(value);
    ++size_;
  }
  [[nodiscard]] T operator[](std::size_t i) const noexcept {
    if (form_ == Form::one) return first_;
    if (form_ == Form::wide) return wide_[i];
    return small_[i] == kSmallNull ? null_ : static_cast<T>(small_[i]);
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_constant() const noexcept { return form_ == Form::one; }
  [[nodiscard]] T null() const noexcept { return null_; }
  // Gives its memory back.
  void clear() { *this = Varying(null_); }

 private:
  enum class Form : std::uint8_t { one, small, wide };
  static constexpr std::uint32_t kSmallNull = std::numeric_limits<std::uint32_t>::max();
  [[nodiscard]] bool is_small(T value) const noexcept {
    return value == null_ ||
           static_cast<std::uint64_t>(value) < kSmallNull;  // negative values are great ones here
  }
  void spread() {
    if (is_small(first_)) {
      form_ = Form::small;
      small_.reserve(expected_ > size_ ? expected_ : size_ + 1);
      small_.assign(size_, first_ == null_ ? kSmallNull : static_cast<std::uint32_t>(first_));
    } else {
      form_ = Form::wide;
      wide_.reserve(expected_ > size_ ? expected_ : size_ + 1);
      wide_.assign(size_, first_);
    }
  }
  void widen() {
    wide_.reserve(expected_ > size_ ? expected_ : size_ + 1);
    for (std::size_t i = 0; i < size_; ++i) wide_.push_back((*this)[i]);
    form_ = Form::wide;
    small_ = {};
  }

  T null_;
  T first_{};
  Form form_{Form::one};
  std::size_t size_{0};
  std::size_t expected_{0};
  std::vector<std::uint32_t> small_;
  std::vector<T> wide_;
};

}  // namespace weir::timeline
