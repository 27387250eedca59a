// Memory for tables that are looked up at random: in large pages where the system has them, because with
// small ones nearly every look-up misses the processor's list of pages first.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace weir {

// For a std::vector that keeps the size it is made with, of values whose bytes are zero when they are new:
// the system gives such memory, and nobody writes it once more. Small tables come from where all memory comes
// from.
template <typename T>
struct LargePageAllocator {
  using value_type = T;
  static constexpr std::size_t kLeast = std::size_t{8} << 20U;

  LargePageAllocator() = default;
  template <typename U>
  explicit LargePageAllocator(const LargePageAllocator<U>&) noexcept {}

  [[nodiscard]] T* allocate(std::size_t count) {
    void* memory = nullptr;
#ifdef __linux__
    if (const std::size_t bytes = count * sizeof(T); bytes >= kLeast) {
      memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (memory == MAP_FAILED) throw std::bad_alloc();
      static_cast<void>(::madvise(memory, bytes, MADV_HUGEPAGE));  // a wish; without it the table is slower
      return static_cast<T*>(memory);
    }
#endif
    memory = std::calloc(count, sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) noexcept {
#ifdef __linux__
    if (count * sizeof(T) >= kLeast) {
      static_cast<void>(::munmap(memory, count * sizeof(T)));
      return;
    }
#endif
    static_cast<void>(count);
    std::free(memory);
  }
  template <typename U>
  void construct(U*) const noexcept {
    static_assert(std::is_trivially_copyable_v<U>);
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
