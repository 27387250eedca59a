#include "risk/model.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/json.h"
#include "base/json_whole.h"

namespace weir::risk {
namespace {

constexpr std::array<const char*, 4> kOutcomes{"lost", "advance", "won", "dormant"};
constexpr std::size_t kMaxText = 100'000;

// ---- writing

std::int64_t count(std::size_t number) {
  return static_cast<std::int64_t>(number);
}

void write_evaluation(JsonWriter& out, const Evaluation& evaluation) {
  out.begin_object()
      .field("fitted_until", evaluation.fitted_until)
      .field("holdout_from", evaluation.holdout_from);
  out.field("holdout_until", evaluation.holdout_until);
  out.field("fit_rows", count(evaluation.fit_rows)).field("fit_events", count(evaluation.fit_events));
  out.field("calibration_rows", count(evaluation.calibration_rows))
      .field("calibration_events", count(evaluation.calibration_events));
  out.field("holdout_rows", count(evaluation.holdout_rows))
      .field("holdout_events", count(evaluation.holdout_events));
  out.key("rankings").begin_array();
  for (const Quality& quality : evaluation.rankings) write_quality(out, quality);
  out.end_array().key("reliability").begin_array();
  for (std::size_t i = 0; i < evaluation.reliability_rows.size(); ++i) {
    out.begin_object()
        .field("rows", count(evaluation.reliability_rows[i]))
        .field("predicted", evaluation.reliability_predicted[i]);
    out.field("observed", evaluation.reliability_observed[i]).end_object();
  }
  out.end_array().end_object();
}

void write_evidence(JsonWriter& out, const Evidence& evidence) {
  out.begin_object()
      .field("level", to_text(evidence.level))
      .field("sentence", evidence.sentence)
      .field("outcomes_needed", count(evidence.outcomes_needed));
  out.field("rows", count(evidence.figures.rows)).field("outcomes", count(evidence.figures.outcomes));
  out.field("effective_features", evidence.figures.effective_features)
      .field("holdout_auc", evidence.figures.holdout_auc);
  out.field("holdout_auc_low", evidence.figures.holdout_auc_low)
      .field("holdout_outcomes", count(evidence.figures.holdout_outcomes))
      .end_object();
}

void write_numbers(JsonWriter& out, const char* name, std::span<const double> numbers) {
  out.key(name).begin_array();
  for (const double number : numbers) out.value(number);
  out.end_array();
}

// ---- reading: nlohmann throws on a wrong type; model_from_json catches all of it

using Json = nlohmann::json;

template <typename T>
std::optional<T> maybe(const Json& node, const char* name) {
  const Json& at = node.at(name);
  if (at.is_null()) return std::nullopt;
  return at.get<T>();
}

std::string text_of(const Json& node, const char* name) {
  auto text = node.at(name).get<std::string>();
  if (text.size() > kMaxText) throw std::length_error(name);
  return text;
}

Quality read_quality(const Json& node) {
  Quality quality;
  quality.ranking = text_of(node, "ranking");
  quality.auc = maybe<double>(node, "auc");
  quality.auc_low = maybe<double>(node, "auc_low");
  quality.auc_high = maybe<double>(node, "auc_high");
  quality.average_precision = maybe<double>(node, "average_precision");
  quality.brier = maybe<double>(node, "brier");
  quality.log_loss = maybe<double>(node, "log_loss");
  quality.calibration_error = maybe<double>(node, "calibration_error");
  quality.lift_at_10_percent = maybe<double>(node, "lift_at_10_percent");
  return quality;
}

Evaluation read_evaluation(const Json& node) {
  Evaluation evaluation;
  evaluation.fitted_until = whole_number<std::int64_t>(node.at("fitted_until"));
  evaluation.holdout_from = whole_number<std::int64_t>(node.at("holdout_from"));
  evaluation.holdout_until = whole_number<std::int64_t>(node.at("holdout_until"));
  evaluation.fit_rows = counted(node.at("fit_rows"));
  evaluation.fit_events = counted(node.at("fit_events"));
  evaluation.calibration_rows = counted(node.at("calibration_rows"));
  evaluation.calibration_events = counted(node.at("calibration_events"));
  evaluation.holdout_rows = counted(node.at("holdout_rows"));
  evaluation.holdout_events = counted(node.at("holdout_events"));
  for (const Json& quality : node.at("rankings")) evaluation.rankings.push_back(read_quality(quality));
  for (const Json& group : node.at("reliability")) {
    evaluation.reliability_rows.push_back(counted(group.at("rows")));
    evaluation.reliability_predicted.push_back(group.at("predicted").get<double>());
    evaluation.reliability_observed.push_back(group.at("observed").get<double>());
  }
  return evaluation;
}

EvidenceLevel level_named(const std::string& name) {
  for (const auto level :
       {EvidenceLevel::none, EvidenceLevel::baseline_only, EvidenceLevel::no_signal, EvidenceLevel::model}) {
    if (name == to_text(level)) return level;
  }
  throw std::invalid_argument("level");
}

Evidence read_evidence(const Json& node) {
  Evidence evidence;
  evidence.level = level_named(text_of(node, "level"));
  evidence.sentence = text_of(node, "sentence");
  evidence.outcomes_needed = counted(node.at("outcomes_needed"));
  evidence.figures.rows = counted(node.at("rows"));
  evidence.figures.outcomes = counted(node.at("outcomes"));
  evidence.figures.effective_features = node.at("effective_features").get<double>();
  evidence.figures.holdout_auc = maybe<double>(node, "holdout_auc");
  evidence.figures.holdout_auc_low = maybe<double>(node, "holdout_auc_low");
  evidence.figures.holdout_outcomes = counted(node.at("holdout_outcomes"));
  return evidence;
}

Model read_model(const Json& node) {
  Model model;
  if (node.at("weir_model") != 1) throw std::invalid_argument("weir_model");
  model.name = text_of(node, "name");
  model.funnel = text_of(node, "funnel");
  const auto outcome = outcome_named(text_of(node, "outcome"));
  if (!outcome) throw std::invalid_argument("outcome");
  model.outcome = *outcome;
  model.horizon_days = maybe<double>(node, "horizon_days");
  model.as_of = whole_number<std::int64_t>(node.at("as_of"));
  model.landmarks_from = whole_number<std::int64_t>(node.at("landmarks_from"));
  model.landmarks_until = whole_number<std::int64_t>(node.at("landmarks_until"));
  model.rows = counted(node.at("rows"));
  model.events = counted(node.at("events"));
  model.subjects = counted(node.at("subjects"));
  model.immature = counted(node.at("immature"));
  model.treated = counted(node.at("treated"));
  model.seed = whole_number<std::uint64_t>(node.at("seed"));
  model.feature_version = text_of(node, "feature_version");
  model.context_version = text_of(node, "context_version");
  model.funnel_version = text_of(node, "funnel_version");
  for (const Json& feature : node.at("features")) model.features.push_back(feature.get<std::string>());
  for (const Json& left_out : node.at("left_out"))
    model.left_out.push_back({text_of(left_out, "name"), text_of(left_out, "sentence")});
  model.evidence = read_evidence(node.at("evidence"));
  model.chosen = text_of(node, "chosen");
  model.penalty = node.at("penalty").get<double>();
  model.rounds = whole_number<int>(node.at("rounds"));
  for (const Json& rate : node.at("stage_rates")) {
    model.stage_rates.push_back({text_of(rate, "stage"), counted(rate.at("rows")), counted(rate.at("events")),
                                 counted(rate.at("subjects"))});
  }
  model.recorded_share = maybe<double>(node, "recorded_share");
  model.estimated_recorded_share = maybe<double>(node, "estimated_recorded_share");
  for (const Json& value : node.at("percentiles")) model.percentiles.push_back(value.get<double>());
  model.evaluation = read_evaluation(node.at("evaluation"));
  return model;
}

// 1 ... 99: where the probability stands among those of the calibration window.
int rating_of(const Model& model, double probability) {
  if (model.percentiles.empty()) return 0;
  const auto below = std::lower_bound(model.percentiles.begin(), model.percentiles.end(), probability) -
                     model.percentiles.begin();
  return std::clamp(static_cast<int>(below), 1, 99);
}

BaselineChance rate_chance(const Model& model, std::string_view stage) {
  const StageRate* all = nullptr;
  const StageRate* own = nullptr;
  for (const StageRate& rate : model.stage_rates) {
    if (rate.stage.empty()) all = &rate;
    if (!rate.stage.empty() && rate.stage == stage) own = &rate;
  }
  const StageRate* rate = own != nullptr && own->rows > 0 ? own : all;
  if (rate == nullptr || rate->rows == 0) return {};
  const double share = static_cast<double>(rate->events) / static_cast<double>(rate->rows);
  const auto events = static_cast<std::size_t>(std::llround(share * static_cast<double>(rate->subjects)));
  const RateInterval interval = rate_interval(events, rate->subjects);
  return {share, std::min(interval.low, share), std::max(interval.high, share),
          static_cast<double>(rate->events)};
}

}  // namespace

const char* to_text(Outcome outcome) noexcept {
  return kOutcomes[static_cast<std::size_t>(outcome)];
}

std::optional<Outcome> outcome_named(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
    if (name == kOutcomes[i]) return static_cast<Outcome>(i);
  }
  return std::nullopt;
}

