// Reads Thrift's compact protocol (apache/thrift, thrift-compact-protocol.md), in which Parquet writes its
// metadata. Any bytes may come: after the first that cannot be, nothing more is read. Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::store {

class ThriftReader {
 public:
  enum class Type : std::uint8_t {
    stop = 0,
    yes = 1,
    no = 2,
    byte = 3,
    i16 = 4,
    i32 = 5,
    i64 = 6,
    real = 7,
    binary = 8,
    list = 9,
    set = 10,
    map = 11,
    record = 12
  };
  explicit ThriftReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }

  // Values of a field; of another type than theirs they are nothing, and the reader fails.
  [[nodiscard]] std::int64_t integer(Type type) noexcept;
  [[nodiscard]] bool flag(Type type) noexcept;
  [[nodiscard]] std::string_view text(Type type) noexcept;
  // `visit(field, type)` reads the field's value and gives true, or gives false: then it is passed over.
  template <typename Visit>
  void record(Type type, Visit&& visit) {
    if (type != Type::record) fail();
    for (int field = 0; ok_;) {
      const Type next = next_field(field);
      if (next == Type::stop) return;
      if (!visit(field, next)) skip(next);
    }
  }
  // `visit(type)` reads one item.
  template <typename Visit>
  void list(Type type, Visit&& visit) {
    Type item = Type::stop;
    for (std::size_t left = begin_list(type, item); ok_ && left > 0; --left) visit(item);
  }
  void skip(Type type) noexcept { skip(type, 0); }

 private:
  static constexpr int kDeepest = 32;
  void fail() noexcept { ok_ = false; }
  [[nodiscard]] std::uint8_t byte() noexcept;
  [[nodiscard]] std::uint64_t varint() noexcept;
  [[nodiscard]] std::int64_t zigzag() noexcept;
  [[nodiscard]] Type next_field(int& field) noexcept;
  [[nodiscard]] std::size_t begin_list(Type type, Type& item) noexcept;
  void skip(Type type, int depth) noexcept;
  void skip_item(Type type, int depth) noexcept;

  std::string_view bytes_;
  std::size_t at_{0};
  bool ok_{true};
};

}  // namespace weir::store
