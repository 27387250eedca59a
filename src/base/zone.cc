#include "base/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace weir {

// Offsets are laid out once as sorted transitions, so that a look-up is a binary search and no lock is taken.
struct Zone::Impl {
  struct Span {
    std::int64_t begin{0};  // UTC seconds, inclusive
    std::int32_t offset{0};
  };
  std::string name;
  std::vector<Span> spans;

  [[nodiscard]] std::int32_t offset_at(std::int64_t seconds) const {
    const auto next = std::upper_bound(spans.begin(), spans.end(), seconds,
                                       [](std::int64_t at, const Span& span) { return at < span.begin; });
    return next == spans.begin() ? spans.front().offset : std::prev(next)->offset;
  }
};

namespace {
constexpr std::int64_t kFirstSecond = -5'364'662'400;  // 1800-01-01
constexpr std::int64_t kLastSecond = 5'364'662'400;    // 2140-01-01

std::int64_t floor_divide(std::int64_t value, std::int64_t by) noexcept {
  const std::int64_t quotient = value / by;
  return value % by < 0 ? quotient - 1 : quotient;
}
}  // namespace

Result<Zone> Zone::find(std::string_view name) {
  try {
    const date::time_zone* zone = date::locate_zone(std::string(name));
    auto impl = std::make_shared<Impl>();
    impl->name = std::string(name);
    for (std::int64_t at = kFirstSecond; at < kLastSecond;) {
      const date::sys_info info = zone->get_info(date::sys_seconds{std::chrono::seconds{at}});
      impl->spans.push_back({at, static_cast<std::int32_t>(info.offset.count())});
      const std::int64_t end = info.end.time_since_epoch().count();
      if (end <= at) break;
      at = end;
    }
    return Zone{std::move(impl)};
  } catch (const std::exception&) {
    return fail(Errc::configuration,
                "no time zone is named '" + std::string(name) + "'; use an IANA name such as Europe/Berlin");
  }
}

Zone Zone::utc() {
  static const auto impl = std::make_shared<const Impl>(Impl{"UTC", {{kFirstSecond, 0}}});
  return Zone{impl};
}

const std::string& Zone::name() const noexcept {
  return impl_->name;
}

std::int32_t Zone::offset_seconds(std::int64_t micros) const {
  return impl_->offset_at(floor_divide(micros, kMicrosPerSecond));
}

Date Zone::day_of(std::int64_t micros) const {
  const std::int64_t local = micros + std::int64_t{offset_seconds(micros)} * kMicrosPerSecond;
  return Date{static_cast<std::int32_t>(floor_divide(local, kMicrosPerDay))};
}

std::int64_t Zone::start_of_day(Date date) const {
  return instant_of(CivilTime{date, 0, std::nullopt});
}

std::int64_t Zone::instant_of(const CivilTime& civil) const {
  const std::int64_t local = std::int64_t{civil.date.days} * 86'400 + civil.micros_of_day / kMicrosPerSecond;
  const std::int64_t fraction = civil.micros_of_day % kMicrosPerSecond;
  if (civil.offset_seconds) return (local - *civil.offset_seconds) * kMicrosPerSecond + fraction;
  // A day covers every offset; whichever of the two neighbouring offsets maps back to itself is right.
  const std::int32_t before = impl_->offset_at(local - 86'400);
  const std::int32_t after = impl_->offset_at(local + 86'400);
  const std::int64_t early = local - std::max(before, after);
  const std::int64_t late = local - std::min(before, after);
  if (impl_->offset_at(early) == std::max(before, after)) return early * kMicrosPerSecond + fraction;
  if (impl_->offset_at(late) == std::min(before, after)) return late * kMicrosPerSecond + fraction;
  return (local - before) * kMicrosPerSecond + fraction;  // inside a gap: forward by its length
}

}  // namespace weir
