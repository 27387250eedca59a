#include "store/thrift_reader.h"

#include "store/parquet_decoding.h"

namespace weir::store {
namespace {

constexpr std::size_t kRealBytes = 8;
constexpr unsigned kLongList = 15;

}  // namespace

std::uint8_t ThriftReader::byte() noexcept {
  if (!ok_ || at_ >= bytes_.size()) {
    fail();
    return 0;
  }
  return static_cast<std::uint8_t>(bytes_[at_++]);
}

std::uint64_t ThriftReader::varint() noexcept {
  const char* at = bytes_.data() + at_;
  const auto value = ok_ ? parquet::read_varint(at, bytes_.data() + bytes_.size()) : std::nullopt;
  if (!value) {
    fail();
    return 0;
  }
  at_ = static_cast<std::size_t>(at - bytes_.data());
  return *value;
}

std::int64_t ThriftReader::zigzag() noexcept {
  return parquet::unzigzag(varint());
}

std::int64_t ThriftReader::integer(Type type) noexcept {
  if (type == Type::byte) return static_cast<std::int8_t>(byte());
  if (type == Type::i16 || type == Type::i32 || type == Type::i64) return zigzag();
  fail();
  return 0;
}

bool ThriftReader::flag(Type type) noexcept {
  if (type != Type::yes && type != Type::no) fail();
  return type == Type::yes;
}

std::string_view ThriftReader::text(Type type) noexcept {
  const std::uint64_t size = type == Type::binary ? varint() : bytes_.size() + 1;
  if (!ok_ || size > bytes_.size() - at_) {
    fail();
    return {};
  }
  at_ += size;
  return bytes_.substr(at_ - size, size);
}

ThriftReader::Type ThriftReader::next_field(int& field) noexcept {
  const unsigned head = byte();
  const unsigned type = head & 0x0FU;
  if (!ok_ || type > static_cast<unsigned>(Type::record)) {
    fail();
    return Type::stop;
  }
  if (type == 0) return Type::stop;
  const std::int64_t number = (head >> 4U) != 0 ? field + static_cast<int>(head >> 4U) : zigzag();
  if (number < 0 || number > INT16_MAX) fail();
  field = static_cast<int>(number);
  return ok_ ? static_cast<Type>(type) : Type::stop;
}

// Every item takes a byte at least.
std::size_t ThriftReader::begin_list(Type type, Type& item) noexcept {
  if (type != Type::list && type != Type::set) fail();
  const unsigned head = byte();
  const unsigned of = head & 0x0FU;
  const std::uint64_t count = (head >> 4U) == kLongList ? varint() : head >> 4U;
  if (!ok_ || of == 0 || of > static_cast<unsigned>(Type::record) || count > bytes_.size() - at_) {
    fail();
    return 0;
  }
  item = static_cast<Type>(of);
  return count;
}

// A flag in a list is a byte; as a field it is its type.
void ThriftReader::skip_item(Type type, int depth) noexcept {
  if (type == Type::yes || type == Type::no) {
    static_cast<void>(byte());
  } else {
    skip(type, depth);
  }
}

void ThriftReader::skip(Type type, int depth) noexcept {
  if (depth > kDeepest) return fail();
  switch (type) {
    case Type::yes:
    case Type::no:
      return;
    case Type::byte:
      static_cast<void>(byte());
      return;
    case Type::i16:
    case Type::i32:
    case Type::i64:
      static_cast<void>(varint());
      return;
    case Type::real:
      if (bytes_.size() - at_ < kRealBytes) return fail();
      at_ += kRealBytes;
      return;
    case Type::binary:
      static_cast<void>(text(type));
      return;
    case Type::list:
    case Type::set:
      list(type, [&](Type item) { skip_item(item, depth + 1); });
      return;
    case Type::map: {
      const std::uint64_t count = varint();
      if (count == 0) return;
      const unsigned kinds = byte();
      const auto key = static_cast<Type>(kinds >> 4U), value = static_cast<Type>(kinds & 0x0FU);
      for (std::uint64_t i = 0; ok_ && i < count; ++i) {
        skip_item(key, depth + 1);
        skip_item(value, depth + 1);
      }
      return;
    }
    case Type::record:
      for (int field = 0; ok_;) {
        const Type next = next_field(field);
        if (next == Type::stop) return;
        skip(next, depth + 1);
      }
      return;
    case Type::stop:
      break;
  }
  fail();
}

}  // namespace weir::store
