// SipHash-2-4 with 128 bits (Aumasson & Bernstein 2012; the wide variant of the authors' reference), eight
// or sixteen rows at a time where the processor has vectors of four or eight words. However many: the same
// bits.
#include "base/identity_batch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace weir {
namespace {

using Digest = IdentityBatch::Digest;

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

template <typename Word>
[[gnu::always_inline]] inline void finish(State<Word>& s, Word& high, Word& low) noexcept {
  s.v2 ^= 0xEEU;
  for (int i = 0; i < 4; ++i) mix(s);
  high = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
  s.v1 ^= 0xDDU;
  for (int i = 0; i < 4; ++i) mix(s);
  low = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

Digest digest_one(State<std::uint64_t> s, const char* at, std::size_t words) noexcept {
  for (std::size_t w = 0; w < words; ++w) take(s, word_at(at + 8 * w));
  Digest digest;
  finish(s, digest.high, digest.low);
  return digest;
}

// The most rows that are hashed side by side.
constexpr std::size_t kMostLanes = 16;

struct Rows {
  std::array<const char*, kMostLanes> at{};
  std::array<std::uint64_t, kMostLanes> words{};
};

#if defined(__x86_64__) && defined(__GNUC__)
using Four = std::uint64_t __attribute__((vector_size(32)));
using Eight = std::uint64_t __attribute__((vector_size(64)));

template <typename Word>
[[gnu::always_inline]] inline void gather(const char* const* at, std::size_t offset, Word& word) noexcept {
  const auto of = [&](std::size_t lane) { return word_at(at[lane] + offset); };
  if constexpr (sizeof(Word) == sizeof(Four)) {
    word = Word{of(0), of(1), of(2), of(3)};
  } else {
    word = Word{of(0), of(1), of(2), of(3), of(4), of(5), of(6), of(7)};
  }
}

template <typename Word>
[[gnu::always_inline]] inline void keep_where(Word& kept, const Word& taken, const Word& where) noexcept {
  kept = (taken & where) | (kept & ~where);
}

// Twice as many rows as a Word has lanes: all go through the words that the shortest one has; from there on a
// row whose words are used up stays. What is read behind them is the next row's, or room.
template <typename Word>
[[gnu::always_inline]] inline void digest_rows(const State<std::uint64_t>& begin, const Rows& rows,
                                               Digest* out) noexcept {
  constexpr std::size_t kHalf = sizeof(Word) / sizeof(std::uint64_t);
  std::uint64_t least = rows.words[0];
  std::uint64_t most = least;
  for (std::size_t row = 1; row < 2 * kHalf; ++row) {
    least = rows.words[row] < least ? rows.words[row] : least;
    most = rows.words[row] > most ? rows.words[row] : most;
  }
  std::array<State<Word>, 2> states;
  std::array<Word, 2> words;
  for (std::size_t half = 0; half < 2; ++half) {
    states[half] = {Word{} + begin.v0, Word{} + begin.v1, Word{} + begin.v2, Word{} + begin.v3};
    std::memcpy(&words[half], rows.words.data() + half * kHalf, sizeof(Word));
  }
  for (std::uint64_t w = 0; w < least; ++w) {
    for (std::size_t half = 0; half < 2; ++half) {
      Word word;
      gather(rows.at.data() + half * kHalf, 8 * w, word);
      take(states[half], word);
    }
  }
  for (std::uint64_t w = least; w < most; ++w) {
    for (std::size_t half = 0; half < 2; ++half) {
      Word word;
      gather(rows.at.data() + half * kHalf, 8 * w, word);
      const auto goes_on = Word{} + w < words[half];
      Word where;
      std::memcpy(&where, &goes_on, sizeof where);
      State<Word> state = states[half];
      take(state, word);
      keep_where(states[half].v0, state.v0, where);
      keep_where(states[half].v1, state.v1, where);
      keep_where(states[half].v2, state.v2, where);
      keep_where(states[half].v3, state.v3, where);
    }
  }
  for (std::size_t half = 0; half < 2; ++half) {
    Word high;
    Word low;
    finish(states[half], high, low);
    for (std::size_t lane = 0; lane < kHalf; ++lane) out[half * kHalf + lane] = {high[lane], low[lane]};
  }
}

[[gnu::target("avx2")]] void digest_eight(const State<std::uint64_t>& begin, const Rows& rows, Digest* out) {
  digest_rows<Four>(begin, rows, out);
}
// Rotations are one instruction here, and three above.
[[gnu::target("avx512f")]] void digest_sixteen(const State<std::uint64_t>& begin, const Rows& rows,
                                               Digest* out) {
  digest_rows<Eight>(begin, rows, out);
}

std::size_t lanes_here() noexcept {
  static const std::size_t lanes = __builtin_cpu_supports("avx512f") != 0 ? 16
                                   : __builtin_cpu_supports("avx2") != 0  ? 8
                                                                          : 1;
  return lanes;
}
#else
void digest_eight(const State<std::uint64_t>&, const Rows&, Digest*) {}
void digest_sixteen(const State<std::uint64_t>&, const Rows&, Digest*) {}
std::size_t lanes_here() noexcept {
  return 1;
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
  digests_.clear();
}

// The rows that wait, those of about as many words side by side: few lanes then wait for others.
IdentityBatch::Order IdentityBatch::by_words() const {
  Order place_of{};  // per number of words: where its rows begin; all long ones are together
  const auto told = [&](std::size_t row) { return std::min(words_of(row), kRowsAtOnce - 1); };
  for (std::size_t row = 0; row < ends_.size(); ++row) ++place_of[told(row)];
  std::uint32_t sum = 0;
  for (std::uint32_t& place : place_of) sum += std::exchange(place, sum);
  Order rows{};
  for (std::size_t row = 0; row < ends_.size(); ++row)
    rows[place_of[told(row)]++] = static_cast<std::uint32_t>(row);
  return rows;
}

void IdentityBatch::digest_pending() {
  const std::size_t lanes = lanes_here();
  const std::size_t before = digests_.size();
  digests_.resize(before + ends_.size());
  Digest* const out = digests_.data() + before;
  const State<std::uint64_t> begin = begin_state(key_low_, key_high_);
  const Order order = by_words();
  std::size_t most = 0;
  for (std::size_t row = 0; row < ends_.size(); ++row) most = std::max(most, words_of(row));
  reserve(most * 8);  // whichever row is last is read as far as the longest
  std::size_t done = 0;
  for (; lanes > 1 && done + lanes <= ends_.size(); done += lanes) {
    Rows rows;
    std::array<Digest, kMostLanes> digests;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const std::size_t row = order[done + lane];
      rows.at[lane] = buffer_.data() + start_of(row);
      rows.words[lane] = words_of(row);
    }
    if (lanes == kMostLanes) {
      digest_sixteen(begin, rows, digests.data());
    } else {
      digest_eight(begin, rows, digests.data());
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) out[order[done + lane]] = digests[lane];
  }
  for (; done < ends_.size(); ++done) {
    const std::size_t row = order[done];
    out[row] = digest_one(begin, buffer_.data() + start_of(row), words_of(row));
  }
  size_ = 0;
  ends_.clear();
}

const std::vector<Digest>& IdentityBatch::digests() {
  digest_pending();
  return digests_;
}

std::string parts_of(std::string_view text) {
  std::string parts(8, '\0');
  const auto size = static_cast<std::int64_t>(text.size());
  std::memcpy(parts.data(), &size, 8);
  return parts.append(text);
}

}  // namespace weir
