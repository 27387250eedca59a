// Memory for tables that are looked up at random: in large pages where the system has them, because with
// small ones nearly every look-up misses the processor's list of pages first.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace weir {

// For std::vector. Small tables come from where all memory comes from.
template <typename T>
struct LargePageAllocator {
  using value_type = T;
  static constexpr std::size_t kPage = std::size_t{2} << 20U;
  static constexpr std::size_t kLeast = 4 * kPage;

  LargePageAllocator() = default;
  template <typename U>
  explicit LargePageAllocator(const LargePageAllocator<U>&) noexcept {}

  [[nodiscard]] T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    if (bytes < kLeast) return static_cast<T*>(::operator new(bytes));
    const std::size_t whole = (bytes + kPage - 1) / kPage * kPage;
    void* const memory = std::aligned_alloc(kPage, whole);
    if (memory == nullptr) throw std::bad_alloc();
#ifdef __linux__
    static_cast<void>(::madvise(memory, whole, MADV_HUGEPAGE));  // a wish; without it the table is slower
#endif
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    if (count * sizeof(T) < kLeast) {
      ::operator delete(memory);
    } else {
      std::free(memory);
    }
  }
  friend bool operator==(const LargePageAllocator&, const LargePageAllocator&) noexcept {
    return true;
  }
};

// The same for room that is written before it is read: growing a vector writes nothing.
template <typename T>
struct LargeRoomAllocator : LargePageAllocator<T> {
  LargeRoomAllocator() = default;
  template <typename U>
  explicit LargeRoomAllocator(const LargeRoomAllocator<U>&) noexcept {}
  template <typename U>
  struct rebind {
    using other = LargeRoomAllocator<U>;
  };
  template <typename U>
  void construct(U* at) noexcept {
    ::new (static_cast<void*>(at)) U;
  }
};

}  // namespace weir
