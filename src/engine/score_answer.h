// The verb `score`: the risk of open subjects, or of given ones at given times, with reasons and the events
// that prove them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/evaluated_funnel.h"
#include "engine/feature_rows.h"
#include "engine/model_files.h"
#include "workspace/definitions.h"

namespace weir::engine {

struct SubjectAt {
  std::string subject;
  std::int64_t at{0};
  std::int64_t row{0};  // of the file of points; 0 where there is none
};

struct ScoreQuestion {
  std::string name;                // a prediction by name; must come down to one funnel and outcome
  std::optional<std::int64_t> at;  // all subjects open then, as known then; empty: the workspace's as-of
  std::vector<SubjectAt> points;   // instead, when not empty
  std::string version;             // of a model; "": the champion
  std::string context_version;     // of kept context tables; "": those of now
  std::size_t reasons{3};          // in each direction at most
  bool evidence{true};             // look for the events that prove a reason
};

// What speaks for or against, of one group of features, in business words.
struct Reason {
  std::string group;
  std::string feature;              // the strongest of the group
  std::string text;                 // "days since the last reply: 41"
  double effect{0};                 // log-odds that the group adds; > 0 makes the outcome more likely
  std::string value;                // of the feature; "" = none
  std::vector<timeline::Row> rows;  // newest first: the events behind the feature
  std::vector<std::string> event_ids;
};

enum class Trend : std::uint8_t { not_enough_info, improving, steady, declining };
[[nodiscard]] const char* to_text(Trend trend) noexcept;

struct ScoredSubject {
  funnel::SubjectIndex index{0};
  std::string subject, stage, account, owner;
  std::int64_t as_of{0};
  std::string context_version;  // of the last day that was over at as_of
  double days_in_stage{0};
  std::optional<double> days_since_touch;
  bool dormant{false};
  std::optional<Money> amount;
  risk::Score score;
  std::string band;  // low | medium | high | critical; "" without enough evidence
  Trend trend{Trend::not_enough_info};
  std::optional<double> advance_probability;  // of the champion that predicts `advance`, where there is one
  bool ready{false};            // among the tenth most likely to advance of what its model has seen
  std::vector<Reason> reasons;  // raising first, strongest first; then lowering
};

// Nothing where no ranking stands behind it.
[[nodiscard]] std::optional<std::int64_t> shown_rating(const ScoredSubject& subject, bool enough_evidence);

// The risk of an account from its open subjects.
struct ScoredAccount {
  std::string account;
  std::size_t subjects{0};
  double probability{0};  // by the declared rule
  std::string worst_subject;
  std::optional<Money> amount;
};

struct ScoreAnswer {
  workspace::Risk risk;
  funnel::AsOf as_of;
  std::string version, feature_version, context_version;  // the last of the as-of
  std::vector<std::string> notes;                         // of the context tables
  risk::Model model;
  bool enough_evidence{false};
  risk::DriftReport drift;  // of all open subjects against the model's own; rows = 0: not looked at
  std::string fail_safe;    // why the baseline answers although there is a model; "": it does not
  std::vector<ScoredSubject>
      subjects;  // the most likely first; by name without enough evidence, and for given points as given
  std::vector<std::string> refused;  // points that could not be scored, with their line and why
};

// Fails with Errc::state when no model was ever trained.
[[nodiscard]] Result<ScoreAnswer> score_subjects(const Environment& environment,
                                                 const CompiledWorkspace& workspace,
                                                 const OpenTimelines& timelines,
                                                 const ScoreQuestion& question);

// Accounts of the scored subjects, the most likely first. The rule: `accounts:` of the prediction.
[[nodiscard]] std::vector<ScoredAccount> score_accounts(const ScoreAnswer& answer);

[[nodiscard]] std::string score_json(const ScoreAnswer& answer);
// {"rows", "weight", "features": [{feature, psi, adjusted_p_value, weight}], "fallback"}; `fail_safe` "" is
// null.
void write_drift(JsonWriter& out, const risk::DriftReport& drift, const std::string& fail_safe);

}  // namespace weir::engine
