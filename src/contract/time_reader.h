// Texts of a source as days and instants: what typed columns and expressions over text columns are read by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/zone.h"
#include "contract/time_format.h"

namespace weir::contract {

// Immutable.
class TimeReader {
 public:
  // `format`: "%m/%d/%Y" and the like, "epoch_s", "epoch_ms"; "" = the forms of parse_time_text(). `zone`: of
  // date-times without an offset.
  [[nodiscard]] static Result<TimeReader> create(const std::string& format, const Zone& zone);

  // Of a column of dates: days since 1970. A time of day other than midnight makes a text no date.
  [[nodiscard]] std::optional<std::int64_t> day(std::string_view text) const;
  // Of a column of instants: UTC microseconds; a day is its first instant.
  [[nodiscard]] std::optional<std::int64_t> instant(std::string_view text) const;

  struct Moment {
    bool is_day{false};
    std::int64_t value{0};  // days since 1970, or UTC microseconds
  };
  // Of a text of any kind: in the format, else in one of the forms of parse_time_text(); a day where it names
  // one.
  [[nodiscard]] std::optional<Moment> moment(std::string_view text) const;

 private:
  enum class Epoch : std::uint8_t { none, seconds, millis };
  explicit TimeReader(Zone zone) : zone_(std::move(zone)) {}
  std::optional<TimeFormat> format_;
  Epoch epoch_{Epoch::none};
  Zone zone_;
};

}  // namespace weir::contract
