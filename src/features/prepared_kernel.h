// What a FeatureKernel prepared: the pass over a subject's events that its definitions need, and where in it
// each of them finds its number. Private to the room.
#pragma once

#include <bit>
#include <string>
#include <vector>

#include "features/point_features.h"
#include "features/subject_sweep.h"
#include "features/sweep_plan.h"

namespace weir::features {

struct FeatureKernel::Prepared {
  // A definition with its places in the plan.
  struct Compiled {
    std::size_t channel{0};
    std::size_t window{0};             // of the channel, the values, the distinct keys or the talk
    std::size_t place{0};              // of values, distinct keys, gaps, talk or attribute
    std::size_t extreme{0};            // min, max
    double scale{1};                   // sum, mean, min, max, last: of the store's whole numbers
    std::vector<double> numbers;       // attribute, number: by attribute value
    std::vector<std::uint32_t> codes;  // category: level by attribute value or stage
    std::vector<std::string> levels;
    timeline::Handle first_handle{0};
  };

  Prepared(const FeatureInput& given, std::span<const Definition> asked);

  const FeatureInput input;
  std::vector<Definition> definitions;
  std::vector<Compiled> compiled;
  SweepPlan plan;

  // The value of a definition at the sweep's point, as CellRows has it.
  [[nodiscard]] std::uint64_t cell(SubjectSweep& sweep, std::size_t index) const {
    const Quick& quick = quick_[index];
    if (quick.is_count)
      return std::bit_cast<std::uint64_t>(
          static_cast<double>(sweep.events(quick.channel).count(quick.window)));
    return quick.is_number ? std::bit_cast<std::uint64_t>(number(sweep, index)) : code(sweep, index);
  }

 private:
  // Most features are counts: theirs are found without a look at the definition.
  struct Quick {
    bool is_count{false};
    bool is_number{true};
    std::uint32_t channel{0}, window{0};
  };
  [[nodiscard]] double number(SubjectSweep& sweep, std::size_t index) const;
  [[nodiscard]] std::uint32_t code(SubjectSweep& sweep, std::size_t index) const;
  void compile(const Definition& definition, Compiled& out);
  void compile_values(const Definition& definition, Compiled& out);
  void find_levels(const Definition& definition, Compiled& out) const;
  [[nodiscard]] double value_statistic(SubjectSweep& sweep, const Definition& definition,
                                       const Compiled& details) const;
  [[nodiscard]] double cadence(SubjectSweep& sweep, const Definition& definition,
                               const Compiled& details) const;
  [[nodiscard]] double stage_number(SubjectSweep& sweep, const Definition& definition,
                                    const Compiled& details) const;
  [[nodiscard]] double context_number(SubjectSweep& sweep, const Definition& definition) const;

  std::vector<Quick> quick_;
};

}  // namespace weir::features
