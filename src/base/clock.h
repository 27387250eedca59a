// The only way to ask what time it is. Nothing outside this file reads the system's clock.
#pragma once

#include "base/time.h"

namespace weir {

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  // UTC microseconds since 1970.
  [[nodiscard]] virtual std::int64_t now_micros() const = 0;
  // For durations only; never goes back.
  [[nodiscard]] virtual std::int64_t steady_micros() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_micros() const override;
  [[nodiscard]] std::int64_t steady_micros() const override;
};

// Stands still until it is moved; for tests and replays.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t micros) noexcept : micros_(micros) {}
  [[nodiscard]] std::int64_t now_micros() const override { return micros_; }
  [[nodiscard]] std::int64_t steady_micros() const override { return micros_; }
  void advance(Micros by) noexcept { micros_ += by.count(); }

 private:
  std::int64_t micros_;
};

}  // namespace weir
