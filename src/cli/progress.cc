#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <utility>

#include "cli/display_width.h"

namespace weir::cli {
namespace {

constexpr std::int64_t kDrawEvery = kMicrosPerSecond / 10;
constexpr double kMemorySeconds = 5;  // of the smoothed rate
constexpr int kBarWidth = 20;
constexpr int kShortestLabel = 8;

// "950", "12.3 k", "4.5 M".
std::string short_number(double value) {
  if (value < 999.5) return fmt::format("{:.0f}", value);
  if (value < 999'950) return fmt::format("{:.1f} k", value / 1e3);
  if (value < 999'950'000) return fmt::format("{:.1f} M", value / 1e6);
  return fmt::format("{:.1f} G", value / 1e9);
}

// "0:07", "12:30", "3:05:00"; more than four days is no estimate.
std::string short_duration(double seconds) {
  if (!(seconds < 100 * 3600)) return "long";
  const auto whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string bar_of(double share) {
  const auto full = static_cast<std::size_t>(share * kBarWidth);
  return "[" + std::string(full, '#') + std::string(kBarWidth - full, '.') + "]";
}

}  // namespace

ProgressBar::ProgressBar(ProgressOptions options, const Clock& clock, std::ostream& out)
    : options_(std::move(options)),
      clock_(&clock),
      out_(&out),
      drawn_at_(clock.steady_micros()),
      measured_at_(drawn_at_) {
  options_.label = harmless(options_.label);
}

ProgressBar::~ProgressBar() {
  finish();
}

void ProgressBar::update(std::uint64_t done) {
  if (!options_.is_terminal || is_finished_) return;
  done_ = done;
  const std::int64_t now = clock_->steady_micros();
  if (now - drawn_at_ < kDrawEvery) return;
  measure(now);
  draw(now);
}

// Exponentially weighted by time: what was measured kMemorySeconds ago counts 1/e.
void ProgressBar::measure(std::int64_t now) {
  const double seconds = static_cast<double>(now - measured_at_) / kMicrosPerSecond;
  if (seconds <= 0) return;
  const double gained = done_ >= measured_done_ ? static_cast<double>(done_ - measured_done_) : 0;
  const double weight = seconds / (seconds + kMemorySeconds);
  rate_ = rate_.has_value() ? *rate_ + weight * (gained / seconds - *rate_) : gained / seconds;
  measured_at_ = now;
  measured_done_ = done_;
}

std::string ProgressBar::figures() const {
  std::string text;
  if (options_.total > 0) {
    const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(options_.total));
    text += fmt::format("  {} {:3.0f} %", bar_of(share), share * 100);
  }
  text += "  " + short_number(static_cast<double>(done_)) + " " + options_.unit;
  if (rate_.has_value() && *rate_ > 0) {
    text += fmt::format("  {}/s", short_number(*rate_));
    if (options_.total > done_) {
      text += "  " + short_duration(static_cast<double>(options_.total - done_) / *rate_) + " left";
    }
  }
  return text;
}

// A label gives way to the figures. The last column stays free: a terminal would wrap there.
void ProgressBar::draw(std::int64_t now) {
  const std::string numbers = figures();
  const int width = std::max(options_.width - 1, 1);
  const std::string label =
      cut_to_width(options_.label, std::max(width - display_width(numbers), kShortestLabel));
  *out_ << '\r' << cut_to_width(label + numbers, width) << "\x1b[K" << std::flush;
  drawn_at_ = now;
  is_drawn_ = true;
}

void ProgressBar::finish() {
  if (is_finished_) return;
  is_finished_ = true;
  if (is_drawn_) *out_ << "\r\x1b[K" << std::flush;
}

}  // namespace weir::cli
