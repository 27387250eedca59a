#include "base/hash.h"

#include <sodium.h>

#include <cstring>
#include <new>
#include <type_traits>

#include "base/blake2b_wide.h"

namespace weir {
namespace {

std::string hex(const unsigned char* bytes, std::size_t count) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(count * 2);
  for (std::size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 15U];
  }
  return text;
}

const unsigned char* unsigned_bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

void IdentityHasher::add(std::string_view part) {
  add(static_cast<std::int64_t>(part.size()));
  buffer_.append(part);
}

void IdentityHasher::add(std::int64_t number) {
  std::array<char, 8> bytes{};
  std::memcpy(bytes.data(), &number, bytes.size());
  buffer_.append(bytes.data(), bytes.size());
}

std::pair<std::uint64_t, std::uint64_t> IdentityHasher::digest() const {
  static_assert(crypto_shorthash_siphashx24_KEYBYTES <= 32);
  std::array<unsigned char, crypto_shorthash_siphashx24_BYTES> out{};
  crypto_shorthash_siphashx24(out.data(), unsigned_bytes(buffer_), buffer_.size(), key_.data());
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, out.data(), 8);
  std::memcpy(&low, out.data() + 8, 8);
  return {high, low};
}

std::string blake2b_hex(std::string_view bytes) {
  std::array<unsigned char, 32> out{};
  crypto_generichash(out.data(), out.size(), unsigned_bytes(bytes), bytes.size(), nullptr, 0);
  return hex(out.data(), out.size());
}

std::string version_of(std::string_view normal_form) {
  return blake2b_hex(normal_form).substr(0, 12);
}

namespace {

// The memory of a StreamHash holds the one or the other.
crypto_generichash_state* general(std::array<unsigned char, 384>& memory) noexcept {
  return reinterpret_cast<crypto_generichash_state*>(memory.data());
}
blake2b_wide::State& wide(std::array<unsigned char, 384>& memory) noexcept {
  return *std::launder(reinterpret_cast<blake2b_wide::State*>(memory.data()));
}

}  // namespace

StreamHash::StreamHash() {
  static_assert(sizeof(crypto_generichash_state) <= 384 && alignof(crypto_generichash_state) <= 64);
  static_assert(sizeof(blake2b_wide::State) <= 384 && std::is_trivially_copyable_v<blake2b_wide::State>);
  if (blake2b_wide::is_supported()) {
    blake2b_wide::begin(*::new (state_.data()) blake2b_wide::State);
  } else {
    crypto_generichash_init(general(state_), nullptr, 0, 32);
  }
}

void StreamHash::add(std::string_view bytes) {
  if (blake2b_wide::is_supported()) {
    blake2b_wide::add(wide(state_), bytes);
  } else {
    crypto_generichash_update(general(state_), unsigned_bytes(bytes), bytes.size());
  }
}

void StreamHash::add_both(StreamHash& one, std::string_view to_one, StreamHash& other,
                          std::string_view to_other) {
  if (blake2b_wide::is_supported()) {
    blake2b_wide::add_both(wide(one.state_), to_one, wide(other.state_), to_other);
  } else {
    one.add(to_one);
    other.add(to_other);
  }
}

std::string StreamHash::finish_hex() {
  std::array<unsigned char, 32> out{};
  if (blake2b_wide::is_supported()) {
    out = blake2b_wide::finish(wide(state_));
  } else {
    crypto_generichash_final(general(state_), out.data(), out.size());
  }
  return hex(out.data(), out.size());
}

std::string keyed_hash_hex(const HashKey& key, std::string_view purpose, std::string_view value) {
  std::string text;
  text.reserve(purpose.size() + value.size() + 1);
  text.append(purpose).push_back('\0');
  text.append(value);
  std::array<unsigned char, 16> out{};
  crypto_generichash(out.data(), out.size(), unsigned_bytes(text), text.size(), key.data(), key.size());
  return hex(out.data(), out.size());
}

}  // namespace weir
