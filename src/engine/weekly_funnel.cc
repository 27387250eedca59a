#include "engine/weekly_funnel.h"

#include <algorithm>
#include <utility>

namespace weir::engine {
namespace {

template <typename Read>
CountFigure figure(const WeeklyFlow& flow, int mean_weeks, const Read& read) {
  CountFigure figure;
  const std::size_t last = flow.weeks.size() - 1;
  figure.now = read(flow.weeks[last]);
  figure.before = read(flow.weeks[last - 1]);
  if (mean_weeks == 0) return figure;
  std::int64_t sum = 0;
  for (int back = 1; back <= mean_weeks; ++back)
    sum += read(flow.weeks[last - static_cast<std::size_t>(back)]);
  figure.mean = static_cast<double>(sum) / mean_weeks;
  return figure;
}

// Weeks before the last one since the funnel began, at most kMeanWeeks.
int weeks_behind_mean(const WeeklyFlow& flow) {
  if (!flow.first) return 0;
  const int since = (flow.weeks.back().week.monday.days - flow.first->monday.days) / 7;
  return std::clamp(since, 0, kMeanWeeks);
}

MoneyFigure won_money(const WeeklyFlow& flow, int mean_weeks, const Currency& currency) {
  MoneyFigure figure;
  const std::size_t last = flow.weeks.size() - 1;
  const auto of = [&](const WeekFlow& week) {
    return week.won_minor ? std::optional(Money{*week.won_minor, currency}) : std::nullopt;
  };
  figure.now = of(flow.weeks[last]);
  figure.before = of(flow.weeks[last - 1]);
  std::int64_t sum = 0;
  bool any = false;
  for (int back = 1; back <= mean_weeks; ++back) {
    const auto& minor = flow.weeks[last - static_cast<std::size_t>(back)].won_minor;
    any = any || minor;
    sum += minor.value_or(0);
  }
  if (any) figure.mean = Money{(sum + (sum < 0 ? -mean_weeks : mean_weeks) / 2) / mean_weeks, currency};
  return figure;
}

std::optional<double> estimate_of(const std::vector<funnel::StageSummary>& summaries, std::size_t stage) {
  const auto& conversion = summaries[stage].conversion;
  return conversion.entered == 0 ? std::nullopt : std::optional(conversion.estimate);
}

struct Figure {
  const char* name;
  std::int64_t StageFlow::*member;
};
constexpr Figure kFigures[] = {{"entered", &StageFlow::entered},
                               {"advanced", &StageFlow::advanced},
                               {"lost", &StageFlow::lost},
                               {"dormant", &StageFlow::silenced},
                               {"back", &StageFlow::back}};

void add_difference(std::vector<LateChange>& late, LateChange change) {
  if (change.said != change.now) late.push_back(std::move(change));
}

StageReport stage_flows(const FunnelReport& report, std::size_t i) {
  StageReport stage;
  const auto of = [&](std::int64_t StageFlow::*member) {
    return figure(report.flow, report.mean_weeks,
                  [&](const WeekFlow& week) { return week.stages[i].*member; });
  };
  stage.entered = of(&StageFlow::entered);
  stage.advanced = of(&StageFlow::advanced);
  stage.lost = of(&StageFlow::lost);
  stage.silenced = of(&StageFlow::silenced);
  stage.back = of(&StageFlow::back);
  const auto add = [&](const StageFlow& flow, std::int64_t& open, std::int64_t& dormant) {
    open += flow.entered - flow.advanced - flow.lost - flow.back;
    dormant += flow.silenced - flow.silence_ended;
  };
  add(report.flow.earlier.stages[i], stage.open_before, stage.dormant_before);
  for (std::size_t week = 0; week + 1 < report.flow.weeks.size(); ++week)
    add(report.flow.weeks[week].stages[i], stage.open_before, stage.dormant_before);
  stage.open_now = stage.open_before;
  stage.dormant_now = stage.dormant_before;
  add(report.flow.weeks.back().stages[i], stage.open_now, stage.dormant_now);
  return stage;
}

}  // namespace

FunnelReport WeeklyFunnel::report(const EvaluatedFunnel& now, const EvaluatedFunnel& before,
                                  const EvaluatedFunnel& said, const Moments& moments) const {
  FunnelReport report;
  report.funnel = now.compiled->definition->name;
  report.subject = workspace::to_text(now.compiled->definition->subject);
  report.flow = weekly_flow(*timelines_.store, now, workspace_.zone, week_, kReportWeeks);
  report.mean_weeks = weeks_behind_mean(report.flow);
  const auto summaries = stage_summaries(now, moments.now.as_of);
  const auto earlier = stage_summaries(before, moments.before.as_of);
  const auto as_said = stage_summaries(said, moments.said.as_of);
  for (std::size_t i = 0; i < now.stages.size(); ++i) {
    StageReport stage = stage_flows(report, i);
    stage.stage = now.stages[i]->name;
    stage.phase = now.stages[i]->phase;
    stage.total = summaries[i];
    const auto& conversion = summaries[i].conversion;
    stage.conversion.now = estimate_of(summaries, i);
    if (stage.conversion.now) {
      stage.conversion.low = conversion.band.low;
      stage.conversion.high = conversion.band.high;
    }
    stage.conversion.said_before = estimate_of(as_said, i);
    stage.conversion.before_known_now = estimate_of(earlier, i);
    stage.conversion.window_days = conversion.window_days;
    stage.conversion.window_reached = conversion.window_reached;
    report.stages.push_back(std::move(stage));
  }
  add_outcomes(report);
  return report;
}

void WeeklyFunnel::add_late(const EvaluatedFunnel& before, const EvaluatedFunnel& said,
                            std::vector<LateChange>& late) const {
  const auto now =
      weekly_flow(*timelines_.store, before, workspace_.zone, weeks_before(week_, 1), kReportWeeks - 1);
  const auto then =
      weekly_flow(*timelines_.store, said, workspace_.zone, weeks_before(week_, 1), kReportWeeks - 1);
  const std::string& funnel = before.compiled->definition->name;
  for (std::size_t week = 0; week < now.weeks.size(); ++week) {
    const WeekFlow& known = now.weeks[week];
    const WeekFlow& told = then.weeks[week];
    for (std::size_t stage = 0; stage < known.stages.size(); ++stage) {
      for (const Figure& figure : kFigures) {
        add_difference(late, {funnel, before.stages[stage]->name, known.week, figure.name,
                              told.stages[stage].*figure.member, known.stages[stage].*figure.member});
      }
    }
    add_difference(late, {funnel, "", known.week, "won", told.won, known.won});
    add_difference(late, {funnel, "", known.week, "lost", told.lost, known.lost});
  }
}

void WeeklyFunnel::add_outcomes(FunnelReport& report) const {
  report.won = figure(report.flow, report.mean_weeks, [](const WeekFlow& week) { return week.won; });
  report.lost = figure(report.flow, report.mean_weeks, [](const WeekFlow& week) { return week.lost; });
  const Currency& currency = workspace_.definitions->currency;
  report.won_money = won_money(report.flow, report.mean_weeks, currency);
  std::optional<std::int64_t> minor;
  const auto add = [&](const WeekFlow& week) {
    report.total_won += week.won;
    report.total_lost += week.lost;
    if (week.won_minor) minor = minor.value_or(0) + *week.won_minor;
  };
  add(report.flow.earlier);
  for (const WeekFlow& week : report.flow.weeks) add(week);
  if (minor) report.total_won_money = Money{*minor, currency};
}

}  // namespace weir::engine
