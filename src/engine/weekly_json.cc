// The weekly report as JSON: docs/report.md.
#include "base/json.h"
#include "engine/weekly_report.h"

namespace weir::engine {
namespace {

void money(JsonWriter& out, const char* name, const std::optional<Money>& sum) {
  out.key(name);
  if (sum) {
    out.begin_object().field("amount", to_text(*sum)).field("currency", sum->currency.code()).end_object();
  } else {
    out.null();
  }
}

void count(JsonWriter& out, const char* name, const CountFigure& figure) {
  out.key(name)
      .begin_object()
      .field("week", figure.now)
      .field("week_before", figure.before)
      .field("mean", figure.mean)
      .end_object();
}

void stage(JsonWriter& out, const StageReport& stage) {
  out.begin_object().field("stage", stage.stage).field("phase", stage.phase);
  count(out, "entered", stage.entered);
  count(out, "advanced", stage.advanced);
  count(out, "lost", stage.lost);
  count(out, "dormant", stage.silenced);
  count(out, "back", stage.back);
  out.key("standing").begin_object().field("open_before", stage.open_before).field("open", stage.open_now);
  out.field("dormant_before", stage.dormant_before).field("dormant", stage.dormant_now).end_object();
  const ConversionFigure& c = stage.conversion;
  out.key("conversion")
      .begin_object()
      .field("estimate", c.now)
      .field("low", c.low)
      .field("high", c.high)
      .field("said_week_before", c.said_before);
  out.field("week_before_known_now", c.before_known_now)
      .field("window_days", c.window_days)
      .field("window_reached", c.window_reached)
      .end_object();
  const funnel::Conversion& total = stage.total.conversion;
  out.key("total")
      .begin_object()
      .field("entered", total.entered)
      .field("advanced", total.advanced)
      .field("lost", total.lost);
  out.field("dormant", total.dormant).field("back", total.back).field("open", total.open).end_object();
  out.end_object();
}

void history(JsonWriter& out, const FunnelReport& funnel) {
  out.key("history").begin_array();
  for (const WeekFlow& week : funnel.flow.weeks) {
    out.begin_object().field("week", to_text(week.week)).key("stages").begin_array();
    for (std::size_t i = 0; i < week.stages.size(); ++i) {
      const StageFlow& flow = week.stages[i];
      out.begin_object()
          .field("stage", funnel.stages[i].stage)
          .field("entered", flow.entered)
          .field("advanced", flow.advanced)
          .field("lost", flow.lost);
      out.field("dormant", flow.silenced).field("back", flow.back).end_object();
    }
    out.end_array().field("won", week.won).field("lost", week.lost);
    money(out, "won_money",
          week.won_minor && funnel.total_won_money
              ? std::optional(Money{*week.won_minor, funnel.total_won_money->currency})
              : std::nullopt);
    out.end_object();
  }
  out.end_array();
}

void funnel(JsonWriter& out, const FunnelReport& funnel) {
  out.begin_object()
      .field("funnel", funnel.funnel)
      .field("subject", funnel.subject)
      .field("mean_weeks", funnel.mean_weeks)
      .key("stages")
      .begin_array();
  for (const StageReport& one : funnel.stages) stage(out, one);
  out.end_array();
  count(out, "won", funnel.won);
  out.key("won_money").begin_object();
  money(out, "week", funnel.won_money.now);
  money(out, "week_before", funnel.won_money.before);
  money(out, "mean", funnel.won_money.mean);
  out.end_object();
  count(out, "lost", funnel.lost);
  out.key("total").begin_object().field("won", funnel.total_won).field("lost", funnel.total_lost);
  money(out, "won_money", funnel.total_won_money);
  out.end_object();
  history(out, funnel);
  out.key("data_gaps")
      .begin_object()
      .field("undated", funnel.undated)
      .field("without_stage", funnel.without_stage)
      .field("won_first", funnel.won_first);
  out.field("entered_after_won", funnel.entered_after_won)
      .field("amounts_without_rate", funnel.amounts_without_rate)
      .end_object()
      .end_object();
}

void leak(JsonWriter& out, const ReportedLeak& reported) {
  const LeakAnswer& leak = reported.leak;
  out.begin_object()
      .field("news", to_text(reported.news))
      .field("id", leak.id)
      .field("kind", leak.kind)
      .field("funnel", leak.funnel);
  out.field("from", leak.from).field("to", leak.to).key("segment").begin_object();
  for (const auto& [name, value] : leak.segment) out.field(name, value);
  out.end_object()
      .field("since", rfc3339(leak.since))
      .field("observed", leak.observed)
      .field("expected", leak.expected)
      .field("subjects_lost", leak.subjects_lost);
  money(out, "value_at_stake", leak.value_at_stake);
  out.field("value_estimated", leak.value_estimated)
      .field("chance_of_noise", leak.chance_of_noise)
      .end_object();
}

void item(JsonWriter& out, const WorkItem& item) {
  out.begin_object()
      .field("subject", item.subject)
      .field("stage", item.stage)
      .field("days_in_stage", item.days_in_stage)
      .field("days_since_touch", item.days_since_touch)
      .field("dormant", item.dormant);
  out.text_or_null("owner", item.owner);
  out.text_or_null("account", item.account);
  money(out, "amount", item.amount);
  out.field("probability", item.probability).field("low", item.low).field("high", item.high);
  money(out, "expected_loss", item.expected_loss);
  out.text_or_null("band", item.band);
  out.field("trend", item.trend)
      .field("advance_probability", item.advance_probability)
      .key("reasons")
      .begin_array();
  for (const auto& reason : item.reasons) {
    out.begin_object()
        .field("text", reason.text)
        .field("speaks", reason.raises ? "for" : "against")
        .field("effect", reason.effect)
        .key("proof");
    if (reason.proof) {
      out.begin_object()
          .field("event_id", to_text(reason.proof->id))
          .field("type", reason.proof->type)
          .field("occurred_at", rfc3339(reason.proof->occurred_at));
      out.field("file", reason.proof->file).field("row", reason.proof->row).end_object();
    } else {
      out.null();
    }
    out.end_object();
  }
  out.end_array().end_object();
}

void work(JsonWriter& out, const WorkList& list) {
  out.begin_object()
      .field("risk", list.risk)
      .field("outcome", list.outcome)
      .field("model_version", list.model_version)
      .field("feature_version", list.feature_version);
  out.field("context_version", list.context_version)
      .field("ranked_by", list.ranked_by)
      .field("scored", list.scored)
      .key("at_risk")
      .begin_array();
  for (const auto& one : list.items) item(out, one);
  out.end_array().key("ready").begin_array();
  for (const auto& one : list.ready) item(out, one);
  out.end_array().end_object();
}

void gaps(JsonWriter& out, const WeeklyReport& report) {
  out.key("checks").begin_object().field("run", report.checks_run).key("found").begin_array();
  for (const auto& check : report.checks)
    out.begin_object()
        .field("check", check.name)
        .field("about", check.about)
        .field("found", check.found)
        .end_object();
  out.end_array().end_object().key("quarantine").begin_array();
  for (const auto& group : report.quarantine) {
    out.begin_object().field("source", group.source).field("clause", group.clause);
    out.text_or_null("field", group.field);
    out.field("records", group.records).end_object();
  }
  out.end_array().key("silent_sources").begin_array();
  for (const auto& source : report.silent) {
    out.begin_object()
        .field("source", source.source)
        .field("last_at", rfc3339(source.last_at))
        .field("days", source.days);
    out.field("longest_days_before", source.longest_days).end_object();
  }
  out.end_array().key("not_said").begin_array();
  for (const auto& one : report.not_said)
    out.begin_object().field("about", one.about).field("why", one.why).end_object();
  out.end_array();
}

}  // namespace

std::string weekly_json(const WeeklyReport& report) {
  JsonWriter out;
  out.begin_object()
      .field("workspace", report.workspace)
      .field("week", to_text(report.week))
      .field("from", rfc3339(report.from))
      .field("to", rfc3339(report.to));
  out.field("zone", report.zone).field("as_of", to_text(report.as_of.as_of)).key("known_at");
  if (report.as_of.known_at == kNeverKnown) {
    out.null();
  } else {
    out.value(to_text(report.as_of.known_at));
  }
  out.field("week_before_as_known_then", report.compared_as_known_then).key("funnels").begin_array();
  for (const auto& one : report.funnels) funnel(out, one);
  out.end_array().key("late_changes").begin_array();
  for (const auto& change : report.late) {
    out.begin_object().field("funnel", change.funnel);
    out.text_or_null("stage", change.stage);
    out.field("week", to_text(change.week))
        .field("figure", change.figure)
        .field("said", change.said)
        .field("now", change.now)
        .end_object();
  }
  out.end_array().key("leaks").begin_array();
  for (const auto& one : report.leaks) leak(out, one);
  out.end_array().key("work").begin_array();
  for (const auto& list : report.work) work(out, list);
  out.end_array();
  gaps(out, report);
  return out.end_object().text();
}

}  // namespace weir::engine