void write_quality(JsonWriter& out, const Quality& quality) {
  out.begin_object()
      .field("ranking", quality.ranking)
      .field("auc", quality.auc)
      .field("auc_low", quality.auc_low)
      .field("auc_high", quality.auc_high);
  out.field("average_precision", quality.average_precision)
      .field("brier", quality.brier)
      .field("log_loss", quality.log_loss);
  out.field("calibration_error", quality.calibration_error)
      .field("lift_at_10_percent", quality.lift_at_10_percent)
      .end_object();
}

std::string to_json(const Model& model) {
  JsonWriter out(1);
  out.begin_object()
      .field("weir_model", 1)
      .field("name", model.name)
      .field("funnel", model.funnel)
      .field("outcome", to_text(model.outcome));
  out.field("horizon_days", model.horizon_days).field("as_of", model.as_of);
  out.field("landmarks_from", model.landmarks_from).field("landmarks_until", model.landmarks_until);
  out.field("rows", count(model.rows))
      .field("events", count(model.events))
      .field("subjects", count(model.subjects));
  out.field("immature", count(model.immature))
      .field("treated", count(model.treated))
      .field("seed", static_cast<std::int64_t>(model.seed));
  out.field("feature_version", model.feature_version)
      .field("context_version", model.context_version)
      .field("funnel_version", model.funnel_version);
  out.key("features").begin_array();
  for (const auto& feature : model.features) out.value(feature);
  out.end_array().key("left_out").begin_array();
  for (const auto& column : model.left_out)
    out.begin_object().field("name", column.name).field("sentence", column.sentence).end_object();
  out.end_array().key("evidence");
  write_evidence(out, model.evidence);
  out.field("chosen", model.chosen).field("penalty", model.penalty).field("rounds", model.rounds);
  out.key("stage_rates").begin_array();
  for (const StageRate& rate : model.stage_rates) {
    out.begin_object()
        .field("stage", rate.stage)
        .field("rows", count(rate.rows))
        .field("events", count(rate.events));
    out.field("subjects", count(rate.subjects)).end_object();
  }
  out.end_array()
      .field("recorded_share", model.recorded_share)
      .field("estimated_recorded_share", model.estimated_recorded_share);
  write_numbers(out, "percentiles", model.percentiles);
  out.key("evaluation");
  write_evaluation(out, model.evaluation);
  if (!model.reference.empty()) out.key("reference").raw(to_json(model.reference));
  out.key("baseline").raw(to_json(model.baseline));
  out.key("calibrator").raw(to_json(model.calibrator)).key("ensemble");
  if (model.ensemble) {
    out.raw(to_json(*model.ensemble));
  } else {
    out.null();
  }
  return out.end_object().text();
}

