// Numbers drawn from the times of one kind of event, in rising order. Null is empty. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "features/business_time.h"

namespace weir::features {

// log((n + 1) / (expected + 1)), n events in [at - window, at), expected = the pace in [begin, at - window)
// over `window`. Null while the time before is shorter than the window.
[[nodiscard]] std::optional<double> velocity(std::span<const std::int64_t> times, std::int64_t begin,
                                             std::int64_t at, Micros window);

// Days between contacts: events less than a day after the first of a contact belong to it.
struct Cadence {
  std::vector<double> gaps;                // days, in time order
  double current{0};                       // days from the last event to the point
  double total{0}, middle{0}, longest{0};  // of the gaps: sum in time order, median, greatest; 0 without any
  [[nodiscard]] std::optional<double> mean() const;  // null without a gap
  [[nodiscard]] std::optional<double> median() const;
  [[nodiscard]] std::optional<double> max() const;
  [[nodiscard]] std::optional<double> ratio() const;  // current / median; null below 2 gaps
  [[nodiscard]] std::optional<double> is_broken()
      const;  // 1 when current is more than the longest gap and twice the median, else 0; null below 3
};
[[nodiscard]] Cadence cadence_of(std::span<const std::int64_t> times, std::int64_t at);

// One message of a conversation.
struct Message {
  std::int64_t at{0};
  bool is_question{false};  // of the side whose answer is awaited
  std::uint32_t row{0};
};
// A question is the first message of its side after an answer; the next message of the other side answers it.
struct Answer {
  Message question, answer;
};
struct Conversation {
  std::vector<Answer> answers;
  std::optional<Message> unanswered;
  // The next message; whether it answered a question.
  bool add(const Message& message);
};

[[nodiscard]] std::optional<double> median_of(std::vector<double> values);

}  // namespace weir::features
