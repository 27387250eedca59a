#include "engine/train.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/landmark_rows.h"
#include "engine/model_files.h"
#include "engine/training_export.h"
#include "risk/label_delay.h"
#include "risk/metrics.h"
#include "store/writer_lock.h"

namespace weir::engine {

using workspace::Risk;

namespace {

// One: the rows of a workspace take seconds, and threads of XGBoost spin where others work.
constexpr int kTrainingThreads = 1;
// Closings with a delay, from which on the share of losses that is recorded in time is estimated.
constexpr std::size_t kDelaysForEstimate = 50;
// A new model may rank this much worse on the newest rows before it is not made champion: the noise of
// retraining.
constexpr double kAucTolerance = 0.01;

risk::StayEnd end_of(const funnel::Stay& stay, std::size_t stage_count) {
  switch (stay.ending) {
    case funnel::Ending::advanced:
      return stay.next_stage == stage_count ? risk::StayEnd::won : risk::StayEnd::advanced;
    case funnel::Ending::lost:
      return risk::StayEnd::lost;
    case funnel::Ending::back:
      return risk::StayEnd::back;
    default:
      return risk::StayEnd::open;
  }
}

// Visits as the baseline takes them; what was passed over was no visit.
std::vector<risk::BaselineStay> baseline_stays(const EvaluatedFunnel& evaluated, const funnel::AsOf& as_of) {
  std::vector<risk::BaselineStay> stays;
  for (const auto& stay : evaluated.run.table.stays) {
    if ((stay.flags & funnel::kSkipped) != 0) continue;
    risk::BaselineStay visit;
    visit.stage = evaluated.stages[stay.stage]->name;
    visit.entered_day = days_of(Micros{micros_of(stay.entered)});
    visit.left_day = days_of(Micros{std::min(micros_of(stay.ended), micros_of(as_of.as_of))});
    visit.left_day = std::max(visit.left_day, visit.entered_day);
    visit.end = end_of(stay, evaluated.stages.size());
    stays.push_back(std::move(visit));
  }
  return stays;
}

// How late losses are written down: from the last touch of the stay that ended lost to its end.
std::optional<double> estimated_recorded_share(const EvaluatedFunnel& evaluated, const funnel::AsOf& as_of,
                                               const Risk& risk) {
  if (risk.outcome != workspace::RiskOutcome::lost || !risk.horizon) return std::nullopt;
  std::vector<risk::ClosingDelay> delays;
  for (const auto& stay : evaluated.run.table.stays) {
    if (stay.ending != funnel::Ending::lost || stay.last_touch <= stay.entered) continue;
    delays.push_back({days_of(Micros{micros_of(stay.ended) - micros_of(stay.last_touch)}),
                      days_of(Micros{micros_of(as_of.as_of) - micros_of(stay.last_touch)})});
  }
  if (delays.size() < kDelaysForEstimate) return std::nullopt;
  const auto curve = risk::delay_distribution(delays);
  if (!curve.has_value()) return std::nullopt;
  return risk::recorded_share(*curve, days_of(*risk.horizon));
}

// What somebody fills in, or hangs on it: whether it is empty may be known only from the outcome on.
std::vector<risk::ColumnFact> facts_of(const FeaturePlan& plan) {
  using features::Function;
  std::vector<risk::ColumnFact> facts;
  for (const auto& definition : plan.definitions) {
    const Function function = definition.spec.function;
    const bool is_filled_in = function == Function::attribute || function == Function::account_open ||
                              function == Function::account_touches;
    if (is_filled_in) facts.push_back({definition.name, 0, true});
  }
  return facts;
}

class Trainer {
 public:
  Trainer(const Environment& environment, const CompiledWorkspace& workspace, const OpenTimelines& timelines,
          const TrainQuestion& question)
      : environment_(environment), workspace_(workspace), timelines_(timelines), question_(question) {}

