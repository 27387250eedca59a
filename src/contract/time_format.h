// strptime-like formats of foreign dates and times, compiled once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::contract {

// %Y %y %m %d %e %b %B %H %I %M %S %f %p %z %T (= %H:%M:%S) %D (= %m/%d/%y) %F (= %Y-%m-%d) %%; other
// characters stand for themselves. Numbers may lack their leading zeros, except in formats without separators
// (`%Y%m%d`), where each field has its full width. English month names, whole or three letters, in any case.
// Immutable.
class TimeFormat {
 public:
  [[nodiscard]] static Result<TimeFormat> compile(std::string_view format);
  // Nothing unless the whole text is of this form and names an existing day and time.
  [[nodiscard]] std::optional<CivilTime> parse(std::string_view text) const noexcept;
  [[nodiscard]] bool has_time() const noexcept { return has_time_; }

 private:
  struct Token {
    char directive{0};  // 0: a literal
    char literal{0};
    bool full_width{false};  // followed by another number without a separator
  };
  std::vector<Token> tokens_;
  bool has_time_{false};
};

}  // namespace weir::contract
