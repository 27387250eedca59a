// Compiled for AVX-512 with VBMI: no function of the standard library may be instantiated here, as the linker
// could keep this copy for all.
#include "risk/forest_lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace weir::risk {
namespace {

// The first plane is nobody's, and gets -1.
std::ptrdiff_t number_of(std::uint32_t plane) {
  return static_cast<std::ptrdiff_t>(plane / kBlockRows) - 1;
}

void rank(const RankTable* tables, std::size_t table_count, const float* row, std::int8_t* ranks) {
  for (std::size_t i = 0; i < table_count; ++i) {
    const RankTable& table = tables[i];
    const float value = row[table.column];
    const __m512 all = _mm512_set1_ps(value);
    const float* thresholds = reinterpret_cast<const float*>(&table.thresholds);
    const int group = __builtin_popcount(_mm512_cmp_ps_mask(_mm512_load_ps(&table.pivots), all, _CMP_LE_OQ));
    const int in_group =
        __builtin_popcount(_mm512_cmp_ps_mask(_mm512_load_ps(thresholds + 16 * group), all, _CMP_LE_OQ));
    const int rank = 16 * group + in_group - 128;
    ranks[number_of(table.left_plane)] = static_cast<std::int8_t>(rank);
    ranks[number_of(table.right_plane)] = static_cast<std::int8_t>(value != value ? 127 : rank);
  }
}

void find_leaves(const SideSplits* splits, std::size_t split_count, const std::int8_t* ranks,
                 std::uint8_t* places) {
  const __m512i low = _mm512_loadu_si512(ranks);
  const __m512i high = _mm512_loadu_si512(ranks + 64);
  __m512i place[4];
  for (std::size_t v = 0; v < 4; ++v) place[v] = _mm512_setzero_si512();
  for (std::size_t i = 0; i < split_count; ++i) {
    const auto* lines = reinterpret_cast<const __m512i*>(splits + i);
    for (std::size_t v = 0; v < 4; ++v) {
      const __m512i rank_of_tree = _mm512_permutex2var_epi8(low, _mm512_load_si512(lines + v), high);
      const __mmask64 right = _mm512_cmpgt_epi8_mask(rank_of_tree, _mm512_load_si512(lines + 4 + v));
      const __mmask64 moves = _mm512_mask_cmpeq_epi8_mask(right, place[v], _mm512_load_si512(lines + 8 + v));
      place[v] = _mm512_mask_add_epi8(place[v], moves, place[v], _mm512_load_si512(lines + 12 + v));
    }
  }
  for (std::size_t v = 0; v < 4; ++v) _mm512_storeu_si512(places + 64 * v, place[v]);
}

}  // namespace

const RowKernels& vbmi_row_kernels() noexcept {
  static constexpr RowKernels kernels{&rank, &find_leaves};
  return kernels;
}

}  // namespace weir::risk
#endif
