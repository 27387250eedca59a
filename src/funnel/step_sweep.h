// One subject's events in time order -> its attempts. Linear in the events. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "funnel/step_query.h"

namespace weir::funnel {

// Keeps scratch memory; one per thread.
class StepSweep {
 public:
  // The query and the table outlive it. `table`: the mask of each signal.
  explicit StepSweep(const StepQuery& query, std::span<const std::uint32_t> table = {});

  // Appends the attempts in the order they start. `at` is sorted, in the unit of the query; `masks` has one
  // per event.
  void run(std::span<const std::int64_t> at, std::span<const std::uint32_t> masks, std::vector<Way>& ways);
  // The same of signals, whose meaning the table of the constructor says.
  void run(std::span<const std::uint32_t> at, std::span<const std::uint16_t> signals, std::vector<Way>& ways);
  void run(std::span<const std::uint64_t> at, std::span<const std::uint16_t> signals, std::vector<Way>& ways);

 private:
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFF;
  // The latest way to a level: where it starts, and where its last event stands.
  struct Reach {
    std::uint32_t start{kNowhere};
    std::uint32_t last{kNowhere};
  };
  // How far an attempt gets, and where.
  struct Found {
    std::uint32_t start{kNowhere};
    std::uint32_t arrival{kNowhere};
    std::uint32_t levels{0};      // required steps done
    std::uint32_t end{kNowhere};  // events from here on are not the attempt's
  };

  template <typename Events>
  void dispatch(const Events& events, std::vector<Way>& ways);
  template <typename Events>
  void run_signals(const Events& events, std::vector<Way>& ways);
  void list_signals();
  void find_steps(std::span<const std::uint16_t> signals);
  template <typename Events>
  void best_bits(const Events& events, std::vector<Way>& ways) const;
  template <typename Events>
  void best_plain(const Events& events, std::vector<Way>& ways);
  template <typename Events>
  void add_plain(const Events& events, const Found& found, std::vector<Way>& ways);
  template <typename Events>
  void best_ordered(const Events& events, std::vector<Way>& ways);
  template <typename Events>
  void best_strict(const Events& events, std::vector<Way>& ways);
  template <typename Events>
  void best_any(const Events& events, std::vector<Way>& ways);
  template <typename Events>
  void in_turn(const Events& events, std::vector<Way>& ways);
  template <typename Events>
  Found attempt_ordered(const Events& events, std::uint32_t start);
  template <typename Events>
  Found attempt_strict(const Events& events, std::uint32_t start);
  template <typename Events>
  Found attempt_any(const Events& events, std::uint32_t start);
  template <typename Events>
  [[nodiscard]] std::uint32_t latest_start_any(const Events& events, std::uint32_t arrival) const;
  template <typename Events>
  void add_ordered(const Events& events, const Found& found, std::vector<Way>& ways);
  static void add_strict(const Found& found, std::vector<Way>& ways);
  template <typename Events>
  static void add_any(const Events& events, const Found& found, std::vector<Way>& ways);
  template <typename Events>
  void fill_optional(const Events& events, std::uint32_t end, Way& way) const;
  [[nodiscard]] std::uint32_t excluded_gaps(std::uint32_t mask) const noexcept;
  [[nodiscard]] bool may_start(std::int64_t at) const noexcept { return at >= query_.from && at < query_.to; }

  const StepQuery& query_;
  std::uint32_t levels_{1};
  std::uint32_t required_bits_{1};
  std::uint32_t exclusion_bits_{0};
  bool plain_{true};  // neither windows per step nor exclusions nor a range
  std::span<const std::uint32_t> table_;
  // Of a few signals that are required steps: which, and their step.
  struct StepSignal {
    std::uint16_t signal{0};
    std::uint16_t level{0};
  };
  static constexpr std::size_t kMostStepSignals = 12;
  std::vector<StepSignal> step_signals_;
  bool has_few_signals_{false};
  std::array<std::uint64_t, kMaxSteps> is_step_{};     // by level, a bit per event of a subject
  std::array<std::int64_t, kMaxSteps> step_window_{};  // of required steps
  std::array<Reach, kMaxSteps> reach_{};
  std::array<std::uint32_t, kMaxSteps> last_{}, last_start_{};
  struct Step {
    std::uint32_t place{0};
    std::uint32_t level{0};
    std::uint32_t next{0};  // index of the step after it
  };
  std::vector<Step> steps_;
};

}  // namespace weir::funnel
