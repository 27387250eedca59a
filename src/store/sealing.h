// Authenticated encryption (XChaCha20-Poly1305) and derived keys. Private to the room.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace weir::store {

// A sealed text is nonce (24) + ciphertext (as long as the text) + tag (16).
inline constexpr std::size_t kSealingOverhead = 24 + 16;

// Must succeed once before anything below is used; repeating it costs nothing. Thread-safe.
[[nodiscard]] Status start_cryptography();

void fill_random(unsigned char* bytes, std::size_t count);

// Secret random bytes for many small uses: asks the system once for many. Must not live across a fork, or two
// processes would use the same nonces.
class RandomPool {
 public:
  RandomPool() = default;
  RandomPool(const RandomPool&) = delete;
  RandomPool& operator=(const RandomPool&) = delete;
  ~RandomPool();
  // At most 64 bytes.
  void fill(unsigned char* bytes, std::size_t count);

 private:
  std::array<unsigned char, 8192> bytes_{};
  std::size_t used_{8192};
};

void wipe(HashKey& key) noexcept;

// An independent key for a purpose: BLAKE2b-256 of the purpose, keyed by the parent.
[[nodiscard]] HashKey derive_key(const HashKey& parent, std::string_view purpose);

// Fills `out` with the sealed text under a fresh random nonce. `context` is not stored, but must be the same
// when the text is unsealed: it ties a sealed text to its place.
void seal(const HashKey& key, std::string_view context, std::string_view text, RandomPool& random,
          std::string& out);
// Empty when the bytes, the key or the context are not those of seal().
[[nodiscard]] std::optional<std::string> unseal(const HashKey& key, std::string_view context,
                                                std::string_view sealed);

}  // namespace weir::store