Result<Model> model_from_json(std::string_view text) {
  try {
    const Json node = Json::parse(text);
    Model model = read_model(node);
    WEIR_TRY(model.baseline, baseline_from_json(node.at("baseline").dump()));
    WEIR_TRY(model.calibrator, calibrator_from_json(node.at("calibrator").dump()));
    if (node.contains("reference")) {  // models of earlier versions have none
      WEIR_TRY(model.reference, feature_reference_from_json(node.at("reference").dump()));
    }
    if (!node.at("ensemble").is_null()) {
      WEIR_TRY(Ensemble ensemble, ensemble_from_json(node.at("ensemble").dump()));
      model.ensemble = std::move(ensemble);
    }
    return model;
  } catch (const std::exception& error) {
    return fail(Errc::invalid_data, std::string("this is no model that weir wrote: ") + error.what());
  }
}

std::string version_of(const Model& model) {
  return weir::version_of(to_json(model));
}

BaselineChance baseline_chance(const Model& model, const ScoreRow& row) {
  if (!model.horizon_days || model.baseline.cells.empty()) return rate_chance(model, row.stage);
  const Rollout rollout = model.baseline.rollout(row.stage, row.days_in_stage, "", *model.horizon_days);
  if (model.outcome == Outcome::lost) return {rollout.probability, rollout.low, rollout.high, rollout.events};
  if (model.outcome != Outcome::advance) return rate_chance(model, row.stage);
  const ExitChances chances = model.baseline.chances(row.stage, row.days_in_stage, "", *model.horizon_days);
  BaselineChance by_rate = rate_chance(model, row.stage);
  by_rate.probability = chances.advanced + chances.won;
  by_rate.low = std::min(by_rate.low, by_rate.probability);
  by_rate.high = std::max(by_rate.high, by_rate.probability);
  return by_rate;
}

Result<std::vector<Score>> score(const Model& model, const features::FeatureMatrix& matrix,
                                 std::span<const ScoreRow> rows) {
  std::vector<Score> scores(rows.size());
  std::vector<double> margin;
  if (model.ensemble) {
    WEIR_TRY(margin, margins(*model.ensemble, matrix));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Score& score = scores[i];
    const BaselineChance chance = baseline_chance(model, rows[i]);
    score.fallback = !model.ensemble.has_value();
    if (score.fallback) {
      score.probability = chance.probability;
      score.low = chance.low;
      score.high = chance.high;
    } else {
      score.margin = margin[i];
      const CalibratedProbability calibrated = model.calibrator.apply(margin[i], chance.probability);
      score.probability = calibrated.probability;
      score.low = std::min(calibrated.interval.low, score.probability);
      score.high = std::max(calibrated.interval.high, score.probability);
      score.rating = rating_of(model, score.probability);
    }
    if (model.recorded_share) {
      score.probability = std::min(1.0, score.probability / *model.recorded_share);
      score.low = std::min(1.0, score.low / *model.recorded_share);
      score.high = std::min(1.0, score.high / *model.recorded_share);
    }
  }
  return scores;
}

}  // namespace weir::risk
