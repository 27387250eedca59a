// What a FeatureKernel prepared: the pass over a subject's events that its definitions need, and where in it
// each of them finds its number. Private to the room.
#pragma once

#include <bit>
#include <optional>
#include <string>
#include <vector>

#include "features/counting_pass.h"
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
  std::optional<CountingPlan> counting;  // when all definitions are simple
  // Which definitions the columns of CellRows are.
  std::vector<std::size_t> counts, cells;

  // The row of the sweep's point.
  void write_counts(SubjectSweep& sweep, std::uint32_t* to) const {
    for (const Count& count : count_places_)
      *to++ = static_cast<std::uint32_t>(sweep.events(count.channel).count(count.window));
  }
  void write_cells(SubjectSweep& sweep, std::uint64_t* to) const {
    for (const std::size_t index : cells) {
      const bool is_number = definitions[index].type == ColumnType::number;
      *to++ = is_number ? std::bit_cast<std::uint64_t>(number(sweep, index)) : code(sweep, index);
    }
  }

 private:
  // Most features are counts: theirs are found without a look at the definition.
  struct Count {
    std::uint32_t channel{0}, window{0};
  };
  [[nodiscard]] double number(SubjectSweep& sweep, std::size_t index) const;
  [[nodiscard]] std::uint32_t code(SubjectSweep& sweep, std::size_t index) const;
  void compile(const Definition& definition, Compiled& out);
  void compile_values(const Definition& definition, Compiled& out);
  void plan_counting();
  void find_levels(const Definition& definition, Compiled& out) const;
  [[nodiscard]] double value_statistic(SubjectSweep& sweep, const Definition& definition,
                                       const Compiled& details) const;
  [[nodiscard]] double cadence(SubjectSweep& sweep, const Definition& definition,
                               const Compiled& details) const;
  [[nodiscard]] double stage_number(SubjectSweep& sweep, const Definition& definition,
                                    const Compiled& details) const;
  [[nodiscard]] double context_number(SubjectSweep& sweep, const Definition& definition) const;

  std::vector<Count> count_places_;
};

}  // namespace weir::features
