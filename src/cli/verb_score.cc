// weir score: the risk of open subjects. weir why: everything about one of them.
#include <fmt/format.h>

#include <memory>

#include "cli/moment_option.h"
#include "cli/risk_output.h"
#include "cli/verb.h"
#include "engine/applied.h"
#include "engine/asked_points.h"
#include "engine/score_answer.h"
#include "engine/why_answer.h"
#include "store/query_engine.h"

namespace weir::cli {
namespace {

struct Options {
  engine::ScoreQuestion question;
  std::string at, points;
  bool accounts{false};
  std::int64_t limit{-1};
};

// One line of JSON per subject, as DESIGN names the columns.
std::string score_lines(const engine::ScoreAnswer& result) {
  std::string lines;
  for (const auto& subject : result.subjects) {
    JsonWriter out(0);
    out.begin_object()
        .field("subject", subject.subject)
        .field("as_of", rfc3339(subject.as_of))
        .field("stage", subject.stage);
    out.field("probability", subject.score.probability)
        .field("low", subject.score.low)
        .field("high", subject.score.high);
    out.field("rating", subject.score.rating)
        .field("band", subject.band)
        .field("trend", engine::to_text(subject.trend));
    out.field("evidence", result.enough_evidence ? "enough" : "not_enough")
        .field("fallback", subject.score.fallback);
    out.field("model_version", result.version)
        .field("feature_version", result.feature_version)
        .field("context_version", subject.context_version);
    out.field("advance_probability", subject.advance_probability)
        .field("ready", subject.ready)
        .field("account", subject.account)
        .field("owner", subject.owner);
    out.key("reasons").begin_array();
    for (const auto& reason : subject.reasons) {
      out.begin_object()
          .field("feature", reason.feature)
          .field("value", reason.value)
          .field("effect", reason.effect)
          .field("text", reason.text);
      out.key("event_ids").begin_array();
      for (const auto& id : reason.event_ids) out.value(id);
      out.end_array().end_object();
    }
    lines += out.end_array().end_object().text() + "\n";
  }
  return lines;
}

constexpr const char* kParquetColumns =
    "{subject: 'VARCHAR', as_of: 'TIMESTAMPTZ', stage: 'VARCHAR', probability: 'DOUBLE', low: 'DOUBLE', "
    "high: 'DOUBLE', rating: 'INTEGER', band: 'VARCHAR', "
    "trend: 'VARCHAR', evidence: 'VARCHAR', fallback: 'BOOLEAN', model_version: 'VARCHAR', feature_version: "
    "'VARCHAR', context_version: 'VARCHAR', "
    "advance_probability: 'DOUBLE', ready: 'BOOLEAN', account: 'VARCHAR', owner: 'VARCHAR', "
    "reasons: 'STRUCT(feature VARCHAR, value VARCHAR, effect DOUBLE, text VARCHAR, event_ids VARCHAR[])[]'}";

Status write_parquet(const Context& context, const engine::ScoreAnswer& result) {
  const std::string lines = context.out + ".jsonl.tmp";
  WEIR_TRY_STATUS(context.files->write_durably(lines, score_lines(result)));
  Status written = [&]() -> Status {
    WEIR_TRY(const auto engine, store::QueryEngine::open({}));
    return engine->execute(
        "COPY (SELECT * REPLACE (nullif(stage, '') AS stage, nullif(band, '') AS band, nullif(rating, 0) AS "
        "rating, nullif(account, '') AS account, "
        "nullif(owner, '') AS owner) FROM read_json(" +
        store::sql_quote(lines) + ", format = 'newline_delimited', columns = " + kParquetColumns + ")) TO " +
        store::sql_quote(context.out) + " (FORMAT parquet)");
  }();
  WEIR_TRY_STATUS(context.files->remove(lines));
  return written;
}

Result<int> show_scores(const Context& context, const Options& given) {
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto opened, engine::open_workspace(environment));
  const auto& [workspace, timelines] = opened;
  Options options = given;
  WEIR_TRY(options.question.at, moment_option(workspace.zone, options.at));
  std::vector<std::string> unread;
  if (!options.points.empty()) {
    WEIR_TRY(auto read, engine::read_points(workspace, options.points));
    for (std::size_t i = 0; i < read.size(); ++i)
      options.question.points.push_back({std::string(read.subjects[i]), read.as_of[i], read.row[i]});
    for (const auto& [row, mistake] : read.mistakes) unread.push_back(mistake);
    // A file without one good row asks about nobody, not about everybody.
    if (read.size() == 0) {
      for (const auto& mistake : unread) print_note(mistake);
      return fail(Errc::state, options.points + " has no row that can be scored");
    }
  }
  WEIR_TRY(auto result, engine::score_subjects(environment, workspace, timelines, options.question));
  print_notes(result.notes);
  if (options.accounts) {
    WEIR_TRY_STATUS(answer(context, accounts_table(engine::score_accounts(result))));
    return kDone;
  }
  const bool to_screen = !context.json && context.out.empty();
  if (context.out.ends_with(".parquet")) {
    WEIR_TRY_STATUS(write_parquet(context, result));
  } else {
    const std::int64_t shown = options.limit >= 0 ? options.limit : to_screen ? kShownSubjects : 0;
    WEIR_TRY_STATUS(answer(context, scores_table(result, shown),
                           context.json || context.out.ends_with(".json") ? engine::score_json(result) : ""));
  }
  if (to_screen) print(score_remarks(result));
  for (const auto& refused : unread) print_note(refused);
  for (const auto& refused : result.refused) print_note(refused);
  return context.strict && !(unread.empty() && result.refused.empty()) ? kRefused : kDone;
}

struct WhyOptions {
  engine::WhyQuestion question;
  std::string at;
};

Result<int> show_why(const Context& context, const WhyOptions& given) {
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto opened, engine::open_workspace(environment));
  const auto& [workspace, timelines] = opened;
  WhyOptions options = given;
  WEIR_TRY(options.question.at, moment_option(workspace.zone, options.at));
  WEIR_TRY(const auto result, engine::why(environment, workspace, timelines, options.question));
  print_notes(result.notes);
  if (context.json) {
    print(engine::why_json(result) + "\n");
  } else {
    print(why_page(result, workspace.zone));
  }
  return kDone;
}

}  // namespace

