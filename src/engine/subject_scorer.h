// One funnel's subjects at points in time, with what a model says of them and why.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/evaluated_funnel.h"
#include "engine/feature_rows.h"
#include "engine/score_answer.h"

namespace weir::engine {

// Holds references: none of what it is made of may move while it lives.
class SubjectScorer {
 public:
  SubjectScorer(const OpenTimelines& timelines, const EvaluatedFunnel& evaluated, const FeatureRows& features,
                const risk::Model& model)
      : timelines_(timelines), evaluated_(evaluated), features_(features), model_(model) {}

  struct Scored {
    features::Computed computed;
    std::vector<risk::Score> scores;  // one per point
  };
  [[nodiscard]] Result<Scored> score(const std::vector<features::Point>& points) const;

  // Per point the groups that move its log-odds most, `most` in each direction; none where no ensemble
  // answers.
  [[nodiscard]] Result<std::vector<std::vector<Reason>>> reasons(const std::vector<features::Point>& points,
                                                                 const Scored& scored, std::size_t most,
                                                                 bool with_evidence) const;

 private:
  [[nodiscard]] std::vector<Reason> reasons_of_row(const risk::Contributions& contributions,
                                                   const std::map<std::string, std::size_t>& definition_of,
                                                   const features::FeatureMatrix& matrix, std::size_t row,
                                                   std::size_t most) const;

  const OpenTimelines& timelines_;
  const EvaluatedFunnel& evaluated_;
  const FeatureRows& features_;
  const risk::Model& model_;
};

}  // namespace weir::engine
