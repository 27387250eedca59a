#include "cli/risk_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>

namespace weir::cli {
namespace {

std::string percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

Cell text_or_null(const std::string& text) {
  return text.empty() ? Cell::null() : Cell::text(text);
}

std::string first_reason(const engine::ScoredSubject& subject) {
  for (const auto& reason : subject.reasons) {
    if (reason.effect > 0) return reason.text;
  }
  return {};
}

std::string day_in(const Zone& zone, std::int64_t micros) {
  return to_text(zone.day_of(micros));
}

const char* spoken(workspace::RiskOutcome outcome) {
  switch (outcome) {
    case workspace::RiskOutcome::lost:
      return "lost";
    case workspace::RiskOutcome::advance:
      return "moves on";
    case workspace::RiskOutcome::won:
      return "won";
    case workspace::RiskOutcome::dormant:
      return "falls silent";
  }
  return "lost";
}

std::string horizon_text(const workspace::Risk& risk) {
  return risk.horizon ? "within " + to_text(*risk.horizon) : std::string("in the end");
}

Cell figure(const std::optional<double>& value, int decimals) {
  return value ? Cell::number(*value, decimals) : Cell::null();
}

}  // namespace

Table scores_table(const engine::ScoreAnswer& answer, std::int64_t limit) {
  using Kind = ColumnKind;
  Table table({{"subject"},
               {"stage"},
               {"days_in_stage", Kind::number},
               {"probability", Kind::number},
               {"low", Kind::number},
               {"high", Kind::number},
               {"rating", Kind::number},
               {"band"},
               {"trend"},
               {"owner"},
               {"account"},
               {"amount", Kind::money},
               {"reason"}});
  std::size_t shown = answer.subjects.size();
  if (limit > 0) shown = std::min(shown, static_cast<std::size_t>(limit));
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& subject = answer.subjects[i];
    table.add_row({Cell::text(subject.subject), text_or_null(subject.stage),
                   Cell::number(subject.days_in_stage, 1), Cell::number(subject.score.probability, 3),
                   Cell::number(subject.score.low, 3), Cell::number(subject.score.high, 3),
                   Cell::maybe(engine::shown_rating(subject, answer.enough_evidence), Cell::integer),
                   text_or_null(subject.band), Cell::text(engine::to_text(subject.trend)),
                   text_or_null(subject.owner), text_or_null(subject.account),
                   Cell::maybe(subject.amount, [](Money money) { return Cell::money(money); }),
                   text_or_null(first_reason(subject))});
  }
  return table;
}

Table accounts_table(const std::vector<engine::ScoredAccount>& accounts) {
  Table table({{"account"},
               {"subjects", ColumnKind::number},
               {"probability", ColumnKind::number},
               {"worst_subject"},
               {"amount", ColumnKind::money}});
  for (const auto& account : accounts) {
    table.add_row({Cell::text(account.account), Cell::integer(static_cast<std::int64_t>(account.subjects)),
                   Cell::number(account.probability, 3), Cell::text(account.worst_subject),
                   Cell::maybe(account.amount, [](Money money) { return Cell::money(money); })});
  }
  return table;
}

std::string drift_text(const risk::DriftReport& drift) {
  if (drift.drifted.empty()) return {};
  constexpr std::size_t kShown = 3;
  std::string text =
      fmt::format("{} features, {:.0f} % of the model, are distributed otherwise than when it was trained:",
                  drift.drifted.size(), 100 * drift.weight);
  for (std::size_t i = 0; i < std::min(kShown, drift.drifted.size()); ++i) {
    text += fmt::format("{} {} (PSI {:.2f})", i == 0 ? "" : ",", drift.drifted[i].name,
                        drift.drifted[i].psi.value_or(0));
  }
  return text + (drift.drifted.size() > kShown ? ", ...\n" : "\n");
}

