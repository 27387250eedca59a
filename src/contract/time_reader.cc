#include "contract/time_reader.h"

#include "contract/values.h"

namespace weir::contract {

Result<TimeReader> TimeReader::create(const std::string& format, const Zone& zone) {
  TimeReader reader(zone);
  if (format == "epoch_s") {
    reader.epoch_ = Epoch::seconds;
  } else if (format == "epoch_ms") {
    reader.epoch_ = Epoch::millis;
  } else if (!format.empty()) {
    WEIR_TRY(reader.format_, TimeFormat::compile(format));
  }
  return reader;
}

std::optional<std::int64_t> TimeReader::day(std::string_view text) const {
  if (epoch_ != Epoch::none) {
    const auto micros = parse_epoch(text, epoch_ == Epoch::millis);
    return micros ? std::optional<std::int64_t>(zone_.day_of(*micros).days) : std::nullopt;
  }
  if (!format_) {
    const auto day = parse_iso_day(text);
    return day ? std::optional<std::int64_t>(day->days) : std::nullopt;
  }
  const auto civil = format_->parse(text);
  return civil && civil->micros_of_day == 0 ? std::optional<std::int64_t>(civil->date.days) : std::nullopt;
}

std::optional<std::int64_t> TimeReader::instant(std::string_view text) const {
  if (epoch_ != Epoch::none) return parse_epoch(text, epoch_ == Epoch::millis);
  if (!format_) return parse_instant(text, zone_);
  const auto civil = format_->parse(text);
  return civil ? std::optional(zone_.instant_of(*civil)) : std::nullopt;
}

std::optional<TimeReader::Moment> TimeReader::moment(std::string_view text) const {
  if (epoch_ != Epoch::none) {
    const auto micros = parse_epoch(text, epoch_ == Epoch::millis);
    if (micros) return Moment{false, *micros};
  }
  if (format_) {
    const auto civil = format_->parse(text);
    if (civil)
      return format_->has_time() ? Moment{false, zone_.instant_of(*civil)} : Moment{true, civil->date.days};
  }
  const auto time = parse_time_text(text);
  if (!time) return std::nullopt;
  return time->has_time ? Moment{false, zone_.instant_of(time->civil)} : Moment{true, time->civil.date.days};
}

}  // namespace weir::contract