void add_score(Verbs& verbs) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = verbs.add("score", "which open subjects are at risk, with reasons",
                             [options](const Context& context) { return show_scores(context, *options); });
  verb->add_option("--name", options->question.name,
                   "what is predicted: deals, deals/lost, deals/lost/30d (default: the first declared)");
  verb->add_option("--at", options->at, "subjects open at this date or instant, as was known then");
  verb->add_option("--points", options->points,
                   "score these rows (subject, as_of) instead: a .csv or .parquet file")
      ->type_name("FILE");
  verb->add_option("--model", options->question.version, "the version of a model (default: the champion)");
  verb->add_option("--context", options->question.context_version,
                   "the version of kept context tables that a row names (default: what the data say now)");
  verb->add_option("--reasons", options->question.reasons,
                   "at most so many reasons in each direction (default: 3)");
  verb->add_option("--limit", options->limit,
                   "at most so many subjects (default: 20 on a screen, else all; 0: all)")
      ->check(CLI::NonNegativeNumber);
  verb->add_flag("--accounts", options->accounts, "instead: accounts, from their open subjects");

  const auto about = std::make_shared<WhyOptions>();
  CLI::App* why =
      verbs.add("why", "everything about one subject: risk, reasons with evidence, similar ones, timeline",
                [about](const Context& context) { return show_why(context, *about); });
  why->add_option("subject", about->question.subject,
                  "the key of a lead, an opportunity, a contact or an account")
      ->required();
  why->add_option("--name", about->question.name,
                  "what is predicted (default: the first declared that has the subject)");
  why->add_option("--at", about->at, "as it was known at this date or instant");
  why->add_option("--events", about->question.events, "so many of its newest events (default: 20)");
}

}  // namespace weir::cli