std::string score_remarks(const engine::ScoreAnswer& answer) {
  std::string text = fmt::format("{} open subjects of {}: the chance that one is {} {}; as of {}\n",
                                 answer.subjects.size(), answer.risk.funnel, spoken(answer.risk.outcome),
                                 horizon_text(answer.risk), to_text(answer.as_of.as_of));
  text += drift_text(answer.drift);
  if (!answer.fail_safe.empty()) return text + answer.fail_safe + "\n";
  if (!answer.enough_evidence) {
    return text + "not enough evidence to rank them: " + answer.model.evidence.sentence +
           "\nWhat is shown is the rate of their stage with its 90 % interval.\n";
  }
  text += fmt::format("model {} ({})", answer.version, answer.model.chosen);
  for (const auto& quality : answer.model.evaluation.rankings) {
    if (quality.auc)
      text += fmt::format(
          "{} {} {:.3f}",
          &quality == &answer.model.evaluation.rankings.front() ? "; AUC on the newest landmarks:" : ",",
          quality.ranking, *quality.auc);
  }
  return text + "\n`weir why SUBJECT` shows all about one\n";
}

std::string to_save_today(const engine::ScoreAnswer& answer, std::size_t most) {
  std::string text;
  std::size_t shown = 0;
  for (const auto& subject : answer.subjects) {
    if (!answer.enough_evidence || shown == most) break;
    ++shown;
    text +=
        fmt::format("{:>2}. {}  {} for {:.0f} days  {} {} with {} [{} to {}], {}, {}\n", shown,
                    subject.subject, subject.stage, subject.days_in_stage, spoken(answer.risk.outcome),
                    horizon_text(answer.risk), percent(subject.score.probability), percent(subject.score.low),
                    percent(subject.score.high), subject.band, engine::to_text(subject.trend));
    std::string whose;
    if (!subject.owner.empty()) whose += "owner " + subject.owner;
    if (!subject.account.empty()) whose += (whose.empty() ? "" : ", ") + ("account " + subject.account);
    if (subject.amount) whose += (whose.empty() ? "" : ", ") + to_readable(*subject.amount);
    if (!whose.empty()) text += "      " + whose + "\n";
    std::size_t reasons = 0;
    for (const auto& reason : subject.reasons) {
      if (reason.effect <= 0 || reasons == 3) break;
      ++reasons;
      text += fmt::format(
          "      + {:.2f} {}{}\n", reason.effect, reason.text,
          reason.event_ids.empty() ? "" : "  (event " + reason.event_ids.front().substr(0, 12) + ")");
    }
  }
  return text.empty() ? score_remarks(answer) : text;
}

std::string why_page(const engine::WhyAnswer& answer, const Zone& zone) {
  const auto& s = answer.scored;
  std::string page = s.subject + ": " + answer.state;
  if (answer.is_open) page += fmt::format(" since {:.0f} days", s.days_in_stage);
  if (!s.account.empty()) page += "; account " + s.account;
  if (!s.owner.empty()) page += "; owner " + s.owner;
  if (s.amount) page += "; " + to_readable(*s.amount);
  page += "\nas of " + rfc3339(s.as_of) + "\n\n";
  if (!answer.is_open) {
    page += "It is not open: there is nothing to predict.\n";
  } else {
    page += fmt::format("{} {} with {}  [{} to {}]", spoken(answer.risk.outcome), horizon_text(answer.risk),
                        percent(s.score.probability), percent(s.score.low), percent(s.score.high));
    if (!s.band.empty()) page += "  " + s.band;
    if (const auto rating = engine::shown_rating(s, answer.enough_evidence))
      page += fmt::format("  rating {} of 99", *rating);
    if (s.trend != engine::Trend::not_enough_info) page += std::string("  ") + engine::to_text(s.trend);
    page += "\n";
    if (s.advance_probability)
      page += "moves on to the next stage with " + percent(*s.advance_probability) +
              (s.ready ? ": ready to advance\n" : "\n");
    if (!answer.enough_evidence) page += "not enough evidence to rank: " + answer.evidence + "\n";
  }
  if (answer.is_open && !answer.reasons.empty()) {
    page += "\nreasons\n";
    for (const auto& proven : answer.reasons) {
      page += fmt::format("  {} {:>5.2f}  {} ({})\n", proven.reason.effect > 0 ? "raises" : "lowers",
                          std::abs(proven.reason.effect), proven.reason.text, proven.reason.group);
      for (const auto& event : proven.events) {
        page += fmt::format("                 {} {}  {} row {}  {}\n", rfc3339(event.occurred_at), event.type,
                            event.file, event.row, to_text(event.id));
      }
    }
  }
  if (answer.similar_count > 0) {
    page += fmt::format("\nof the {} most similar past subjects in this stage {} came to it ({})\n",
                        answer.similar_count, answer.similar_events, spoken(answer.risk.outcome));
    for (const auto& similar : answer.similar) {
      page += fmt::format("  {}  {}  {}\n", similar.subject, day_in(zone, similar.at),
                          similar.event ? spoken(answer.risk.outcome) : "not");
    }
  }
  if (!answer.checks.empty()) {
    page += "\nchecks\n";
    for (const auto& [name, what] : answer.checks) page += "  " + name + ": " + what + "\n";
  }
  page +=
      fmt::format("\ntimeline, {} of {} events, newest first\n", answer.events.size(), answer.event_count);
  Table events({{"occurred_at", ColumnKind::time}, {"type"}, {"source"}, {"by"}, {"came_from"}});
  for (const auto& event : answer.events) {
    events.add_row({Cell::time(event.event.occurred_at), Cell::text(event.event.type),
                    Cell::text(event.event.source), Cell::text(event.via ? "contact or account" : "itself"),
                    Cell::text(event.event.file + " row " + std::to_string(event.event.row))});
  }
  if (events.row_count() > 0) page += events.to_text();
  return page;
}

