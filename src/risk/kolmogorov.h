// Kolmogorov's distribution for a sample of a finite size. Private to the room.
#pragma once

#include <cstdint>

namespace weir::risk {

// P(D_n >= distance), two-sided, n >= 1. As SciPy divides the ground: far in the tail twice the one-sided
// tail (exact sum of Birnbaum & Tingey 1951), for n <= 140 the matrix power of Marsaglia, Tsang & Wang
// (2003), else the expansion of Pelz & Good (1976; coefficients as in Simard & L'Ecuyer 2011).
[[nodiscard]] double kolmogorov_tail(std::int64_t n, double distance);

}  // namespace weir::risk
