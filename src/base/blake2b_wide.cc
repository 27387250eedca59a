#include "base/blake2b_wide.h"

#include <algorithm>
#include <cstring>

// clang has no shuffle by a variable order: what it builds uses the library.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WEIR_WIDE_WORDS
#endif

namespace weir::blake2b_wide {
namespace {

constexpr std::size_t kBlock = 128;
constexpr std::array<std::uint64_t, 8> kStart{
    0x6A09E667F3BCC908ULL, 0xBB67AE8584CAA73BULL, 0x3C6EF372FE94F82BULL, 0xA54FF53A5F1D36F1ULL,
    0x510E527FADE682D1ULL, 0x9B05688C2B3E6C1FULL, 0x1F83D9ABFB41BD6BULL, 0x5BE0CD19137E2179ULL};

#ifdef WEIR_WIDE_WORDS

// Which words of the block the two halves of a round take: of each half first the four that are added first,
// then the four that are added second. The diagonals come in the order in which their columns stand after the
// rows were turned to the second one, which stays.
constexpr int kSigma[10][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
                                {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
                                {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
                                {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
                                {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
                                {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
                                {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
                                {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
                                {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

struct Order {
  alignas(64) std::uint64_t words[12][2][8];
};

constexpr Order make_order() {
  Order order{};
  for (int round = 0; round < 12; ++round) {
    const int* sigma = kSigma[round % 10];
    for (int column = 0; column < 4; ++column) {
      const int diagonal = (column + 3) % 4;  // it takes word `column` of the second row
      for (int half = 0; half < 2; ++half) {
        const int* from = sigma + 8 * half + 2 * (half == 0 ? column : diagonal);
        order.words[round][half][column] = static_cast<std::uint64_t>(from[0]);
        order.words[round][half][4 + column] = static_cast<std::uint64_t>(from[1]);
      }
    }
  }
  return order;
}
constexpr Order kOrder = make_order();

using Four = std::uint64_t __attribute__((vector_size(32)));
using Eight = std::uint64_t __attribute__((vector_size(64)));

// By reference all through: vectors of words are passed in no registers that every processor has.
struct Rows {
  Four a, b, c, d;
};

template <typename Word>
[[gnu::always_inline]] inline void load(const void* at, Word& word) noexcept {
  std::memcpy(&word, at, sizeof word);
}

template <int kBits>
[[gnu::always_inline]] inline void rotate(Four& word) noexcept {
  word = (word >> kBits) | (word << (64 - kBits));
}

[[gnu::always_inline]] inline void mix(Rows& r, const Four& first, const Four& second) noexcept {
  r.a = (r.a + first) + r.b;
  r.d ^= r.a;
  rotate<32>(r.d);
  r.c += r.d;
  r.b ^= r.c;
  rotate<24>(r.b);
  r.a = (r.a + second) + r.b;
  r.d ^= r.a;
  rotate<16>(r.d);
  r.c += r.d;
  r.b ^= r.c;
  rotate<63>(r.b);
}

// The second row, which is known last, stays where it is: the others are turned to it, word i to place i +
// by.
[[gnu::always_inline]] inline void turn(Rows& r, const Four& a, const Four& c, const Four& d) noexcept {
  r.a = __builtin_shuffle(r.a, a);
  r.c = __builtin_shuffle(r.c, c);
  r.d = __builtin_shuffle(r.d, d);
}

[[gnu::always_inline]] inline void half_round(Rows& r, const Eight& first, const Eight& second,
                                              const std::uint64_t* order) noexcept {
  Eight places;
  load(order, places);
  const Eight words = __builtin_shuffle(first, second, places);
  mix(r, __builtin_shufflevector(words, words, 0, 1, 2, 3),
      __builtin_shufflevector(words, words, 4, 5, 6, 7));
}

// Whole blocks of one text, or of `kTexts` texts side by side: one alone keeps the processor waiting for
// itself.
template <std::size_t kTexts>
[[gnu::always_inline]] inline void compress_texts(State* const* states, const unsigned char* const* texts,
                                                  std::size_t blocks, std::size_t block_size,
                                                  bool is_last) noexcept {
  const Four by1{1, 2, 3, 0};
  const Four by2{2, 3, 0, 1};
  const Four by3{3, 0, 1, 2};
  Four start_low;
  Four start_high;
  load(kStart.data(), start_low);
  load(kStart.data() + 4, start_high);
  Four low[kTexts];
  Four high[kTexts];
  for (std::size_t t = 0; t < kTexts; ++t) {
    load(states[t]->words.data(), low[t]);
    load(states[t]->words.data() + 4, high[t]);
  }
  for (std::size_t block = 0; block < blocks; ++block) {
    Eight first[kTexts];
    Eight second[kTexts];
    Rows rows[kTexts];
    for (std::size_t t = 0; t < kTexts; ++t) {
      states[t]->size += block_size;
      load(texts[t] + block * kBlock, first[t]);
      load(texts[t] + block * kBlock + 64, second[t]);
      const Four counters{states[t]->size, 0, is_last ? ~std::uint64_t{0} : 0, 0};
      rows[t] = {low[t], high[t], start_low, start_high ^ counters};
    }
    for (const auto& round : kOrder.words) {
      for (std::size_t t = 0; t < kTexts; ++t) half_round(rows[t], first[t], second[t], round[0]);
      for (std::size_t t = 0; t < kTexts; ++t) turn(rows[t], by3, by1, by2);
      for (std::size_t t = 0; t < kTexts; ++t) half_round(rows[t], first[t], second[t], round[1]);
      for (std::size_t t = 0; t < kTexts; ++t) turn(rows[t], by1, by3, by2);
    }
    for (std::size_t t = 0; t < kTexts; ++t) {
      low[t] ^= rows[t].a ^ rows[t].c;
      high[t] ^= rows[t].b ^ rows[t].d;
    }
  }
  for (std::size_t t = 0; t < kTexts; ++t) {
    std::memcpy(states[t]->words.data(), &low[t], sizeof low[t]);
    std::memcpy(states[t]->words.data() + 4, &high[t], sizeof high[t]);
  }
}

[[gnu::target("avx512f,avx512vl")]] void compress(State& state, const unsigned char* at, std::size_t blocks,
                                                  std::size_t block_size, bool is_last) noexcept {
  State* const states[] = {&state};
  const unsigned char* const texts[] = {at};
  compress_texts<1>(states, texts, blocks, block_size, is_last);
}

[[gnu::target("avx512f,avx512vl")]] void compress_both(State& one, const unsigned char* at_one, State& other,
                                                       const unsigned char* at_other,
                                                       std::size_t blocks) noexcept {
  State* const states[] = {&one, &other};
  const unsigned char* const texts[] = {at_one, at_other};
  compress_texts<2>(states, texts, blocks, kBlock, false);
}

#else
void compress(State&, const unsigned char*, std::size_t, std::size_t, bool) noexcept {}
void compress_both(State&, const unsigned char*, State&, const unsigned char*, std::size_t) noexcept {}
#endif

}  // namespace

bool is_supported() noexcept {
#ifdef WEIR_WIDE_WORDS
  static const bool has = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  return has;
#else
  return false;
#endif
}

void begin(State& state) noexcept {
  constexpr std::uint64_t kParameters = 0x01010020;  // no key, 32 bytes of digest, sequential
  state = State{};
  state.words = kStart;
  state.words[0] ^= kParameters;
}

namespace {

// Fills up the block that waits. Gives what is left of `bytes`: nothing, or so much that the last block of it
// waits.
std::string_view fill_rest(State& state, std::string_view bytes) noexcept {
  if (state.rest_size == 0 || bytes.empty()) return bytes;
  const std::size_t taken = std::min(bytes.size(), kBlock - state.rest_size);
  std::memcpy(state.rest.data() + state.rest_size, bytes.data(), taken);
  state.rest_size += taken;
  bytes.remove_prefix(taken);
  if (bytes.empty()) return bytes;
  compress(state, state.rest.data(), 1, kBlock, false);
  state.rest_size = 0;
  return bytes;
}

const unsigned char* unsigned_bytes(std::string_view bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

void add(State& state, std::string_view bytes) noexcept {
  bytes = fill_rest(state, bytes);
  if (bytes.empty()) return;
  const std::size_t blocks = (bytes.size() - 1) / kBlock;
  compress(state, unsigned_bytes(bytes), blocks, kBlock, false);
  state.rest_size = bytes.size() - blocks * kBlock;
  std::memcpy(state.rest.data(), bytes.data() + blocks * kBlock, state.rest_size);
}

void add_both(State& one, std::string_view to_one, State& other, std::string_view to_other) noexcept {
  to_one = fill_rest(one, to_one);
  to_other = fill_rest(other, to_other);
  const std::size_t least = std::min(to_one.size(), to_other.size());
  const std::size_t blocks = least == 0 ? 0 : (least - 1) / kBlock;
  compress_both(one, unsigned_bytes(to_one), other, unsigned_bytes(to_other), blocks);
  add(one, to_one.substr(blocks * kBlock));
  add(other, to_other.substr(blocks * kBlock));
}

std::array<unsigned char, 32> finish(State& state) noexcept {
  std::fill(state.rest.begin() + static_cast<std::ptrdiff_t>(state.rest_size), state.rest.end(),
            static_cast<unsigned char>(0));
  compress(state, state.rest.data(), 1, state.rest_size, true);
  std::array<unsigned char, 32> digest;
  std::memcpy(digest.data(), state.words.data(), digest.size());
  return digest;
}

}  // namespace weir::blake2b_wide
