// The short way for the many: features that only count events, add numbers up or look at the newest event, of
// subjects with one handle whose events were all known when they happened and stand for good. Then a past is
// the first events of the handle's run, and a window the difference of two running counts of all features at
// once. Everything else goes through SubjectSweep, which gives the same bits. Private to the room.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "features/sweep_plan.h"

namespace weir::features {

// Which features are found in which running counts. Read-only after construction.
class CountingPlan {
 public:
  // Finished; it outlives this.
  explicit CountingPlan(const SweepPlan& plan);

  // Whether the pass can answer it; all definitions of a kernel must be so.
  [[nodiscard]] static bool answers(const Definition& definition) noexcept;
  // In the order of the answer's columns. `value`: its place in the plan, of sum, mean and last.
  void add_count(std::size_t channel, Micros window);
  void add_number(const Definition& definition, std::size_t channel, std::size_t value, double scale);
  // After the last.
  void finish();

 private:
  friend class CountingPass;
  struct Count {
    std::uint32_t window{0}, lane{0};
  };
  struct Number {
    Function function{Function::sum};
    std::uint32_t window{0}, lane{0};  // since: the channel's
    std::uint32_t value{0};
    double scale{1};
  };
  [[nodiscard]] std::uint32_t window_of(Micros length);

  const SweepPlan& plan_;
  std::vector<Count> counts_;
  std::vector<Number> numbers_;
  std::vector<std::int64_t> lengths_;  // of windows; zero: all that was seen
  // Lanes: events per channel, then numbers per value; padded to whole vectors.
  std::size_t lanes_{0};
  std::vector<std::uint32_t> steps_;     // per signal: `lanes_` of 0 or 1
  std::vector<std::uint8_t> is_valued_;  // per signal: some value may be there
  std::vector<std::uint8_t> is_apart_;   // per signal: known late or taken back
  bool has_apart_{false};
  // Signals that are in the same channels share a group: the newest event of a channel is the newest of its
  // groups.
  std::vector<std::uint32_t> group_of_;                // per signal
  std::vector<std::vector<std::uint32_t>> groups_of_;  // per channel
  std::size_t groups_{0};
};

// Not thread-safe: one per thread.
class CountingPass {
 public:
  // The plan outlives it.
  explicit CountingPass(const CountingPlan& plan);

  // Asks the memory for the numbers of a subject that comes soon: they lie in the order of all subjects'
  // events.
  void fetch(const funnel::SubjectHandles& subject) const noexcept;
  // False: this subject needs a SubjectSweep.
  [[nodiscard]] bool begin(const funnel::SubjectHandles& subject);
  // Of the subject; points rise.
  void look(std::int64_t at);
  // At the point, in the order they were added.
  void write_counts(std::uint32_t* to) const noexcept;
  void write_numbers(std::uint64_t* to) const noexcept;

 private:
  struct Values {
    std::vector<std::int64_t> numbers;
    std::vector<WideSum> sums{0};  // running
  };
  struct Window {
    std::int64_t length{0};
    std::uint64_t codes{0};  // the same in codes of time, where it is a whole number of them
    bool is_whole{true};
    std::size_t first{0};                  // its first event
    const std::uint32_t* before{nullptr};  // what was counted before it
  };
  template <typename Code>
  void take(std::span<const Code> codes, std::uint64_t before);
  template <typename Code>
  void move_windows(std::span<const Code> codes, std::uint64_t before);
  void add_values(timeline::Row row, std::uint32_t signal, std::uint32_t* counted);
  [[nodiscard]] double number(const CountingPlan::Number& wanted) const noexcept;

  const CountingPlan& plan_;
  const FeatureInput& input_;
  const timeline::Runs& runs_;
  std::size_t run_begin_{0}, run_end_{0};  // of the handle's run
  std::size_t end_{0};                     // events before the point
  std::int64_t at_{0};
  std::vector<std::uint32_t> running_;  // per event and one before the first: counts of all lanes
  const std::uint32_t* now_{nullptr};
  std::vector<Window> windows_;      // in the order of the plan
  std::vector<std::size_t> widest_;  // windows, the longest first
  std::vector<Values> values_;
  std::vector<std::uint64_t> newest_;  // code per group; kNone: no event
};

}  // namespace weir::features
