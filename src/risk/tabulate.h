// The kernel LaneKernels::tabulate, compiled once per level. Private to forest_lanes*.cc, each of which has a
// copy of its own: the linker must not keep one for all.
#pragma once

#include <cstddef>
#include <cstdint>

#include "risk/shapley_integral.h"

namespace weir::risk {
namespace {

using Eight = double __attribute__((vector_size(64)));  // patterns that differ in their lowest three bits

// Not returned by value: how is a matter of the level.
inline void fill_by_bit(double zero, double one, std::size_t bit, Eight& values) noexcept {
  for (std::size_t lane = 0; lane < 8; ++lane) values[lane] = (lane >> bit & 1U) != 0 ? one : zero;
}

template <std::size_t kPoints>
void tabulate_of(const LeafFactors& leaf, double* table) noexcept {
  const double(*factors)[2][kMostPoints] = reinterpret_cast<const double(*)[2][kMostPoints]>(&leaf.factors);
  const double(*shares)[2][kMostPoints] = reinterpret_cast<const double(*)[2][kMostPoints]>(&leaf.shares);
  const double* start = reinterpret_cast<const double*>(&leaf.start);
  const std::size_t count = leaf.term_count;
  const std::size_t low_count = count < 3 ? count : 3;
  const std::size_t stride = std::size_t{1} << (count < 3 ? 3 : count);
  Eight low_product[kPoints];
  Eight low_shares[3][kPoints];
  for (std::size_t q = 0; q < kPoints; ++q) {
    low_product[q] = Eight{} + start[q];
    for (std::size_t j = 0; j < low_count; ++j) {
      Eight factor{};
      fill_by_bit(factors[j][0][q], factors[j][1][q], j, factor);
      low_product[q] *= factor;
      fill_by_bit(shares[j][0][q], shares[j][1][q], j, low_shares[j][q]);
    }
  }
  for (std::size_t first = 0; first < stride; first += 8) {
    Eight product[kPoints];
    for (std::size_t q = 0; q < kPoints; ++q) product[q] = low_product[q];
    for (std::size_t j = 3; j < count; ++j) {
      const double* factor = factors[j][first >> j & 1U];
      for (std::size_t q = 0; q < kPoints; ++q) product[q] *= factor[q];
    }
    for (std::size_t j = 0; j < low_count; ++j) {
      Eight sum = product[0] * low_shares[j][0];
      for (std::size_t q = 1; q < kPoints; ++q) sum += product[q] * low_shares[j][q];
      __builtin_memcpy(table + j * stride + first, &sum, sizeof sum);
    }
    for (std::size_t j = 3; j < count; ++j) {
      const double* share = shares[j][first >> j & 1U];
      Eight sum = product[0] * share[0];
      for (std::size_t q = 1; q < kPoints; ++q) sum += product[q] * share[q];
      __builtin_memcpy(table + j * stride + first, &sum, sizeof sum);
    }
  }
}

inline void tabulate(const LeafFactors& leaf, double* table) noexcept {
  static_assert(kMostTableTerms == 20);
  switch (leaf.point_count) {
    case 1:
      return tabulate_of<1>(leaf, table);
    case 2:
      return tabulate_of<2>(leaf, table);
    case 3:
      return tabulate_of<3>(leaf, table);
    case 4:
      return tabulate_of<4>(leaf, table);
    case 5:
      return tabulate_of<5>(leaf, table);
    case 6:
      return tabulate_of<6>(leaf, table);
    case 7:
      return tabulate_of<7>(leaf, table);
    case 8:
      return tabulate_of<8>(leaf, table);
    case 9:
      return tabulate_of<9>(leaf, table);
    case 10:
      return tabulate_of<10>(leaf, table);
    default:
      return;  // a leaf without terms
  }
}

}  // namespace
}  // namespace weir::risk