  Result<TrainedModel> run(const Risk& risk) {
    WEIR_TRY(const CompiledFunnel* compiled, find_funnel(workspace_, risk.funnel));
    TimeQuestion time;
    time.known_at = question_.until;
    WEIR_TRY(const funnel::AsOf as_of, resolve_as_of(workspace_, timelines_, time));
    WEIR_TRY(const EvaluatedFunnel evaluated, evaluate_funnel(environment_, workspace_, timelines_, *compiled,
                                                              as_of, links_at(timelines_, as_of)));
    WEIR_TRY(FeaturePlan plan, plan_features(workspace_, timelines_, *compiled));
    WEIR_TRY(const FeatureRows features,
             FeatureRows::open(environment_, workspace_, timelines_, evaluated.handles, std::move(plan),
                               {micros_of(as_of.as_of), ""}));
    const LandmarkRows rows = landmark_rows(workspace_, timelines_, evaluated, features, risk, as_of);
    const risk::LandmarkTable table{rows.matrix,  rows.at,    rows.settled_at,    rows.subject,
                                    rows.outcome, rows.stage, rows.days_in_stage, rows.days_since_touch};
    risk::TrainingOptions options;
    options.outcome = landmark_rule(risk, evaluated).outcome;
    options.horizon = risk.horizon;
    options.as_of = micros_of(as_of.as_of);
    options.seed = question_.seed;
    options.threads = kTrainingThreads;
    options.choice = question_.choice;
    options.time_trend = risk.time_trend;
    options.exclude = risk.exclude;
    options.allow = risk.allow;
    options.facts = facts_of(features.plan());
    for (const auto& definition : features.plan().definitions) {
      const bool is_filled_in = std::any_of(options.facts.begin(), options.facts.end(),
                                            [&](const auto& fact) { return fact.name == definition.name; });
      if (!is_filled_in) options.dated.push_back(definition.name);
    }
    options.stays = baseline_stays(evaluated, as_of);
    TrainedModel trained;
    trained.notes = features.notes();
    if (rows.left_out > 0)
      trained.notes.push_back(risk.name + ": learned from the landmarks of drawn subjects, " +
                              std::to_string(rows.at.size()) + " of " +
                              std::to_string(rows.at.size() + rows.left_out) + ", which memory is kept for");
    auto fitted = risk::train_model(table, options);
    if (!fitted.has_value())
      return fail(fitted.error().code, risk.name + ": " + fitted.error().message, risk.place);
    trained.model = std::move(*fitted);
    describe(trained.model, risk, rows, features, evaluated, as_of);
    if (!question_.rows_file.empty()) {
      WEIR_TRY_STATUS(write_training_rows(*environment_.files, question_.rows_file, *timelines_.store,
                                          evaluated, rows, risk::periods_of(table, options), trained.model));
    }
    WEIR_TRY_STATUS(keep(trained, rows, evaluated));
    return trained;
  }

 private:
  void describe(risk::Model& model, const Risk& risk, const LandmarkRows& rows, const FeatureRows& features,
                const EvaluatedFunnel& evaluated, const funnel::AsOf& as_of) const {
    model.name = risk.name;
    model.funnel = risk.funnel;
    model.immature = rows.immature;
    model.treated = rows.treated;
    model.feature_version = features.plan().version;
    model.context_version = features.context_version(micros_of(as_of.as_of));
    model.funnel_version = weir::version_of(workspace_.definitions->normal_forms.at("funnel/" + risk.funnel));
    for (const auto& definition : features.plan().definitions)
      model.features.push_back(features::normal_form(definition.spec));
    model.recorded_share = risk.outcome == workspace::RiskOutcome::lost ? risk.recorded : std::nullopt;
    model.estimated_recorded_share = estimated_recorded_share(evaluated, as_of, risk);
  }

  // How the champion would have ranked the rows that judged the new model. Empty when it cannot tell.
  [[nodiscard]] Result<std::optional<double>> champion_auc(const risk::Model& champion,
                                                           const risk::Model& challenger,
                                                           const LandmarkRows& rows,
                                                           const EvaluatedFunnel& evaluated) const {
    if (!champion.ensemble) return std::optional<double>{};
    const auto plan = plan_features_of(workspace_, timelines_, *evaluated.compiled, champion.features);
    if (!plan.has_value()) return std::optional<double>{};
    WEIR_TRY(const FeatureRows features, FeatureRows::open(environment_, workspace_, timelines_,
                                                           evaluated.handles, *plan, {challenger.as_of, ""}));
    std::vector<features::Point> points;
    std::vector<std::uint8_t> outcome;
    for (std::size_t i = 0; i < rows.at.size(); ++i) {
      if (rows.at[i] < challenger.evaluation.holdout_from) continue;
      points.push_back({rows.subject[i], rows.at[i]});
      outcome.push_back(rows.outcome[i]);
    }
    const auto margins = risk::margins(*champion.ensemble, features.compute(points).matrix);
    if (!margins.has_value()) return std::optional<double>{};
    return risk::auc(*margins, outcome);
  }

