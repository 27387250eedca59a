// The verb `report weekly`: what changed in the last closed week, leaks, the list to work, and what could not
// be said.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/events_answer.h"
#include "engine/iso_week.h"
#include "engine/leaks_answer.h"
#include "engine/score_answer.h"
#include "engine/weekly_flow.h"

namespace weir::engine {

inline constexpr int kReportWeeks = 13;  // of history
inline constexpr int kMeanWeeks = 8;     // before the week
inline constexpr std::size_t kWorkItems = 25;
inline constexpr std::size_t kReadyItems = 10;

struct WeeklyQuestion {
  TimeQuestion time;
  std::optional<IsoWeek> week;  // empty: the last one closed at the as-of
};

// A count of the week beside the week before and the mean of the up to 8 weeks before that the funnel has.
struct CountFigure {
  std::int64_t now{0};
  std::int64_t before{0};
  std::optional<double> mean;
};
struct MoneyFigure {
  std::optional<Money> now, before, mean;
};

// Aalen-Johansen at the stage's window over everything up to the end of a week; empty: nobody entered.
struct ConversionFigure {
  std::optional<double> now, low, high;
  std::optional<double> said_before;       // at the end of the week before, as known then
  std::optional<double> before_known_now;  // the same moment, as known now: what differs came late
  double window_days{0};
  bool window_reached{false};
};

struct StageReport {
  std::string stage, phase;
  CountFigure entered, advanced, lost, silenced, back;
  std::int64_t open_before{0}, open_now{0};  // in the stage at the beginning and the end, dormant or not
  std::int64_t dormant_before{0}, dormant_now{0};
  ConversionFigure conversion;
  funnel::StageSummary total;  // what `funnel` says at the end of the week
};

// A figure of a past week that late data changed.
struct LateChange {
  std::string funnel, stage;  // stage "": of the whole funnel
  IsoWeek week;
  std::string figure;  // entered, advanced, ...
  std::int64_t said{0}, now{0};
};

struct FunnelReport {
  std::string funnel, subject;
  std::vector<StageReport> stages;
  CountFigure won, lost;
  MoneyFigure won_money;
  std::int64_t total_won{0}, total_lost{0};  // what `funnel` says at the end of the week
  std::optional<Money> total_won_money;
  int mean_weeks{0};  // behind the means: 0 to 8
  WeeklyFlow flow;
  std::int64_t undated{0}, without_stage{0}, won_first{0}, entered_after_won{0},
      amounts_without_rate{0};  // at the as-of
};

enum class LeakNews : std::uint8_t { is_new, known, gone };
[[nodiscard]] const char* to_text(LeakNews news) noexcept;

struct ReportedLeak {
  LeakNews news{LeakNews::known};
  LeakAnswer leak;  // as it was a week before when it is gone
};

struct ReportedReason {
  bool raises{true};
  std::string text;
  double effect{0};
  std::optional<ListedEvent> proof;  // the newest event behind it
};

struct WorkItem {
  std::string risk, subject, stage, owner, account, band, trend;
  double days_in_stage{0};
  std::optional<double> days_since_touch;
  bool dormant{false};
  std::optional<Money> amount, expected_loss;  // probability x amount
  std::optional<double> probability, low, high, advance_probability;
  std::vector<ReportedReason> reasons;  // three at most
};

// Of one prediction. Where no model can rank: those about to fall silent first, without a probability.
struct WorkList {
  std::string risk, outcome, model_version, feature_version, context_version;
  std::string ranked_by;        // in words
  std::int64_t scored{0};       // open subjects that the model scored
  std::vector<WorkItem> items;  // at risk, at most kWorkItems
  std::vector<WorkItem> ready;  // to advance, at most kReadyItems
};

struct ReportedCheck {
  std::string name, about;
  std::int64_t found{0};
};
struct ReportedQuarantine {
  std::string source, clause, field;
  std::int64_t records{0};
};
struct SilentSource {
  std::string source;
  std::int64_t last_at{0};       // its newest event
  std::int64_t days{0};          // whole days without one
  std::int64_t longest_days{0};  // that it ever was without one before
};
struct NotSaid {
  std::string about, why;
};

struct WeeklyReport {
  std::string workspace, zone;
  IsoWeek week;
  std::int64_t from{0}, to{0};
  funnel::AsOf as_of;  // of leaks, lists and gaps
  bool compared_as_known_then{
      true};  // else nothing was known a week before: compared with that moment as known now
  std::vector<FunnelReport> funnels;
  std::vector<LateChange> late;
  std::vector<ReportedLeak> leaks;  // new, known, gone; each worst first
  std::vector<WorkList> work;
  std::vector<ReportedCheck> checks;  // that found something
  std::int64_t checks_run{0};
  std::vector<ReportedQuarantine> quarantine;
  std::vector<SilentSource> silent;
  std::vector<NotSaid> not_said;
};

[[nodiscard]] Result<WeeklyReport> weekly_report(const Environment& environment,
                                                 const CompiledWorkspace& workspace,
                                                 const OpenTimelines& timelines,
                                                 const WeeklyQuestion& question);

[[nodiscard]] std::string weekly_json(const WeeklyReport& report);

}  // namespace weir::engine
