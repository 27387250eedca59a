// How far a long job is: a line on a terminal, nothing in a pipe or a file.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "base/clock.h"

namespace weir::cli {

struct ProgressOptions {
  std::string label{};  // "ingest deals.csv"
  std::string unit{"rows"};
  std::uint64_t total{0};   // 0: unknown
  bool is_terminal{false};  // is_terminal(Stream::error)
  int width{80};            // terminal_width(Stream::error)
};

// Draws at most ten times a second. Rate and time left follow the last seconds, not the whole. Not
// thread-safe.
class ProgressBar {
 public:
  // `out` (std::cerr) and the clock must outlive the bar.
  ProgressBar(ProgressOptions options, const Clock& clock, std::ostream& out);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  // So many are done in all. Cheap: call it per batch or per row.
  void update(std::uint64_t done);
  // Removes the line, so that what is printed next stands at its start. update() has no effect afterwards.
  void finish();

 private:
  void draw(std::int64_t now);
  [[nodiscard]] std::string figures() const;
  void measure(std::int64_t now);

  ProgressOptions options_;
  const Clock* clock_;
  std::ostream* out_;
  std::uint64_t done_{0};
  std::int64_t drawn_at_;
  std::int64_t measured_at_;
  std::uint64_t measured_done_{0};
  std::optional<double> rate_;  // per second, smoothed
  bool is_drawn_{false};
  bool is_finished_{false};
};

}  // namespace weir::cli
