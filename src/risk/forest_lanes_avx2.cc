// Compiled for AVX2: no function of the standard library may be instantiated here, as the linker could keep
// this copy for all.
#include "risk/forest_lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "risk/tabulate.h"

namespace weir::risk {
namespace {

// How many of 16 thresholds are <= the value.
int count_of_16(const float* thresholds, __m256 value) {
  const int low = _mm256_movemask_ps(_mm256_cmp_ps(_mm256_load_ps(thresholds), value, _CMP_LE_OQ));
  const int high = _mm256_movemask_ps(_mm256_cmp_ps(_mm256_load_ps(thresholds + 8), value, _CMP_LE_OQ));
  return __builtin_popcount(static_cast<unsigned>(low | high << 8));
}

void rank(const RankTable& table, const float* values, std::size_t stride, std::size_t count,
          std::int8_t* planes) {
  const float* pivots = reinterpret_cast<const float*>(&table.pivots);
  const float* thresholds = reinterpret_cast<const float*>(&table.thresholds);
  std::int8_t* left = planes + table.left_plane;
  std::int8_t* right = planes + table.right_plane;
  for (std::size_t row = 0; row < count; ++row) {
    const float value = values[row * stride];
    const __m256 all = _mm256_set1_ps(value);
    const int group = count_of_16(pivots, all);
    const int rank = 16 * group + count_of_16(thresholds + 16 * group, all) - 128;
    left[row] = static_cast<std::int8_t>(rank);
    right[row] = static_cast<std::int8_t>(value != value ? 127 : rank);
  }
}

__m256i filled(std::uint32_t word) {
  return _mm256_set1_epi32(static_cast<int>(word));
}
__m256i ranks_at(const std::int8_t* place) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(place));
}

template <std::size_t kVectors>
void find_leaves_of(const LaneNode* nodes, std::size_t node_count, const std::int8_t* planes,
                    std::uint8_t* places) {
  __m256i place[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) place[v] = _mm256_setzero_si256();
  for (std::size_t i = 0; i < node_count; ++i) {
    const __m256i threshold = filled(nodes[i].threshold);
    const __m256i start = filled(nodes[i].start);
    const __m256i left_leaves = filled(nodes[i].left_leaves);
    for (std::size_t v = 0; v < kVectors; ++v) {
      const __m256i right = _mm256_cmpgt_epi8(ranks_at(planes + nodes[i].plane + 32 * v), threshold);
      const __m256i moves = _mm256_and_si256(right, _mm256_cmpeq_epi8(place[v], start));
      place[v] = _mm256_add_epi8(place[v], _mm256_and_si256(moves, left_leaves));
    }
  }
  for (std::size_t v = 0; v < kVectors; ++v)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(places + 32 * v), place[v]);
}

void find_leaves(const LaneNode* nodes, std::size_t node_count, const std::int8_t* planes,
                 std::size_t row_count, std::uint8_t* places) {
  if (row_count > kBlockRows - 64) {
    find_leaves_of<kBlockRows / 32>(nodes, node_count, planes, places);
    return;
  }
  for (std::size_t row = 0; row < row_count; row += 64) {
    find_leaves_of<2>(nodes, node_count, planes + row, places + row);
  }
}

void decide(const LaneNode* nodes, std::size_t node_count, const std::int8_t* planes, std::size_t row_count,
            std::uint64_t* right, std::size_t stride) {
  for (std::size_t i = 0; i < node_count; ++i) {
    const __m256i threshold = filled(nodes[i].threshold);
    for (std::size_t row = 0; row < row_count; row += 64) {
      const std::int8_t* ranks = planes + nodes[i].plane + row;
      const auto low =
          static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpgt_epi8(ranks_at(ranks), threshold)));
      const auto high = static_cast<std::uint32_t>(
          _mm256_movemask_epi8(_mm256_cmpgt_epi8(ranks_at(ranks + 32), threshold)));
      right[i * stride + row / 64] = std::uint64_t{high} << 32 | low;
    }
  }
}

