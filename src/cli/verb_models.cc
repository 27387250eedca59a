// weir train, evaluate, models, promote, rollback: the life of models.
#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "cli/moment_option.h"
#include "cli/risk_output.h"
#include "cli/verb.h"
#include "engine/applied.h"
#include "engine/landmark_rows.h"
#include "engine/model_files.h"
#include "engine/score_answer.h"
#include "engine/train.h"
#include "store/writer_lock.h"

namespace weir::cli {
namespace {

struct TrainOptions {
  engine::TrainQuestion question;
  std::string until, only;
};

std::string user_name() {
  const char* user = std::getenv("USER");  // NOLINT(concurrency-mt-unsafe): nothing sets it here
  return user == nullptr || *user == '\0' ? std::string("command line") : std::string(user);
}

std::string trained_json(const std::vector<engine::TrainedModel>& trained) {
  JsonWriter out;
  out.begin_array();
  for (const auto& each : trained) {
    out.begin_object()
        .field("version", each.version)
        .field("new", each.is_new)
        .field("champion", each.is_champion)
        .field("decision", each.decision);
    out.key("card").raw(engine::card_json(each.model)).end_object();
  }
  return out.end_array().text();
}

Result<int> train(const Context& context, const TrainOptions& given) {
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto opened, engine::open_workspace(environment));
  const auto& [workspace, timelines] = opened;
  TrainOptions options = given;
  WEIR_TRY(options.question.until, moment_option(workspace.zone, options.until));
  if (options.only == "logistic") options.question.choice = risk::Choice::logistic;
  if (options.only == "ensemble") options.question.choice = risk::Choice::ensemble;
  WEIR_TRY(const auto trained, engine::train(environment, workspace, timelines, options.question));
  for (const auto& each : trained) print_notes(each.notes);
  if (context.json) {
    print(trained_json(trained) + "\n");
    return kDone;
  }
  for (const auto& each : trained) {
    print(model_text(each.model, each.version));
    if (!each.model.evaluation.rankings.empty()) print(evaluation_table(each.model).to_text());
    print(fmt::format("  {}: {}\n\n", each.is_champion ? "champion" : "not made champion", each.decision));
  }
  return kDone;
}

Result<std::unique_ptr<store::ControlStore>> open_control(const Context& context, store::StoreAccess access) {
  const engine::Environment environment = context.environment();
  return store::ControlStore::open(*context.files, *context.clock, environment.state_dir(), access);
}

Result<int> list_models(const Context& context, const std::string& name) {
  WEIR_TRY(const auto control, open_control(context, store::StoreAccess::read));
  store::ModelRegistry registry(*control);
  WEIR_TRY(const auto models, registry.models(name));
  WEIR_TRY(const auto champions, registry.champions(name));
  Table table({{"name"},
               {"version"},
               {"trained_at", ColumnKind::time},
               {"champion"},
               {"since", ColumnKind::time},
               {"by"},
               {"reason"}});
  JsonWriter json;
  json.begin_object().key("models").begin_array();
  for (const auto& model : models) {
    const store::Champion* current = nullptr;
    const store::Champion* last = nullptr;
    for (const auto& champion : champions) {  // newest first
      if (champion.name != model.name) continue;
      if (current == nullptr) current = &champion;
      if (last == nullptr && champion.version == model.version) last = &champion;
    }
    const bool is_champion = current != nullptr && current->version == model.version;
    table.add_row({Cell::text(model.name), Cell::text(model.version), Cell::time(model.trained_at),
                   Cell::text(is_champion       ? "yes"
                              : last != nullptr ? "was"
                                                : "no"),
                   last != nullptr ? Cell::time(last->since) : Cell::null(),
                   last != nullptr ? Cell::text(last->by) : Cell::null(),
                   last != nullptr ? Cell::text(last->reason) : Cell::null()});
    json.begin_object()
        .field("version", model.version)
        .field("champion", is_champion)
        .field("trained_at", rfc3339(model.trained_at));
    json.field("file", model.file).key("card").raw(model.card).end_object();
  }
  json.end_array().key("champions").begin_array();
  for (const auto& champion : champions) {
    json.begin_object()
        .field("name", champion.name)
        .field("version", champion.version)
        .field("since", rfc3339(champion.since));
    json.field("by", champion.by).field("reason", champion.reason).end_object();
  }
  WEIR_TRY_STATUS(answer(context, table, json.end_array().end_object().text()));
  return kDone;
}

// Of the workspace's open subjects against the model's own, as JSON; also told on the screen. "" where the
// model has nothing to compare.
Result<std::string> drift_of_open_subjects(const Context& context, const engine::KeptModel& kept) {
  if (kept.model.reference.empty()) return std::string();
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto opened, engine::open_workspace(environment));
  const auto& [workspace, timelines] = opened;
  engine::ScoreQuestion question;
  question.name = kept.entry.name;
  question.version = kept.entry.version;
  question.reasons = 0;
  const auto scored = engine::score_subjects(environment, workspace, timelines, question);
  if (!scored.has_value()) {  // the evaluation itself stands
    print_note("drift is not told: " + scored.error().message);
    return std::string();
  }
  if (!context.json && context.out.empty())
    print(drift_text(scored->drift) + (scored->fail_safe.empty() ? "" : scored->fail_safe + "\n"));
  JsonWriter out(0);
  engine::write_drift(out, scored->drift, scored->fail_safe);
  return out.text();
}

