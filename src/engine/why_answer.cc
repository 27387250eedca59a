#include "engine/why_answer.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/json.h"
#include "engine/landmark_rows.h"

namespace weir::engine {

using timeline::Row;

namespace {

constexpr std::size_t kSimilarSubjects = 20;
constexpr std::size_t kSimilarShown = 5;
// Past subjects that are looked through, those with the newest landmarks.
constexpr std::size_t kMostLandmarks = 3'000;

struct VisibleRow {
  Row row{0};
  bool via{false};
};

// The subject's own events and those of its contacts and accounts, as known at the as-of; newest first.
std::vector<VisibleRow> visible_rows(const timeline::TimelineStore& store,
                                     const funnel::SubjectHandles& subject, const funnel::AsOf& as_of) {
  const auto& c = store.columns();
  std::map<Row, bool> rows;
  const auto collect = [&](const std::vector<funnel::Run>& runs, bool via) {
    for (const auto& run : runs) {
      for (const Row row : store.run(run.handle)) {
        if (!as_of.sees(c.occurred_at[row], std::max(c.known_at[row], run.known_from),
                        std::min(c.retracted_at[row], run.known_until)))
          continue;
        const bool of_another = c.keys[timeline::kLead][row] != timeline::kNoHandle ||
                                c.keys[timeline::kOpportunity][row] != timeline::kNoHandle;
        if (!via || !of_another) rows.emplace(row, via);
      }
    }
  };
  collect(subject.own, false);
  collect(subject.via_contact, true);
  collect(subject.via_account, true);
  std::vector<VisibleRow> newest_first;
  for (auto at = rows.rbegin(); at != rows.rend(); ++at) newest_first.push_back({at->first, at->second});
  return newest_first;
}

// Funnels of the predictions, in their order; the subject is looked for in each.
Result<std::pair<workspace::Risk, const CompiledFunnel*>> risk_of_subject(const CompiledWorkspace& workspace,
                                                                          const OpenTimelines& timelines,
                                                                          const WhyQuestion& question) {
  WEIR_TRY(const auto risks, find_risks(workspace, question.name));
  for (const auto& risk : risks) {
    WEIR_TRY(const CompiledFunnel* compiled, find_funnel(workspace, risk.funnel));
    if (timelines.store->find_handle(compiled->shape.subject, question.subject) != timeline::kNoHandle)
      return std::pair(risk, compiled);
  }
  return fail(Errc::not_found, "no funnel has a subject '" + question.subject +
                                   "'; `weir funnel --list STAGE:open` lists them");
}

std::string state_of(const EvaluatedFunnel& evaluated, std::size_t subject, const ScoredSubject& scored) {
  if (!scored.stage.empty()) return "open in " + scored.stage + (scored.dormant ? ", silent" : "");
  switch (evaluated.run.subjects[subject].state) {
    case funnel::SubjectState::won:
      return "won";
    case funnel::SubjectState::lost:
      return "lost";
    case funnel::SubjectState::in_stage:
      return "between stages";
    case funnel::SubjectState::none:
      return "in no stage";
  }
  return "in no stage";
}

// Past subjects at their newest landmark in the same stage whose groups of features add to the log-odds most
// alike (Euclidean).
Status find_similar(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                    const EvaluatedFunnel& evaluated, const FeatureRows& features, const risk::Model& model,
                    const funnel::AsOf& as_of, WhyAnswer& answer) {
  if (!model.ensemble || !answer.enough_evidence || answer.scored.stage.empty()) return {};
  const auto own = features.compute(std::vector<features::Point>{{answer.scored.index, answer.scored.as_of}});
  WEIR_TRY(const auto own_by_feature, risk::contributions(*model.ensemble, own.matrix));
  const auto own_groups = risk::group_contributions(*model.ensemble, own_by_feature);
  const LandmarkRows rows = newest_landmark_rows(workspace, timelines, evaluated, features, answer.risk,
                                                 as_of, answer.scored.stage, kMostLandmarks);
  std::vector<std::uint32_t> candidates;
  for (std::uint32_t i = 0; i < rows.at.size(); ++i) {
    if (rows.subject[i] != answer.scored.index) candidates.push_back(i);
  }
  WEIR_TRY(const auto by_feature,
           risk::contributions(*model.ensemble, features::select_rows(rows.matrix, candidates)));
  const auto groups = risk::group_contributions(*model.ensemble, by_feature);
  std::vector<std::pair<double, std::uint32_t>> by_distance;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    double squares = 0;
    for (std::size_t g = 0; g < groups.features.size(); ++g) {
      const double difference = groups.row(i)[g] - own_groups.row(0)[g];
      squares += difference * difference;
    }
    by_distance.emplace_back(squares, candidates[i]);
  }
  std::sort(by_distance.begin(), by_distance.end());
  for (const auto& [distance, row] : by_distance) {
    if (answer.similar_count == kSimilarSubjects) break;
    ++answer.similar_count;
    answer.similar_events += rows.outcome[row];
    if (answer.similar.size() == kSimilarShown) continue;
    answer.similar.push_back(
        {std::string(timelines.store->handle_text(evaluated.handles[rows.subject[row]].handle)),
         rows.stage[row], rows.at[row], rows.outcome[row] != 0});
  }
  return {};
}

void write_event(JsonWriter& out, const ListedEvent& event) {
  out.begin_object().field("id", to_text(event.id)).field("source", event.source).field("type", event.type);
  out.field("occurred_at", rfc3339(event.occurred_at))
      .field("known_at", rfc3339(event.known_at))
      .field("file", event.file)
      .field("row", event.row);
}

}  // namespace

