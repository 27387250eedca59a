#include "base/json.h"
#include "engine/score_answer.h"

namespace weir::engine {
namespace {

void write_reason(JsonWriter& out, const Reason& reason) {
  out.begin_object().field("group", reason.group).field("feature", reason.feature).field("text", reason.text);
  out.text_or_null("value", reason.value);
  out.field("effect", reason.effect).key("event_ids").begin_array();
  for (const auto& id : reason.event_ids) out.value(id);
  out.end_array().end_object();
}

void write_subject(JsonWriter& out, const ScoredSubject& subject, const ScoreAnswer& answer) {
  out.begin_object().field("subject", subject.subject).field("as_of", rfc3339(subject.as_of));
  out.text_or_null("stage", subject.stage);
  out.field("days_in_stage", subject.days_in_stage).field("days_since_touch", subject.days_since_touch);
  out.text_or_null("account", subject.account);
  out.text_or_null("owner", subject.owner);
  out.key("amount");
  if (subject.amount) {
    out.begin_object()
        .field("amount", to_text(*subject.amount))
        .field("currency", subject.amount->currency.code())
        .end_object();
  } else {
    out.null();
  }
  out.field("probability", subject.score.probability)
      .field("low", subject.score.low)
      .field("high", subject.score.high);
  out.field("rating", shown_rating(subject, answer.enough_evidence));
  out.text_or_null("band", subject.band);
  out.field("trend", to_text(subject.trend))
      .field("dormant", subject.dormant)
      .field("evidence", answer.enough_evidence ? "enough" : "not_enough");
  out.field("fallback", subject.score.fallback)
      .field("advance_probability", subject.advance_probability)
      .field("ready", subject.ready);
  out.key("reasons").begin_array();
  for (const auto& reason : subject.reasons) write_reason(out, reason);
  out.end_array().end_object();
}

}  // namespace

void write_drift(JsonWriter& out, const risk::DriftReport& drift, const std::string& fail_safe) {
  out.begin_object()
      .field("rows", static_cast<std::int64_t>(drift.rows))
      .field("weight", drift.weight)
      .key("features")
      .begin_array();
  for (std::size_t i = 0; i < drift.drifted.size(); ++i) {
    out.begin_object().field("feature", drift.drifted[i].name).field("psi", drift.drifted[i].psi);
    out.field("adjusted_p_value", drift.drifted[i].adjusted_p_value)
        .field("weight", drift.weights[i])
        .end_object();
  }
  out.end_array().text_or_null("fallback", fail_safe).end_object();
}

std::string score_json(const ScoreAnswer& answer) {
  JsonWriter out;
  out.begin_object()
      .field("name", answer.risk.name)
      .field("funnel", answer.risk.funnel)
      .field("outcome", workspace::to_text(answer.risk.outcome));
  out.field("as_of", to_text(answer.as_of.as_of))
      .field("model_version", answer.version)
      .field("feature_version", answer.feature_version);
  out.field("context_version", answer.context_version);
  out.key("evidence")
      .begin_object()
      .field("enough", answer.enough_evidence)
      .field("sentence", answer.model.evidence.sentence)
      .end_object();
  out.key("drift");
  if (answer.drift.rows > 0 || !answer.fail_safe.empty()) {
    write_drift(out, answer.drift, answer.fail_safe);
  } else {
    out.null();
  }
  out.key("subjects").begin_array();
  for (const auto& subject : answer.subjects) write_subject(out, subject, answer);
  return out.end_array().end_object().text();
}

}  // namespace weir::engine
