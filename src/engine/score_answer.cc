#include "engine/score_answer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "engine/fail_safe.h"
#include "engine/landmark_rows.h"
#include "engine/subject_scorer.h"
#include "funnel/facts.h"

namespace weir::engine {

using features::Point;
using workspace::Bands;
using workspace::Risk;

namespace {

constexpr std::int64_t kTrendDays = 14;
// Change of the log-odds over that time that counts as one.
constexpr double kTrendChange = 0.25;
constexpr double kClip = 1e-6;  // of the probabilities that are compared
// Ready to advance: from this percentile of what the model has seen.
constexpr int kReadyRating = 90;

std::string band_of(const Bands& bands, double probability) {
  if (probability >= bands.critical) return "critical";
  if (probability >= bands.high) return "high";
  return probability >= bands.medium ? "medium" : "low";
}

// By capacity: for each owner (account) the most likely are `high`, of these the first fifth `critical`, as
// many again `medium`.
void band_by_capacity(const Bands& bands, std::vector<ScoredSubject>& subjects) {
  std::map<std::string, std::vector<std::size_t>> of_whom;
  for (std::size_t i = 0; i < subjects.size(); ++i)
    of_whom[bands.per == workspace::EntityKind::owner ? subjects[i].owner : subjects[i].account].push_back(i);
  const auto capacity = static_cast<std::size_t>(bands.high_count.value_or(1));
  for (auto& [whom, indices] : of_whom) {
    std::sort(indices.begin(), indices.end(), [&](std::size_t a, std::size_t b) {
      const double left = subjects[a].score.probability;
      const double right = subjects[b].score.probability;
      if (left != right) return left > right;
      if (subjects[a].score.margin != subjects[b].score.margin)
        return subjects[a].score.margin > subjects[b].score.margin;
      return subjects[a].subject < subjects[b].subject;
    });
    for (std::size_t rank = 0; rank < indices.size(); ++rank) {
      std::string& band = subjects[indices[rank]].band;
      band = rank < (capacity + 4) / 5 ? "critical"
             : rank < capacity         ? "high"
             : rank < 2 * capacity     ? "medium"
                                       : "low";
    }
  }
}

// A rising risk of a bad outcome is a decline; a rising chance of a good one is none.
Trend trend_of(double before, double now, workspace::RiskOutcome outcome) {
  const bool is_good = outcome == workspace::RiskOutcome::advance || outcome == workspace::RiskOutcome::won;
  const double change =
      (risk::log_odds_of(now, kClip) - risk::log_odds_of(before, kClip)) * (is_good ? -1 : 1);
  if (change > kTrendChange) return Trend::declining;
  return change < -kTrendChange ? Trend::improving : Trend::steady;
}

struct Loaded {
  Risk risk;
  const CompiledFunnel* compiled{nullptr};
  KeptModel kept;
};

Result<Loaded> load(const Environment& environment, const CompiledWorkspace& workspace,
                    const ScoreQuestion& question) {
  Loaded loaded;
  WEIR_TRY(auto risks, find_risks(workspace, question.name));
  // Without a name: the first that is declared; what is at risk comes before what advances.
  loaded.risk = std::move(risks.front());
  WEIR_TRY(loaded.compiled, find_funnel(workspace, loaded.risk.funnel));
  if (question.version.empty()) {
    WEIR_TRY(auto champion, read_champion(environment, loaded.risk.name));
    if (!champion)
      return fail(Errc::state, "no model of " + loaded.risk.name + " was trained yet; run: weir train");
    loaded.kept = std::move(*champion);
  } else {
    WEIR_TRY(const auto control,
             store::ControlStore::open(*environment.files, *environment.clock, environment.state_dir(),
                                       store::StoreAccess::read));
    store::ModelRegistry registry(*control);
    WEIR_TRY(loaded.kept, read_model(environment, registry, question.version));
    for (const auto& risk : risks_of(workspace)) {
      if (risk.name == loaded.kept.entry.name) loaded.risk = risk;
    }
    if (loaded.risk.name != loaded.kept.entry.name) {
      return fail(Errc::usage, "the model " + loaded.kept.entry.version + " predicts " +
                                   loaded.kept.entry.name +
                                   ", which the workspace does not declare any more");
    }
    WEIR_TRY(loaded.compiled, find_funnel(workspace, loaded.risk.funnel));
  }
  return loaded;
}

class Answering {
 public:
  Answering(const Environment& environment, const CompiledWorkspace& workspace,
            const OpenTimelines& timelines, const ScoreQuestion& question)
      : environment_(environment), workspace_(workspace), timelines_(timelines), question_(question) {}

