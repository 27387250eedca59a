#include "store/sealing.h"

#include <sodium.h>

#include <cstring>

namespace weir::store {
namespace {

constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kNonceBytes + kTagBytes == kSealingOverhead);
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == std::tuple_size_v<HashKey>);

const unsigned char* unsigned_bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* unsigned_bytes(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

Status start_cryptography() {
  if (sodium_init() < 0) return fail(Errc::internal, "the cryptographic library did not start");
  return {};
}

void fill_random(unsigned char* bytes, std::size_t count) {
  randombytes_buf(bytes, count);
}

RandomPool::~RandomPool() {
  sodium_memzero(bytes_.data(), bytes_.size());
}

void RandomPool::fill(unsigned char* bytes, std::size_t count) {
  WEIR_CHECK(count <= 64, "a pool is for small uses");
  if (bytes_.size() - used_ < count) {
    fill_random(bytes_.data(), bytes_.size());
    used_ = 0;
  }
  std::memcpy(bytes, bytes_.data() + used_, count);
  sodium_memzero(bytes_.data() + used_, count);
  used_ += count;
}

void wipe(HashKey& key) noexcept {
  sodium_memzero(key.data(), key.size());
}

HashKey derive_key(const HashKey& parent, std::string_view purpose) {
  HashKey key{};
  const int outcome = crypto_generichash(key.data(), key.size(), unsigned_bytes(purpose), purpose.size(),
                                         parent.data(), parent.size());
  WEIR_CHECK(outcome == 0, "BLAKE2b takes these sizes");
  return key;
}

void seal(const HashKey& key, std::string_view context, std::string_view text, RandomPool& random,
          std::string& out) {
  out.resize(text.size() + kSealingOverhead);
  unsigned char* bytes = unsigned_bytes(out);
  random.fill(bytes, kNonceBytes);
  unsigned long long sealed_size = 0;
  const int outcome = crypto_aead_xchacha20poly1305_ietf_encrypt(
      bytes + kNonceBytes, &sealed_size, unsigned_bytes(text), text.size(), unsigned_bytes(context),
      context.size(), nullptr, bytes, key.data());
  WEIR_CHECK(outcome == 0 && sealed_size == text.size() + kTagBytes, "sealing cannot fail");
}

std::optional<std::string> unseal(const HashKey& key, std::string_view context, std::string_view sealed) {
  if (sealed.size() < kSealingOverhead) return std::nullopt;
  std::string text(sealed.size() - kSealingOverhead, '\0');
  const unsigned char* bytes = unsigned_bytes(sealed);
  unsigned long long size = 0;
  const int outcome = crypto_aead_xchacha20poly1305_ietf_decrypt(
      unsigned_bytes(text), &size, nullptr, bytes + kNonceBytes, sealed.size() - kNonceBytes,
      unsigned_bytes(context), context.size(), bytes, key.data());
  if (outcome != 0 || size != text.size()) return std::nullopt;
  return text;
}

}  // namespace weir::store