  [[nodiscard]] Result<bool> passes_gate(TrainedModel& trained, const LandmarkRows& rows,
                                         const EvaluatedFunnel& evaluated) const {
    WEIR_TRY(const auto champion, read_champion(environment_, trained.model.name));
    if (!champion) {
      trained.decision = "the first model of " + trained.model.name;
      return true;
    }
    if (champion->entry.version == trained.version) {
      trained.decision = "it is the champion already";
      return false;
    }
    if (!trained.model.ensemble) {
      const bool better = !champion->model.ensemble.has_value();
      trained.decision = better ? "neither has enough evidence for more than the stage rate"
                                : "not enough evidence any more: " + trained.model.evidence.sentence;
      return better;
    }
    if (!champion->model.ensemble) {
      trained.decision = "now there is enough evidence";
      return true;
    }
    WEIR_TRY(const auto before, champion_auc(champion->model, trained.model, rows, evaluated));
    const auto now = trained.model.evaluation.rankings.front().auc;
    if (!before || !now) {
      trained.decision = "the champion cannot be compared: its features are not to be had any more";
      return true;
    }
    const bool passes = *now >= *before - kAucTolerance;
    trained.decision = fmt::format("AUC {:.3f} on the newest rows, the champion {} has {:.3f}{}", *now,
                                   champion->entry.version, *before,
                                   passes ? "" : "; `weir promote " + trained.version + "` overrules");
    return passes;
  }

  Status keep(TrainedModel& trained, const LandmarkRows& rows, const EvaluatedFunnel& evaluated) const {
    WEIR_TRY(const store::WriterLock lock,
             store::WriterLock::acquire(*environment_.files, environment_.state_dir(), "train"));
    WEIR_TRY(const auto control,
             store::ControlStore::open(*environment_.files, *environment_.clock, environment_.state_dir(),
                                       store::StoreAccess::write));
    store::ModelRegistry registry(*control);
    const std::string version = risk::version_of(trained.model);
    WEIR_TRY(const auto known, registry.models(trained.model.name));
    trained.is_new =
        std::none_of(known.begin(), known.end(), [&](const auto& model) { return model.version == version; });
    WEIR_TRY(const auto entry, keep_model(environment_, *control, trained.model));
    trained.version = entry.version;
    WEIR_TRY(const bool passes, passes_gate(trained, rows, evaluated));
    if (passes) WEIR_TRY_STATUS(registry.promote(entry, "weir train", trained.decision));
    WEIR_TRY(const auto champion, registry.champion(trained.model.name));
    trained.is_champion = champion && champion->version == trained.version;
    return {};
  }

  const Environment& environment_;
  const CompiledWorkspace& workspace_;
  const OpenTimelines& timelines_;
  const TrainQuestion& question_;
};

}  // namespace

Result<std::vector<TrainedModel>> train(const Environment& environment, const CompiledWorkspace& workspace,
                                        const OpenTimelines& timelines, const TrainQuestion& question) {
  WEIR_TRY(const auto risks, find_risks(workspace, question.name));
  if (!question.rows_file.empty() && !question.rows_file.ends_with(".parquet") &&
      !question.rows_file.ends_with(".csv")) {
    return fail(Errc::usage,
                "the rows go into a .parquet or .csv file, not into '" + question.rows_file + "'");
  }
  if (!question.rows_file.empty() && risks.size() > 1) {
    return fail(
        Errc::usage,
        fmt::format("one file takes the rows of one prediction, and there are {}; say which one with --name",
                    risks.size()));
  }
  Trainer trainer(environment, workspace, timelines, question);
  std::vector<TrainedModel> trained;
  for (const Risk& risk : risks) {
    WEIR_TRY(TrainedModel model, trainer.run(risk));
    trained.push_back(std::move(model));
  }
  return trained;
}

Result<std::vector<TrainedModel>> train_where_needed(const Environment& environment,
                                                     const CompiledWorkspace& workspace,
                                                     const OpenTimelines& timelines, Micros max_age) {
  WEIR_TRY(const funnel::AsOf as_of, resolve_as_of(workspace, timelines, {}));
  std::vector<TrainedModel> trained;
  for (const Risk& risk : risks_of(workspace)) {
    WEIR_TRY(const auto champion, read_champion(environment, risk.name));
    const bool is_fresh =
        champion && micros_of(as_of.as_of) - champion->model.as_of < max_age.count() &&
        champion->model.funnel_version ==
            weir::version_of(workspace.definitions->normal_forms.at("funnel/" + risk.funnel));
    if (is_fresh) continue;
    TrainQuestion question;
    question.name = risk.name;
    Trainer trainer(environment, workspace, timelines, question);
    WEIR_TRY(TrainedModel model, trainer.run(risk));
    trained.push_back(std::move(model));
  }
  return trained;
}

}  // namespace weir::engine