// All ones in each of 8 rows whose bit is set.
__m256i chosen_of(std::uint64_t rows, std::size_t row) {
  const __m256i bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  const auto byte = static_cast<int>(rows >> (row % 64) & 0xFFU);
  return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(byte), bits), bits);
}

__m256i patterns_at(const std::uint32_t* place) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(place));
}

void set_bit(const std::uint32_t* from, const std::uint64_t* rows, std::uint64_t flip, std::size_t row_count,
             std::uint32_t bit, std::uint32_t* to) {
  const __m256i bits = filled(bit);
  for (std::size_t row = 0; row < row_count; row += 8) {
    const __m256i chosen = _mm256_and_si256(chosen_of(rows[row / 64] ^ flip, row), bits);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + row),
                        _mm256_or_si256(patterns_at(from + row), chosen));
  }
}

void keep_bit(const std::uint32_t* from, const std::uint64_t* rows, std::uint64_t flip, std::size_t row_count,
              std::uint32_t bit, std::uint32_t* to) {
  const __m256i bits = filled(bit);
  for (std::size_t row = 0; row < row_count; row += 8) {
    const __m256i cleared = _mm256_and_si256(chosen_of(~(rows[row / 64] ^ flip), row), bits);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + row),
                        _mm256_andnot_si256(cleared, patterns_at(from + row)));
  }
}

void add_to(double* sums, __m256d values) {
  _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums), values));
}

// Loads one by one: gather instructions were measured and are slower.
void add_looked_up(const double* table, const std::uint32_t* patterns, std::size_t row_count, double* sums) {
  std::size_t row = 0;
  for (; row + 4 <= row_count; row += 4) {
    const std::uint32_t* p = patterns + row;
    const __m128d low = _mm_loadh_pd(_mm_load_sd(table + p[0]), table + p[1]);
    const __m128d high = _mm_loadh_pd(_mm_load_sd(table + p[2]), table + p[3]);
    add_to(sums + row, _mm256_insertf128_pd(_mm256_castpd128_pd256(low), high, 1));
  }
  for (; row < row_count; ++row) sums[row] += table[patterns[row]];
}

// Four rows of four values, transposed.
void add_four_looked_up(const double* table, const std::uint32_t* patterns, std::size_t row_count,
                        double* const* sums) {
  std::size_t row = 0;
  for (; row + 4 <= row_count; row += 4) {
    const std::uint32_t* p = patterns + row;
    const __m256d first = _mm256_loadu_pd(table + std::size_t{4} * p[0]);
    const __m256d second = _mm256_loadu_pd(table + std::size_t{4} * p[1]);
    const __m256d third = _mm256_loadu_pd(table + std::size_t{4} * p[2]);
    const __m256d fourth = _mm256_loadu_pd(table + std::size_t{4} * p[3]);
    const __m256d even_low = _mm256_unpacklo_pd(first, second);
    const __m256d odd_low = _mm256_unpackhi_pd(first, second);
    const __m256d even_high = _mm256_unpacklo_pd(third, fourth);
    const __m256d odd_high = _mm256_unpackhi_pd(third, fourth);
    add_to(sums[0] + row, _mm256_permute2f128_pd(even_low, even_high, 0x20));
    add_to(sums[1] + row, _mm256_permute2f128_pd(odd_low, odd_high, 0x20));
    add_to(sums[2] + row, _mm256_permute2f128_pd(even_low, even_high, 0x31));
    add_to(sums[3] + row, _mm256_permute2f128_pd(odd_low, odd_high, 0x31));
  }
  for (; row < row_count; ++row) {
    const double* values = table + std::size_t{4} * patterns[row];
    for (std::size_t i = 0; i < 4; ++i) sums[i][row] += values[i];
  }
}

}  // namespace

const LaneKernels& avx2_kernels() noexcept {
  static const LaneKernels kernels{&rank,     &find_leaves,   plain_kernels().add_leaves, &decide,  &set_bit,
                                   &keep_bit, &add_looked_up, &add_four_looked_up,        &tabulate};
  return kernels;
}

}  // namespace weir::risk
#endif
