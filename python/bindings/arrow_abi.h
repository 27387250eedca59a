// The Arrow C data and C stream interfaces: their three structs, as the Arrow specification lays them out
// (https://arrow.apache.org/docs/format/CDataInterface.html). Nothing of Arrow itself is needed.
#pragma once

#include <cstdint>

extern "C" {

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  std::int64_t flags;
  std::int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  std::int64_t length;
  std::int64_t null_count;   // -1: not counted
  std::int64_t offset;
  std::int64_t n_buffers;
  std::int64_t n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};

struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
  int (*get_next)(ArrowArrayStream*, ArrowArray* out);
  const char* (*get_last_error)(ArrowArrayStream*);
  void (*release)(ArrowArrayStream*);
  void* private_data;
};

}  // extern "C"

namespace weir::python {

inline constexpr std::int64_t kArrowNullable = 2;   // a flag of ArrowSchema

// One of the three structs: released at the end, unless it was moved away.
template <typename Struct>
class Owned {
 public:
  Owned() = default;
  // Takes what `from` holds, and leaves it released: how the interface moves.
  explicit Owned(Struct* from) noexcept : value_(*from) { from->release = nullptr; }
  Owned(Owned&& other) noexcept : Owned(&other.value_) {}
  Owned& operator=(Owned&& other) noexcept {
    if (this != &other) {
      reset();
      value_ = other.value_;
      other.value_.release = nullptr;
    }
    return *this;
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { reset(); }

  void reset() noexcept {
    if (value_.release != nullptr) value_.release(&value_);
    value_ = Struct{};
  }
  [[nodiscard]] bool has_value() const noexcept { return value_.release != nullptr; }
  [[nodiscard]] Struct* get() noexcept { return &value_; }
  [[nodiscard]] const Struct& operator*() const noexcept { return value_; }
  [[nodiscard]] const Struct* operator->() const noexcept { return &value_; }

 private:
  Struct value_{};
};

}  // namespace weir::python
