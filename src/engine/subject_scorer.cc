#include "engine/subject_scorer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "engine/landmark_rows.h"

namespace weir::engine {

using features::Point;

namespace {

constexpr std::size_t kEvidenceEvents = 3;
// Smaller effects are no reason.
constexpr double kLeastEffect = 0.05;

std::string value_text(const features::FeatureColumn& column, std::size_t row) {
  if (column.is_null(row)) return {};
  if (column.type == features::ColumnType::category) return column.levels[column.codes[row]];
  const double value = column.numbers[row];
  if (value == std::floor(value) && std::abs(value) < 1e15) return fmt::format("{:.0f}", value);
  return std::abs(value) >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.2f}", value);
}

}  // namespace

Result<SubjectScorer::Scored> SubjectScorer::score(const std::vector<Point>& points) const {
  Scored scored;
  scored.computed = features_.compute(points);
  std::vector<risk::ScoreRow> rows;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto& state = scored.computed.states[i];
    const bool in_stage = state.is_open() && state.stage != funnel::kNoStage;
    rows.push_back({in_stage ? std::string_view(evaluated_.stages[state.stage]->name) : std::string_view{},
                    in_stage ? days_of(Micros{points[i].at - state.entered}) : 0.0});
  }
  WEIR_TRY(scored.scores, risk::score(model_, scored.computed.matrix, rows));
  return scored;
}

Result<std::vector<std::vector<Reason>>> SubjectScorer::reasons(const std::vector<Point>& points,
                                                                const Scored& scored, std::size_t most,
                                                                bool with_evidence) const {
  std::vector<std::vector<Reason>> all(points.size());
  if (!model_.ensemble || most == 0) return all;
  WEIR_TRY(const auto contributions, risk::contributions(*model_.ensemble, scored.computed.matrix));
  std::map<std::string, std::size_t> definition_of;
  const auto& definitions = features_.plan().definitions;
  for (std::size_t i = 0; i < definitions.size(); ++i) definition_of[definitions[i].name] = i;
  for (std::size_t i = 0; i < points.size(); ++i) {
    all[i] = reasons_of_row(contributions, definition_of, scored.computed.matrix, i, most);
    for (Reason& reason : all[i]) {
      if (with_evidence)
        reason.rows = features_.evidence(definition_of.at(reason.feature), points[i], kEvidenceEvents);
      const auto& proofs = timelines_.store->proofs();
      for (const timeline::Row row : reason.rows) reason.event_ids.push_back(to_text(proofs.event[row]));
    }
  }
  return all;
}

std::vector<Reason> SubjectScorer::reasons_of_row(const risk::Contributions& contributions,
                                                  const std::map<std::string, std::size_t>& definition_of,
                                                  const features::FeatureMatrix& matrix, std::size_t row,
                                                  std::size_t most) const {
  struct Group {
    double effect{0};
    std::size_t strongest{0};
    double strongest_effect{0};
  };
  std::map<std::string, Group> groups;
  const auto effects = contributions.row(row);
  const auto& definitions = features_.plan().definitions;
  for (std::size_t f = 0; f < effects.size(); ++f)
    groups[definitions[definition_of.at(contributions.features[f])].group].effect += effects[f];
  for (std::size_t f = 0; f < effects.size(); ++f) {
    // The feature that goes the group's way most speaks for it.
    Group& group = groups[definitions[definition_of.at(contributions.features[f])].group];
    const double along = group.effect >= 0 ? effects[f] : -effects[f];
    if (along <= group.strongest_effect) continue;
    group.strongest_effect = along;
    group.strongest = f;
  }
  std::vector<Reason> raising, lowering;
  for (const auto& [name, group] : groups) {
    if (std::abs(group.effect) < kLeastEffect) continue;
    const auto& definition = definitions[definition_of.at(contributions.features[group.strongest])];
    Reason reason;
    reason.group = name;
    reason.feature = definition.name;
    reason.effect = group.effect;
    const auto* column = matrix.find(definition.name);
    reason.value = value_text(*column, row);
    reason.text = definition.description + ": " + (reason.value.empty() ? "none" : reason.value);
    (group.effect > 0 ? raising : lowering).push_back(std::move(reason));
  }
  const auto by_size = [](const Reason& a, const Reason& b) {
    return std::abs(a.effect) != std::abs(b.effect) ? std::abs(a.effect) > std::abs(b.effect)
                                                    : a.group < b.group;
  };
  for (auto* side : {&raising, &lowering}) {
    std::sort(side->begin(), side->end(), by_size);
    if (side->size() > most) side->resize(most);
  }
  raising.insert(raising.end(), std::make_move_iterator(lowering.begin()),
                 std::make_move_iterator(lowering.end()));
  return raising;
}

}  // namespace weir::engine