Table evaluation_table(const risk::Model& model) {
  using Kind = ColumnKind;
  Table table({{"ranking"},
               {"auc", Kind::number},
               {"auc_low", Kind::number},
               {"auc_high", Kind::number},
               {"average_precision", Kind::number},
               {"brier", Kind::number},
               {"log_loss", Kind::number},
               {"calibration_error", Kind::number},
               {"lift_at_10_percent", Kind::number}});
  for (const auto& q : model.evaluation.rankings) {
    table.add_row({Cell::text(q.ranking), figure(q.auc, 3), figure(q.auc_low, 3), figure(q.auc_high, 3),
                   figure(q.average_precision, 3), figure(q.brier, 4), figure(q.log_loss, 4),
                   figure(q.calibration_error, 4), figure(q.lift_at_10_percent, 2)});
  }
  return table;
}

std::string model_text(const risk::Model& model, const std::string& version) {
  std::string text = fmt::format("{} version {}: {}\n", model.name, version,
                                 model.ensemble ? model.chosen : std::string("stage rate"));
  text += fmt::format(
      "  learned from {} landmarks of {} subjects, {} with the outcome, {} to {}; {} have no label yet{}\n",
      model.rows, model.subjects, model.events, rfc3339(model.landmarks_from).substr(0, 10),
      rfc3339(model.landmarks_until).substr(0, 10), model.immature,
      model.treated > 0 ? fmt::format(", {} were treated", model.treated) : "");
  text +=
      fmt::format("  judged on {} newer landmarks, {} with the outcome; {}\n", model.evaluation.holdout_rows,
                  model.evaluation.holdout_events, model.evidence.sentence);
  if (model.recorded_share)
    text += fmt::format(
        "  probabilities are divided by {:.2f}, the declared share of losses that is recorded in time\n",
        *model.recorded_share);
  if (!model.recorded_share && model.estimated_recorded_share) {
    text += fmt::format(
        "  closing entries follow the last touch late: about {:.0f} % of losses may be recorded within the "
        "horizon (`recorded:` corrects for it)\n",
        *model.estimated_recorded_share * 100);
  }
  for (const auto& column : model.left_out) text += "  left out: " + column.sentence + "\n";
  return text;
}

void print_note(const std::string& text) {
  std::cerr << text << "\n";
}

void print_notes(const std::vector<std::string>& notes) {
  for (const auto& note : notes) print_note("note: " + note);
}

}  // namespace weir::cli
