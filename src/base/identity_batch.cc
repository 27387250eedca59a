// SipHash-2-4 with 128 bits (Aumasson & Bernstein 2012; the wide variant of the authors' reference), eight
// rows at a time where the processor has vectors of four words. One row or eight: the same bits.
#include "base/identity_batch.h"

#include <array>
#include <cstring>

namespace weir {
namespace {

using Digest = IdentityBatch::Digest;

constexpr std::size_t kLanes = 8;

// The state of one row, or of as many as a Word holds.
template <typename Word>
struct State {
  Word v0, v1, v2, v3;
};

// By reference all through: vectors of words are passed in no registers that every processor has.
template <int kBits, typename Word>
[[gnu::always_inline]] inline void rotate(Word& word) noexcept {
  word = (word << kBits) | (word >> (64 - kBits));
}

template <typename Word>
[[gnu::always_inline]] inline void mix(State<Word>& s) noexcept {
  s.v0 += s.v1;
  s.v2 += s.v3;
  rotate<13>(s.v1);
  rotate<16>(s.v3);
  s.v1 ^= s.v0;
  s.v3 ^= s.v2;
  rotate<32>(s.v0);
  s.v2 += s.v1;
  s.v0 += s.v3;
  rotate<17>(s.v1);
  rotate<21>(s.v3);
  s.v1 ^= s.v2;
  s.v3 ^= s.v0;
  rotate<32>(s.v2);
}

template <typename Word>
[[gnu::always_inline]] inline void take(State<Word>& s, const Word& word) noexcept {
  s.v3 ^= word;
  mix(s);
  mix(s);
  s.v0 ^= word;
}

State<std::uint64_t> begin_state(std::uint64_t low, std::uint64_t high) noexcept {
  return {0x736F6D6570736575ULL ^ low, 0x646F72616E646F6DULL ^ high ^ 0xEEU, 0x6C7967656E657261ULL ^ low,
          0x7465646279746573ULL ^ high};
}

std::uint64_t word_at(const char* bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, 8);
  return word;
}

// The last word of a row: the bytes behind its whole words, and its length. A word may be read behind the
// row.
std::uint64_t tail_of(const char* at, std::size_t size) noexcept {
  const std::uint64_t rest = word_at(at + size / 8 * 8) & ((std::uint64_t{1} << (8 * (size % 8))) - 1);
  return rest | (size << 56U);
}

template <typename Word>
[[gnu::always_inline]] inline void finish(State<Word>& s, Word& high, Word& low) noexcept {
  s.v2 ^= 0xEEU;
  for (int i = 0; i < 4; ++i) mix(s);
  high = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
  s.v1 ^= 0xDDU;
  for (int i = 0; i < 4; ++i) mix(s);
  low = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

Digest digest_one(State<std::uint64_t> s, const char* at, std::size_t size) noexcept {
  for (std::size_t w = 0; w < size / 8; ++w) take(s, word_at(at + 8 * w));
  take(s, tail_of(at, size));
  Digest digest;
  finish(s, digest.high, digest.low);
  return digest;
}

struct Rows {
  std::array<const char*, kLanes> at{};
  std::array<std::size_t, kLanes> size{};
};

#if defined(__x86_64__) && defined(__GNUC__)
using Four = std::uint64_t __attribute__((vector_size(32)));

// All eight rows go through the words that the shortest one has; from there on a row whose words are used up
// stays.
[[gnu::target("avx2")]] void digest_eight(State<std::uint64_t> begin, const Rows& rows, Digest* out) {
  std::size_t least = rows.size[0] / 8;
  std::size_t most = least;
  for (const std::size_t size : rows.size) {
    least = size / 8 < least ? size / 8 : least;
    most = size / 8 > most ? size / 8 : most;
  }
  std::array<State<Four>, 2> states;
  for (auto& state : states)
    state = {Four{} + begin.v0, Four{} + begin.v1, Four{} + begin.v2, Four{} + begin.v3};
  for (std::size_t w = 0; w < least; ++w) {
    for (std::size_t half = 0; half < 2; ++half) {
      const char* const* at = rows.at.data() + half * 4;
      const Four word{word_at(at[0] + 8 * w), word_at(at[1] + 8 * w), word_at(at[2] + 8 * w),
                      word_at(at[3] + 8 * w)};
      take(states[half], word);
    }
  }
  for (std::size_t w = least; w <= most; ++w) {
    for (std::size_t half = 0; half < 2; ++half) {
      Four word{};
      Four goes_on{};
      for (std::size_t lane = 0; lane < 4; ++lane) {
        const char* const at = rows.at[half * 4 + lane];
        const std::size_t size = rows.size[half * 4 + lane];
        if (w > size / 8) continue;
        word[lane] = w < size / 8 ? word_at(at + 8 * w) : tail_of(at, size);
        goes_on[lane] = ~std::uint64_t{0};
      }
      State<Four> state = states[half];
      take(state, word);
      State<Four>& kept = states[half];
      kept.v0 = (state.v0 & goes_on) | (kept.v0 & ~goes_on);
      kept.v1 = (state.v1 & goes_on) | (kept.v1 & ~goes_on);
      kept.v2 = (state.v2 & goes_on) | (kept.v2 & ~goes_on);
      kept.v3 = (state.v3 & goes_on) | (kept.v3 & ~goes_on);
    }
  }
  for (std::size_t half = 0; half < 2; ++half) {
    Four high;
    Four low;
    finish(states[half], high, low);
    for (std::size_t lane = 0; lane < 4; ++lane) out[half * 4 + lane] = {high[lane], low[lane]};
  }
}

bool has_wide_words() noexcept {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}
#else
void digest_eight(State<std::uint64_t>, const Rows&, Digest*) {}
bool has_wide_words() noexcept {
  return false;
}
#endif

}  // namespace

IdentityBatch::IdentityBatch(const HashKey& key) noexcept {
  std::memcpy(&key_low_, key.data(), 8);
  std::memcpy(&key_high_, key.data() + 8, 8);
}

void IdentityBatch::begin() {
  size_ = 0;
  ends_.clear();
}

const std::vector<Digest>& IdentityBatch::digests() {
  reserve(0);
  digests_.resize(ends_.size());
  const State<std::uint64_t> begin = begin_state(key_low_, key_high_);
  const auto start_of = [&](std::size_t row) { return row == 0 ? 0 : ends_[row - 1]; };
  std::size_t row = 0;
  for (; has_wide_words() && row + kLanes <= ends_.size(); row += kLanes) {
    Rows rows;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      rows.at[lane] = buffer_.data() + start_of(row + lane);
      rows.size[lane] = ends_[row + lane] - start_of(row + lane);
    }
    digest_eight(begin, rows, digests_.data() + row);
  }
  for (; row < ends_.size(); ++row) {
    digests_[row] = digest_one(begin, buffer_.data() + start_of(row), ends_[row] - start_of(row));
  }
  return digests_;
}

std::string parts_of(std::string_view text) {
  std::string parts(8, '\0');
  const auto size = static_cast<std::int64_t>(text.size());
  std::memcpy(parts.data(), &size, 8);
  return parts.append(text);
}

}  // namespace weir