Result<WhyAnswer> why(const Environment& environment, const CompiledWorkspace& workspace,
                      const OpenTimelines& timelines, const WhyQuestion& question) {
  WEIR_TRY(const auto found, risk_of_subject(workspace, timelines, question));
  const auto& [risk, compiled] = found;
  TimeQuestion time;
  time.known_at = question.at;
  WEIR_TRY(const funnel::AsOf as_of, resolve_as_of(workspace, timelines, time));
  ScoreQuestion score_question;
  score_question.name = risk.name;
  score_question.at = question.at;
  score_question.points = {{question.subject, micros_of(as_of.as_of), 0}};
  WEIR_TRY(const ScoreAnswer scored, score_subjects(environment, workspace, timelines, score_question));
  if (scored.subjects.empty())
    return fail(Errc::not_found, "the funnel " + risk.funnel + " has no subject '" + question.subject +
                                     "' at " + to_text(as_of.as_of));
  WhyAnswer answer;
  answer.scored = scored.subjects.front();
  answer.risk = scored.risk;
  answer.version = scored.version;
  answer.notes = scored.notes;
  answer.evidence = scored.model.evidence.sentence;
  answer.enough_evidence = scored.enough_evidence;
  answer.is_open = !answer.scored.stage.empty();
  WEIR_TRY(const EvaluatedFunnel evaluated,
           evaluate_funnel(environment, workspace, timelines, *compiled, as_of, links_at(timelines, as_of)));
  answer.state = state_of(evaluated, answer.scored.index, answer.scored);
  for (const Reason& reason : answer.scored.reasons) {
    ProvenReason proven{reason, {}};
    for (const Row row : reason.rows) proven.events.push_back(event_in(workspace, timelines, row));
    answer.reasons.push_back(std::move(proven));
  }
  WEIR_TRY(FeaturePlan plan, plan_features_of(workspace, timelines, *compiled, scored.model.features));
  WEIR_TRY(const FeatureRows features, FeatureRows::open(environment, workspace, timelines, evaluated.handles,
                                                         std::move(plan), {micros_of(as_of.as_of), ""}));
  WEIR_TRY_STATUS(find_similar(workspace, timelines, evaluated, features, scored.model, as_of, answer));
  WEIR_TRY(const auto checks, run_checks(environment, workspace, timelines, time));
  for (const auto& check : checks) {
    for (const auto& row : check.rows) {
      if (row.subject == answer.scored.subject) answer.checks.emplace_back(check.name, row.what);
    }
  }
  const auto rows = visible_rows(*timelines.store, evaluated.handles[answer.scored.index], as_of);
  answer.event_count = rows.size();
  for (std::size_t i = 0; i < std::min(rows.size(), question.events); ++i)
    answer.events.push_back({event_in(workspace, timelines, rows[i].row), rows[i].via});
  return answer;
}

std::string why_json(const WhyAnswer& answer) {
  const auto& s = answer.scored;
  JsonWriter out;
  out.begin_object()
      .field("subject", s.subject)
      .field("as_of", rfc3339(s.as_of))
      .field("state", answer.state);
  out.text_or_null("account", s.account).text_or_null("owner", s.owner);
  out.field("days_in_stage", s.days_in_stage).field("days_since_touch", s.days_since_touch);
  out.key("risk")
      .begin_object()
      .field("name", answer.risk.name)
      .field("probability", s.score.probability)
      .field("low", s.score.low);
  out.field("high", s.score.high)
      .field("rating", shown_rating(s, answer.enough_evidence))
      .text_or_null("band", s.band)
      .field("trend", to_text(s.trend));
  out.field("evidence", answer.enough_evidence ? "enough" : "not_enough")
      .field("fallback", s.score.fallback)
      .field("model_version", answer.version)
      .field("context_version", s.context_version);
  out.field("advance_probability", s.advance_probability).end_object();
  out.key("reasons").begin_array();
  for (const auto& proven : answer.reasons) {
    out.begin_object()
        .field("group", proven.reason.group)
        .field("feature", proven.reason.feature)
        .field("text", proven.reason.text);
    out.field("effect", proven.reason.effect).key("events").begin_array();
    for (const auto& event : proven.events) {
      write_event(out, event);
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().key("similar").begin_object().field("count",
                                                      static_cast<std::int64_t>(answer.similar_count));
  out.field("with_outcome", static_cast<std::int64_t>(answer.similar_events)).key("nearest").begin_array();
  for (const auto& similar : answer.similar) {
    out.begin_object()
        .field("subject", similar.subject)
        .field("stage", similar.stage)
        .field("at", rfc3339(similar.at))
        .field("outcome", similar.event)
        .end_object();
  }
  out.end_array().end_object().key("checks").begin_array();
  for (const auto& [name, what] : answer.checks)
    out.begin_object().field("check", name).field("what", what).end_object();
  out.end_array()
      .field("event_count", static_cast<std::int64_t>(answer.event_count))
      .key("events")
      .begin_array();
  for (const auto& event : answer.events) {
    write_event(out, event.event);
    out.field("via", event.via).end_object();
  }
  return out.end_array().end_object().text();
}

}  // namespace weir::engine
