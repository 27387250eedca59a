#include "base/hash.h"

#include <sodium.h>

#include <cstring>

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

StreamHash::StreamHash() {
  static_assert(sizeof(crypto_generichash_state) <= 384 && alignof(crypto_generichash_state) <= 64);
  crypto_generichash_init(reinterpret_cast<crypto_generichash_state*>(state_.data()), nullptr, 0, 32);
}

void StreamHash::add(std::string_view bytes) {
  crypto_generichash_update(reinterpret_cast<crypto_generichash_state*>(state_.data()), unsigned_bytes(bytes),
                            bytes.size());
}

std::string StreamHash::finish_hex() {
  std::array<unsigned char, 32> out{};
  crypto_generichash_final(reinterpret_cast<crypto_generichash_state*>(state_.data()), out.data(),
                           out.size());
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