  Result<ScoreAnswer> run() {
    WEIR_TRY(Loaded loaded, load(environment_, workspace_, question_));
    answer_.risk = loaded.risk;
    answer_.model = std::move(loaded.kept.model);
    answer_.version = loaded.kept.entry.version;
    answer_.enough_evidence = answer_.model.ensemble.has_value() && answer_.model.evidence.enough();
    TimeQuestion time;
    time.known_at = question_.at;
    WEIR_TRY(answer_.as_of, resolve_as_of(workspace_, timelines_, time));
    WEIR_TRY(const EvaluatedFunnel evaluated,
             evaluate_funnel(environment_, workspace_, timelines_, *loaded.compiled, answer_.as_of,
                             links_at(timelines_, answer_.as_of)));
    WEIR_TRY(FeaturePlan plan, plan_of(*loaded.compiled, answer_.model));
    WEIR_TRY(const FeatureRows features,
             FeatureRows::open(environment_, workspace_, timelines_, evaluated.handles, std::move(plan),
                               {micros_of(answer_.as_of.as_of), question_.context_version}));
    answer_.feature_version = features.plan().version;
    answer_.context_version = features.context_version(micros_of(answer_.as_of.as_of));
    answer_.notes = features.notes();
    const std::vector<Point> points = points_of(features);
    for (const Point& point : points) WEIR_TRY_STATUS(features.check_context(point.at));
    const SubjectScorer scorer(timelines_, evaluated, features, answer_.model);
    WEIR_TRY(auto scored, scorer.score(points));
    if (fails_safe(features, points, scored.computed)) {
      answer_.model.ensemble.reset();
      answer_.model.evidence.sentence = answer_.fail_safe;
      answer_.enough_evidence = false;
      WEIR_TRY(scored, scorer.score(points));
    }
    WEIR_TRY(auto reasons, scorer.reasons(points, scored, question_.reasons, question_.evidence));
    for (std::size_t i = 0; i < points.size(); ++i) {
      answer_.subjects.push_back(subject_of(evaluated, points[i], scored, i, std::move(reasons[i])));
      answer_.subjects.back().context_version = features.context_version(points[i].at);
    }
    WEIR_TRY_STATUS(add_trends(scorer));
    WEIR_TRY_STATUS(add_readiness(*loaded.compiled, evaluated, points));
    finish();
    return std::move(answer_);
  }

 private:
  // Whether the stage rate has to answer. Points at several times look back, and are not judged.
  bool fails_safe(const FeatureRows& features, const std::vector<Point>& points,
                  const features::Computed& computed) {
    if (!answer_.model.ensemble || points.empty()) return false;
    const std::int64_t at = points.front().at;
    if (std::any_of(points.begin(), points.end(), [at](const Point& point) { return point.at != at; }))
      return false;
    const bool are_all = question_.points.empty();
    const features::Computed others =
        are_all ? features::Computed{} : features.compute(features.open_points(at));
    FailSafe judged = judge_inputs(timelines_, answer_.model, are_all ? computed.matrix : others.matrix, at);
    answer_.drift = std::move(judged.drift);
    answer_.fail_safe = std::move(judged.sentence);
    return !answer_.fail_safe.empty();
  }

  [[nodiscard]] Result<FeaturePlan> plan_of(const CompiledFunnel& compiled, const risk::Model& model) const {
    auto plan = plan_features_of(workspace_, timelines_, compiled, model.features);
    if (plan.has_value()) return plan;
    return fail(Errc::state, "the model of " + model.name +
                                 " reads features that the workspace cannot give any more (" +
                                 plan.error().message + "); run: weir train");
  }

