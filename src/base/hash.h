// Hashes: keyed 128-bit identities (SipHash-2-4-128), and BLAKE2b for files, versions and personal values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace weir {

using HashKey = std::array<unsigned char, 32>;

// Identity of the parts: each part's length goes into the hash, so ("ab","c") differs from ("a","bc").
// Keyed by the workspace key, so that an identity tells nothing about a personal value that went into it.
class IdentityHasher {
 public:
  explicit IdentityHasher(const HashKey& key) noexcept : key_(key) {}

  void begin() noexcept { buffer_.clear(); }
  void add(std::string_view part);
  void add(std::int64_t number);
  template <typename Tag>
  void add(const Id128<Tag>& id) {
    add(static_cast<std::int64_t>(id.high));
    add(static_cast<std::int64_t>(id.low));
  }
  template <typename IdType>
  [[nodiscard]] IdType finish() const {
    const auto [high, low] = digest();
    return IdType{high, low};
  }

 private:
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> digest() const;
  HashKey key_;
  std::string buffer_;
};

// BLAKE2b-256 of bytes, 64 hexadecimal digits.
[[nodiscard]] std::string blake2b_hex(std::string_view bytes);
// The first 12 digits: what versions are named by.
[[nodiscard]] std::string version_of(std::string_view normal_form);

// BLAKE2b-256 over a stream.
class StreamHash {
 public:
  StreamHash();
  void add(std::string_view bytes);
  // The same for two streams at once, which takes less time than for one after the other.
  static void add_both(StreamHash& one, std::string_view to_one, StreamHash& other,
                       std::string_view to_other);
  [[nodiscard]] std::string finish_hex();

 private:
  alignas(64) std::array<unsigned char, 384> state_{};
};

// Keyed BLAKE2b-128 of a personal value for a purpose ("email", "phone"), 32 hexadecimal digits.
[[nodiscard]] std::string keyed_hash_hex(const HashKey& key, std::string_view purpose,
                                         std::string_view value);

// CRC-32C (Castagnoli) of bytes: damage to stored columns. `before`: that of the bytes in front of them,
// where they come in pieces. By the processor's own instruction where it has one.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace weir
