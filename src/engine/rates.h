// Dated rates of exchange: the only way in which amounts of two currencies are ever added.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/file_system.h"
#include "base/money.h"
#include "base/time.h"
#include "workspace/definitions.h"

namespace weir::engine {

class Rates {
 public:
  // The CSV that `rates:` names: date,currency,rate - one unit of `currency` is `rate` units of the base from
  // `date` on. No file: only the base currency can be converted.
  [[nodiscard]] static Result<Rates> load(FileSystem& files, const workspace::Definitions& definitions);
  // In the base currency at the day's rate, half away from zero; empty when there is no rate for that day.
  [[nodiscard]] std::optional<std::int64_t> to_base_minor(std::int64_t minor, const Currency& currency,
                                                          Date day) const;
  [[nodiscard]] const Currency& base() const noexcept { return base_; }

 private:
  Currency base_;
  std::map<Currency, std::map<Date, std::int64_t>> billionths_;
};

}  // namespace weir::engine
