// A growing column of whole numbers that takes memory only once its values differ, and four bytes each while
// they fit. Signed numbers stand in it modulo 2^64.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace weir::timeline {

class Varying {
 public:
  enum class Form : std::uint8_t { one, small, wide };

  // `null`: a value that fits whatever its size.
  explicit Varying(std::uint64_t null) noexcept : null_(null) {}
  // How many values to make room for at once.
  void expect(std::size_t count) noexcept { expected_ = count; }

  void push_back(std::uint64_t value) {
    if (size_ == 0) first_ = value;
    if (form_ == Form::one && value != first_) spread();
    if (form_ == Form::small && !is_small(value)) widen();
    if (form_ == Form::small) small_.push_back(code_of(value));
    if (form_ == Form::wide) wide_.push_back(value);
    ++size_;
  }
  [[nodiscard]] std::uint64_t operator[](std::size_t i) const noexcept {
    if (form_ == Form::one) return first_;
    return form_ == Form::wide ? wide_[i] : value_of(small_[i]);
  }
  [[nodiscard]] std::int64_t signed_at(std::size_t i) const noexcept {
    return static_cast<std::int64_t>((*this)[i]);
  }
  // The values at these places.
  void gather(std::span<const std::uint32_t> places, std::uint64_t* out) const noexcept {
    if (form_ == Form::one) {
      std::fill_n(out, places.size(), first_);
    } else if (form_ == Form::small) {
      for (std::size_t i = 0; i < places.size(); ++i) out[i] = value_of(small_[places[i]]);
    } else {
      for (std::size_t i = 0; i < places.size(); ++i) out[i] = wide_[places[i]];
    }
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] Form form() const noexcept { return form_; }
  [[nodiscard]] bool is_constant() const noexcept { return form_ == Form::one; }
  [[nodiscard]] std::uint64_t null() const noexcept { return null_; }
  // In the form `small`, four bytes stand for a value.
  [[nodiscard]] std::uint32_t code_of(std::uint64_t value) const noexcept {
    return value == null_ ? kSmallNull : static_cast<std::uint32_t>(value);
  }
  [[nodiscard]] std::uint64_t value_of(std::uint32_t code) const noexcept {
    return code == kSmallNull ? null_ : code;
  }
  // Empty; keeps its memory for what comes next.
  void restart() noexcept {
    form_ = Form::one;
    size_ = 0;
    small_.clear();
    wide_.clear();
  }
  // Gives its memory back.
  void clear() { *this = Varying(null_); }

 private:
  static constexpr std::uint32_t kSmallNull = std::numeric_limits<std::uint32_t>::max();
  [[nodiscard]] bool is_small(std::uint64_t value) const noexcept {
    return value == null_ || value < kSmallNull;  // negative values are great ones here
  }
  void spread() {
    if (is_small(first_)) {
      form_ = Form::small;
      small_.reserve(std::max(expected_, size_ + 1));
      small_.assign(size_, code_of(first_));
    } else {
      form_ = Form::wide;
      wide_.reserve(std::max(expected_, size_ + 1));
      wide_.assign(size_, first_);
    }
  }
  void widen() {
    wide_.reserve(std::max(expected_, size_ + 1));
    for (std::size_t i = 0; i < size_; ++i) wide_.push_back((*this)[i]);
    form_ = Form::wide;
    small_ = {};
  }

  std::uint64_t null_;
  std::uint64_t first_{0};
  Form form_{Form::one};
  std::size_t size_{0};
  std::size_t expected_{0};
  std::vector<std::uint32_t> small_;
  std::vector<std::uint64_t> wide_;
};

}  // namespace weir::timeline