  [[nodiscard]] std::vector<Point> points_of(const FeatureRows& features) {
    if (question_.points.empty()) return features.open_points(micros_of(answer_.as_of.as_of));
    std::vector<Point> points;
    for (const SubjectAt& given : question_.points) {
      const auto subject = features.subject_named(given.subject);
      if (subject) {
        points.push_back({*subject, given.at});
      } else {
        answer_.refused.push_back("row " + std::to_string(given.row) + ": there is no " +
                                  workspace::to_text(funnel_subject()) + " '" + given.subject + "'");
      }
    }
    return points;
  }
  [[nodiscard]] workspace::EntityKind funnel_subject() const {
    for (const auto& funnel : workspace_.definitions->funnels) {
      if (funnel.name == answer_.risk.funnel) return funnel.subject;
    }
    return workspace::EntityKind::lead;
  }

  [[nodiscard]] ScoredSubject subject_of(const EvaluatedFunnel& evaluated, const Point& point,
                                         const SubjectScorer::Scored& scored, std::size_t i,
                                         std::vector<Reason> reasons) const {
    const auto& state = scored.computed.states[i];
    const timeline::TimelineStore& store = *timelines_.store;
    const auto named = [&](timeline::Handle handle) {
      return handle == timeline::kNoHandle ? std::string{} : std::string(store.handle_text(handle));
    };
    ScoredSubject subject;
    subject.index = point.subject;
    subject.subject = store.handle_text(evaluated.handles[point.subject].handle);
    subject.as_of = point.at;
    if (state.is_open() && state.stage != funnel::kNoStage) {
      subject.stage = evaluated.stages[state.stage]->name;
      subject.days_in_stage = days_of(Micros{point.at - state.entered});
    }
    if (state.last_touch != INT64_MIN)
      subject.days_since_touch = days_of(Micros{point.at - state.last_touch});
    subject.dormant = state.dormant;
    subject.account = named(state.account);
    subject.owner = named(state.owner);
    if (const auto& amount = evaluated.amounts[point.subject])
      subject.amount = Money{*amount, workspace_.definitions->currency};
    subject.score = scored.scores[i];
    if (answer_.enough_evidence && !answer_.risk.bands.by_capacity)
      subject.band = band_of(answer_.risk.bands, subject.score.probability);
    subject.reasons = std::move(reasons);
    return subject;
  }

  Status add_trends(const SubjectScorer& scorer) {
    if (!answer_.enough_evidence) return {};
    std::vector<Point> before;
    for (const auto& subject : answer_.subjects)
      before.push_back({subject.index, subject.as_of - kTrendDays * kMicrosPerDay});
    WEIR_TRY(const auto scored, scorer.score(before));
    for (std::size_t i = 0; i < answer_.subjects.size(); ++i) {
      auto& subject = answer_.subjects[i];
      const auto& state = scored.computed.states[i];
      if (!state.is_open() || state.stage == funnel::kNoStage || subject.stage.empty()) continue;
      subject.trend = trend_of(scored.scores[i].probability, subject.score.probability, answer_.risk.outcome);
    }
    return {};
  }

  // Beside what is lost: who is about to move on.
  Status add_readiness(const CompiledFunnel& compiled, const EvaluatedFunnel& evaluated,
                       const std::vector<Point>& points) {
    if (answer_.risk.outcome == workspace::RiskOutcome::advance) {
      for (auto& subject : answer_.subjects) set_readiness(subject, subject.score);
      return {};
    }
    for (const Risk& risk : risks_of(workspace_)) {
      if (risk.funnel != answer_.risk.funnel || risk.outcome != workspace::RiskOutcome::advance) continue;
      WEIR_TRY(const auto champion, read_champion(environment_, risk.name));
      if (!champion || !champion->model.ensemble) continue;
      auto plan = plan_of(compiled, champion->model);
      if (!plan.has_value()) continue;  // the next training mends it; risk itself is answered
      WEIR_TRY(const FeatureRows features,
               FeatureRows::open(environment_, workspace_, timelines_, evaluated.handles, *std::move(plan),
                                 {micros_of(answer_.as_of.as_of), ""}));
      const SubjectScorer scorer(timelines_, evaluated, features, champion->model);
      WEIR_TRY(const auto scored, scorer.score(points));
      for (std::size_t i = 0; i < points.size(); ++i) set_readiness(answer_.subjects[i], scored.scores[i]);
      return {};
    }
    return {};
  }
  static void set_readiness(ScoredSubject& subject, const risk::Score& score) {
    if (subject.stage.empty() || score.fallback) return;
    subject.advance_probability = score.probability;
    subject.ready = score.rating >= kReadyRating;
  }

