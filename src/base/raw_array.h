// An array of plain values that grows without filling, and without moving them one by one.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace weir {

template <typename T>
class RawArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  RawArray() = default;
  RawArray(RawArray&& other) noexcept
      : memory_(std::move(other.memory_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  RawArray& operator=(RawArray&& other) noexcept {
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }
  RawArray(const RawArray&) = delete;
  RawArray& operator=(const RawArray&) = delete;
  ~RawArray() = default;

  // Makes `count` values more, which the caller has to write; gives the first of them.
  T* grow(std::size_t count) {
    if (size_ + count > capacity_) reserve(size_ + count);
    T* const first = memory_.get() + size_;
    size_ += count;
    return first;
  }
  void push_back(T value) { *grow(1) = value; }
  void append(const T* values, std::size_t count) {
    if (count > 0) std::memcpy(grow(count), values, count * sizeof(T));
  }
  void fill(T value, std::size_t count) {
    T* const first = grow(count);
    for (std::size_t i = 0; i < count; ++i) first[i] = value;
  }
  void shrink(std::size_t size) noexcept { size_ = size; }
  // The memory stays.
  void clear() noexcept { size_ = 0; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] const T* data() const noexcept { return memory_.get(); }
  [[nodiscard]] T* data() noexcept { return memory_.get(); }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return memory_.get()[i]; }
  [[nodiscard]] const T* begin() const noexcept { return data(); }
  [[nodiscard]] const T* end() const noexcept { return data() + size_; }
  [[nodiscard]] std::span<const T> view() const noexcept { return {data(), size_}; }

 private:
  struct Free {
    void operator()(T* memory) const noexcept { std::free(memory); }
  };
  void reserve(std::size_t least) {
    const std::size_t capacity = least > 2 * capacity_ ? least : 2 * capacity_;
    void* const memory = std::realloc(memory_.get(), capacity * sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    static_cast<void>(memory_.release());
    memory_.reset(static_cast<T*>(memory));
    capacity_ = capacity;
  }
  std::unique_ptr<T[], Free> memory_;
  std::size_t size_{0};
  std::size_t capacity_{0};
};

}  // namespace weir
