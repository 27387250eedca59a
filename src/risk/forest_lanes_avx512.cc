// Compiled for AVX-512 (F, BW): no function of the standard library may be instantiated here, as the linker
// could keep this copy for all.
#include "risk/forest_lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "risk/tabulate.h"

namespace weir::risk {
namespace {

void rank(const RankTable& table, const float* values, std::size_t stride, std::size_t count,
          std::int8_t* planes) {
  const __m512 pivots = _mm512_load_ps(&table.pivots);
  const float* thresholds = reinterpret_cast<const float*>(&table.thresholds);
  std::int8_t* left = planes + table.left_plane;
  std::int8_t* right = planes + table.right_plane;
  for (std::size_t row = 0; row < count; ++row) {
    const float value = values[row * stride];
    const __m512 all = _mm512_set1_ps(value);
    const int group = __builtin_popcount(_mm512_cmp_ps_mask(pivots, all, _CMP_LE_OQ));
    const int in_group =
        __builtin_popcount(_mm512_cmp_ps_mask(_mm512_load_ps(thresholds + 16 * group), all, _CMP_LE_OQ));
    const int rank = 16 * group + in_group - 128;
    left[row] = static_cast<std::int8_t>(rank);
    right[row] = static_cast<std::int8_t>(value != value ? 127 : rank);
  }
}

__m512i filled(std::uint32_t word) {
  return _mm512_set1_epi32(static_cast<int>(word));
}

template <std::size_t kVectors>
void find_leaves_of(const LaneNode* nodes, std::size_t node_count, const std::int8_t* planes,
                    std::uint8_t* places) {
  __m512i place[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) place[v] = _mm512_setzero_si512();
  for (std::size_t i = 0; i < node_count; ++i) {
    const __m512i threshold = filled(nodes[i].threshold);
    const __m512i start = filled(nodes[i].start);
    const __m512i left_leaves = filled(nodes[i].left_leaves);
    for (std::size_t v = 0; v < kVectors; ++v) {
      const __m512i ranks = _mm512_loadu_si512(planes + nodes[i].plane + 64 * v);
      const __mmask64 right = _mm512_cmpgt_epi8_mask(ranks, threshold);
      const __mmask64 moves = _mm512_mask_cmpeq_epi8_mask(right, place[v], start);
      place[v] = _mm512_mask_add_epi8(place[v], moves, place[v], left_leaves);
    }
  }
  for (std::size_t v = 0; v < kVectors; ++v) _mm512_storeu_si512(places + 64 * v, place[v]);
}

void find_leaves(const LaneNode* nodes, std::size_t node_count, const std::int8_t* planes,
                 std::size_t row_count, std::uint8_t* places) {
  if (row_count > kBlockRows - 64) {
    find_leaves_of<kBlockRows / 64>(nodes, node_count, planes, places);
    return;
  }
  for (std::size_t row = 0; row < row_count; row += 64) {
    find_leaves_of<1>(nodes, node_count, planes + row, places + row);
  }
}

void add_16(__m512 values, double* out) {
  const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(values));
  const __m512d high = _mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(values), 1)));
  _mm512_storeu_pd(out, _mm512_add_pd(_mm512_loadu_pd(out), low));
  _mm512_storeu_pd(out + 8, _mm512_add_pd(_mm512_loadu_pd(out + 8), high));
}

void add_leaves(const float* leaves, std::size_t leaf_count, const std::uint8_t* places,
                std::size_t row_count, double* out) {
  std::size_t row = 0;
  if (leaf_count <= 64) {
    const __m512 first = _mm512_loadu_ps(leaves);
    const __m512 second = _mm512_loadu_ps(leaves + 16);
    const __m512 third = _mm512_loadu_ps(leaves + 32);
    const __m512 fourth = _mm512_loadu_ps(leaves + 48);
    for (; row + 16 <= row_count; row += 16) {
      const __m512i place =
          _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(places + row)));
      const __m512 low = _mm512_permutex2var_ps(first, place, second);
      const __m512 high = _mm512_permutex2var_ps(third, place, fourth);
      add_16(_mm512_mask_blend_ps(_mm512_test_epi32_mask(place, _mm512_set1_epi32(32)), low, high),
             out + row);
    }
  }
  for (; row < row_count; ++row) {
    out[row] += static_cast<double>(leaves[places[row]]);
  }
}

void decide(const LaneNode* nodes, std::size_t node_count, const std::int8_t* planes, std::size_t row_count,
            std::uint64_t* right, std::size_t stride) {
  for (std::size_t i = 0; i < node_count; ++i) {
    const __m512i threshold = filled(nodes[i].threshold);
    for (std::size_t row = 0; row < row_count; row += 64) {
      right[i * stride + row / 64] =
          _mm512_cmpgt_epi8_mask(_mm512_loadu_si512(planes + nodes[i].plane + row), threshold);
    }
  }
}

void set_bit(const std::uint32_t* from, const std::uint64_t* rows, std::uint64_t flip, std::size_t row_count,
             std::uint32_t bit, std::uint32_t* to) {
  const __m512i bits = filled(bit);
  for (std::size_t row = 0; row < row_count; row += 16) {
    const auto chosen = static_cast<__mmask16>((rows[row / 64] ^ flip) >> (row % 64));
    const __m512i old = _mm512_loadu_si512(from + row);
    _mm512_storeu_si512(to + row, _mm512_mask_or_epi32(old, chosen, old, bits));
  }
}

void keep_bit(const std::uint32_t* from, const std::uint64_t* rows, std::uint64_t flip, std::size_t row_count,
              std::uint32_t bit, std::uint32_t* to) {
  const __m512i bits = filled(bit);
  for (std::size_t row = 0; row < row_count; row += 16) {
    const auto cleared = static_cast<__mmask16>(~(rows[row / 64] ^ flip) >> (row % 64));
    const __m512i old = _mm512_loadu_si512(from + row);
    _mm512_storeu_si512(to + row, _mm512_mask_andnot_epi32(old, cleared, bits, old));
  }
}

}  // namespace

const LaneKernels& avx512_kernels() noexcept {
  static const LaneKernels kernels{&rank,
                                   &find_leaves,
                                   &add_leaves,
                                   &decide,
                                   &set_bit,
                                   &keep_bit,
                                   avx2_kernels().add_looked_up,
                                   avx2_kernels().add_four_looked_up,
                                   &tabulate};
  return kernels;
}

}  // namespace weir::risk
#endif
