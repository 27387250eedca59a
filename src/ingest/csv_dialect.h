// What a CSV file looks like, found from its beginning.
#pragma once

#include <string_view>

#include "ingest/csv_scanner.h"
#include "workspace/definitions.h"

namespace weir::ingest {

inline constexpr std::size_t kDialectSampleBytes = std::size_t{64} << 10;

// The declared delimiter and quote, else those that cut the sample into records of equal size. `is_whole`:
// nothing follows the sample.
[[nodiscard]] CsvDialect detect_dialect(std::string_view sample, bool is_whole,
                                        const workspace::CsvOptions& options);

}  // namespace weir::ingest