  void finish() {
    if (answer_.enough_evidence && answer_.risk.bands.by_capacity)
      band_by_capacity(answer_.risk.bands, answer_.subjects);
    if (!question_.points.empty()) return;
    const bool ranked = answer_.enough_evidence;
    std::sort(answer_.subjects.begin(), answer_.subjects.end(),
              [ranked](const ScoredSubject& a, const ScoredSubject& b) {
                // Calibration may give many the same probability: what the model said before it still tells
                // them apart.
                if (ranked && a.score.probability != b.score.probability)
                  return a.score.probability > b.score.probability;
                if (ranked && a.score.margin != b.score.margin) return a.score.margin > b.score.margin;
                return a.subject < b.subject;
              });
  }

  const Environment& environment_;
  const CompiledWorkspace& workspace_;
  const OpenTimelines& timelines_;
  const ScoreQuestion& question_;
  ScoreAnswer answer_;
};

}  // namespace

const char* to_text(Trend trend) noexcept {
  switch (trend) {
    case Trend::not_enough_info:
      return "not_enough_info";
    case Trend::improving:
      return "improving";
    case Trend::steady:
      return "steady";
    case Trend::declining:
      return "declining";
  }
  return "not_enough_info";
}

std::optional<std::int64_t> shown_rating(const ScoredSubject& subject, bool enough_evidence) {
  if (!enough_evidence || subject.score.rating <= 0) return std::nullopt;
  return subject.score.rating;
}

Result<ScoreAnswer> score_subjects(const Environment& environment, const CompiledWorkspace& workspace,
                                   const OpenTimelines& timelines, const ScoreQuestion& question) {
  Answering answering(environment, workspace, timelines, question);
  return answering.run();
}

std::vector<ScoredAccount> score_accounts(const ScoreAnswer& answer) {
  using Rule = workspace::AccountRule;
  struct Sum {
    ScoredAccount account;
    double worst{-1};
    double none{1};
    double weighted{0}, weight{0};
    std::int64_t minor{0};
    bool has_amount{false};
  };
  std::map<std::string, Sum> sums;
  for (const auto& subject : answer.subjects) {
    if (subject.account.empty() || subject.stage.empty()) continue;
    Sum& sum = sums[subject.account];
    const double p = subject.score.probability;
    ++sum.account.subjects;
    if (p > sum.worst) {
      sum.worst = p;
      sum.account.worst_subject = subject.subject;
    }
    sum.none *= 1 - p;
    const double weight =
        subject.amount ? std::max<double>(static_cast<double>(subject.amount->minor), 0) : 0;
    sum.weighted += weight * p;
    sum.weight += weight;
    if (!subject.amount) continue;
    sum.has_amount = true;
    sum.minor += subject.amount->minor;
    sum.account.amount = Money{sum.minor, subject.amount->currency};
  }
  std::vector<ScoredAccount> accounts;
  for (auto& [name, sum] : sums) {
    sum.account.account = name;
    sum.account.probability = answer.risk.accounts == Rule::any ? 1 - sum.none
                              : answer.risk.accounts == Rule::amount && sum.weight > 0
                                  ? sum.weighted / sum.weight
                                  : sum.worst;
    accounts.push_back(sum.account);
  }
  std::sort(accounts.begin(), accounts.end(), [](const ScoredAccount& a, const ScoredAccount& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.account < b.account;
  });
  return accounts;
}

}  // namespace weir::engine