Result<int> evaluate(const Context& context, const std::string& name, const std::string& version) {
  const engine::Environment environment = context.environment();
  engine::KeptModel kept;
  if (!version.empty()) {
    WEIR_TRY(const auto control, open_control(context, store::StoreAccess::read));
    store::ModelRegistry registry(*control);
    WEIR_TRY(kept, engine::read_model(environment, registry, version));
  } else {
    WEIR_TRY(const auto workspace, engine::load_workspace(environment));
    WEIR_TRY(const auto risks, engine::find_risks(workspace, name));
    WEIR_TRY(auto champion, engine::read_champion(environment, risks.front().name));
    if (!champion)
      return fail(Errc::state, "no model of " + risks.front().name + " was trained yet; run: weir train");
    kept = std::move(*champion);
  }
  if (!context.json && context.out.empty()) print(model_text(kept.model, kept.entry.version));
  WEIR_TRY(const std::string drift, drift_of_open_subjects(context, kept));
  WEIR_TRY_STATUS(answer(context, evaluation_table(kept.model), engine::card_json(kept.model, drift)));
  if (!context.json && context.out.empty() && !kept.model.evaluation.rankings.empty()) {
    const std::string stem = join_path(environment.state_dir(), "models/" + kept.entry.version);
    print("plots: " + stem + ".reliability.svg, " + stem + ".rankings.svg\n");
  }
  return kDone;
}

Result<int> promote(const Context& context, const std::string& version, const std::string& reason) {
  WEIR_TRY(const auto lock,
           store::WriterLock::acquire(*context.files, context.environment().state_dir(), "promote"));
  WEIR_TRY(const auto control, open_control(context, store::StoreAccess::write));
  store::ModelRegistry registry(*control);
  // A model whose file is damaged must not answer.
  WEIR_TRY(const auto kept, engine::read_model(context.environment(), registry, version));
  WEIR_TRY_STATUS(registry.promote(kept.entry, user_name(), reason));
  print(kept.entry.name + ": the champion is " + kept.entry.version + "\n");
  return kDone;
}

Result<int> roll_back(const Context& context, const std::string& name, const std::string& reason) {
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto workspace, engine::load_workspace(environment));
  WEIR_TRY(const auto risks, engine::find_risks(workspace, name));
  if (risks.size() > 1) {
    std::string names;
    for (const auto& risk : risks) names += (names.empty() ? "" : ", ") + risk.name;
    return fail(Errc::usage, "say which one to roll back: " + names);
  }
  WEIR_TRY(const auto lock, store::WriterLock::acquire(*context.files, environment.state_dir(), "rollback"));
  WEIR_TRY(const auto control, open_control(context, store::StoreAccess::write));
  store::ModelRegistry registry(*control);
  WEIR_TRY(const auto champion, registry.roll_back(risks.front().name, user_name(), reason));
  print(champion.name + ": the champion is " + champion.version + " again\n");
  return kDone;
}

}  // namespace

void add_models(Verbs& verbs) {
  const auto training = std::make_shared<TrainOptions>();
  CLI::App* verb = verbs.add("train", "learn what is predicted from what happened",
                             [training](const Context& context) { return train(context, *training); });
  verb->add_option("--name", training->question.name,
                   "only this prediction: deals, deals/lost, deals/lost/30d");
  verb->add_option("--until", training->until, "learn from what was known at this date or instant");
  verb->add_option("--seed", training->question.seed, "of everything that is drawn (default: 1)");
  verb->add_option("--rows", training->question.rows_file,
                   "write the rows it learned from to this .parquet or .csv file, for other learners");
  verb->add_option("--only", training->only,
                   "logistic or ensemble, whichever the newest landmarks say (default: automatic)")
      ->check(CLI::IsMember({"automatic", "logistic", "ensemble"}));

  const auto name = std::make_shared<std::string>();
  CLI::App* models = verbs.add("models", "all models, and who was champion when",
                               [name](const Context& context) { return list_models(context, *name); });
  models->add_option("--name", *name, "only this prediction, by its full name");

  struct Which {
    std::string name, version, reason;
  };
  const auto judged = std::make_shared<Which>();
  CLI::App* evaluation = verbs.add(
      "evaluate", "how good a model was on the newest landmarks, beside simple rankings",
      [judged](const Context& context) { return evaluate(context, judged->name, judged->version); });
  evaluation->add_option("--name", judged->name, "the champion of this prediction");
  evaluation->add_option("--model", judged->version, "a version, or the beginning of one");

  const auto promoted = std::make_shared<Which>();
  CLI::App* promotion = verbs.add(
      "promote", "make a model champion",
      [promoted](const Context& context) { return promote(context, promoted->version, promoted->reason); },
      false);
  promotion->add_option("version", promoted->version, "of the model, or its beginning")->required();
  promotion->add_option("--reason", promoted->reason, "why: it stands in the history");

  const auto back = std::make_shared<Which>();
  CLI::App* rollback = verbs.add(
      "rollback", "make the champion before champion again",
      [back](const Context& context) { return roll_back(context, back->name, back->reason); }, false);
  rollback->add_option("name", back->name, "of the prediction: deals/lost/30d");
  rollback->add_option("--reason", back->reason, "why: it stands in the history");
}

}  // namespace weir::cli
