#include "engine/weekly_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/checks.h"
#include "engine/funnel_answer.h"
#include "engine/quarantine.h"
#include "engine/weekly_funnel.h"
#include "engine/work_lists.h"

namespace weir::engine {

namespace {

// A source is silent when it is so for longer than in its last kActiveDays days with events; fewer than
// kLeastActiveDays say nothing.
constexpr std::size_t kActiveDays = 90;
constexpr std::size_t kLeastActiveDays = 10;
constexpr std::int64_t kLeastSilentDays = 3;

struct Times {
  IsoWeek week;
  funnel::AsOf as_of;
  bool given{false};  // not the workspace's own as-of
};

Result<Times> times_of(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                       const WeeklyQuestion& question) {
  Times times;
  WEIR_TRY(times.as_of, resolve_as_of(workspace, timelines, question.time));
  times.week = closed_week(workspace.zone, micros_of(times.as_of.as_of));
  times.given = question.time.as_of || question.time.known_at;
  if (!question.week) return times;
  times.week = *question.week;
  const EventTime end = event_time(end_of(workspace.zone, times.week));
  if (end > times.as_of.as_of) {
    return fail(Errc::usage, "the week " + to_text(times.week) + " ends at " + to_text(end) +
                                 ", after the as-of " + to_text(times.as_of.as_of) +
                                 "; the last closed week is " +
                                 to_text(closed_week(workspace.zone, micros_of(times.as_of.as_of))));
  }
  if (!question.time.as_of) {
    times.given = times.given || end != times.as_of.as_of;
    times.as_of.as_of = end;
  }
  return times;
}

// What makes two leaks of two weeks the same one: the onset may move as evidence grows.
auto leak_key(const LeakAnswer& leak) {
  return std::tie(leak.funnel, leak.kind, leak.from, leak.to, leak.segment);
}

std::vector<ReportedLeak> compare_leaks(const std::vector<LeakAnswer>& now,
                                        const std::vector<LeakAnswer>& before) {
  const auto has = [](const std::vector<LeakAnswer>& leaks, const LeakAnswer& one) {
    return std::any_of(leaks.begin(), leaks.end(),
                       [&](const LeakAnswer& leak) { return leak_key(leak) == leak_key(one); });
  };
  std::vector<ReportedLeak> reported;
  for (const auto& leak : now) {
    if (!has(before, leak)) reported.push_back({LeakNews::is_new, leak});
  }
  for (const auto& leak : now) {
    if (has(before, leak)) reported.push_back({LeakNews::known, leak});
  }
  for (const auto& leak : before) {
    if (!has(now, leak)) reported.push_back({LeakNews::gone, leak});
  }
  return reported;
}

std::vector<SilentSource> silent_sources(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                                         const funnel::AsOf& as_of) {
  const timeline::TimelineStore& store = *timelines.store;
  const auto& c = store.columns();
  std::map<std::string, std::vector<std::pair<Date, std::int64_t>>>
      days;  // per source: days with events, and the last instant of each
  for (std::size_t row = 0; row < store.row_count(); ++row) {
    if (!as_of.sees(c.occurred_at[row], c.known_at[row], c.retracted_at[row])) continue;
    auto& of = days[std::string(store.source(c.source[row]))];
    const Date day = workspace.zone.day_of(c.occurred_at[row]);
    if (of.empty() || of.back().first != day) of.emplace_back(day, 0);
    of.back().second = c.occurred_at[row];
  }
  const Date today = workspace.zone.day_of(micros_of(as_of.as_of));
  std::vector<SilentSource> silent;
  for (const auto& [source, active] : days) {
    if (active.size() < kLeastActiveDays) continue;
    SilentSource found{source, active.back().second, std::int64_t{today.days} - active.back().first.days - 1,
                       0};
    for (std::size_t i = active.size() - std::min(active.size(), kActiveDays) + 1; i < active.size(); ++i) {
      found.longest_days =
          std::max<std::int64_t>(found.longest_days, active[i].first.days - active[i - 1].first.days - 1);
    }
    if (found.days >= kLeastSilentDays && found.days > found.longest_days) silent.push_back(std::move(found));
  }
  return silent;
}

class Reporting {
 public:
  Reporting(const Environment& environment, const CompiledWorkspace& workspace,
            const OpenTimelines& timelines)
      : environment_(environment), workspace_(workspace), timelines_(timelines) {}

  Result<WeeklyReport> run(const WeeklyQuestion& question) {
    WEIR_TRY(const Times times, times_of(workspace_, timelines_, question));
    report_.workspace = workspace_.definitions->name;
    report_.zone = workspace_.zone.name();
    report_.week = times.week;
    report_.from = begin_of(workspace_.zone, times.week);
    report_.to = end_of(workspace_.zone, times.week);
    report_.as_of = times.as_of;
    WEIR_TRY_STATUS(add_funnels());
    WEIR_TRY_STATUS(add_leaks());
    WEIR_TRY_STATUS(add_work_lists(environment_, workspace_, timelines_, times.as_of, times.given, report_));
    WEIR_TRY_STATUS(add_gaps());
    add_thin_figures();
    return std::move(report_);
  }

 private:
  [[nodiscard]] Moments moments() const {
    const EventTime before = event_time(report_.from);
    return {{event_time(report_.to), report_.as_of.known_at},
            {before, report_.as_of.known_at},
            {before, known_time(report_.from)}};
  }

  Status add_funnels() {
    Moments at = moments();
    auto said_links = links_at(timelines_, at.said);
    const auto now_links = links_at(timelines_, at.now);
    const auto before_links = links_at(timelines_, at.before);
    if (nothing_seen(at.said) && !nothing_seen(at.before)) {
      report_.compared_as_known_then = false;
      at.said = at.before;
      said_links = before_links;
      report_.not_said.push_back({"the week before as it was known then",
                                  "all data was known only after " + to_text(event_time(report_.from)) +
                                      "; that week is shown as known now"});
    }
    for (const auto& compiled : workspace_.funnels) {
      WEIR_TRY(const auto now,
               evaluate_funnel(environment_, workspace_, timelines_, compiled, at.now, now_links));
      WEIR_TRY(const auto before,
               evaluate_funnel(environment_, workspace_, timelines_, compiled, at.before, before_links));
      WEIR_TRY(const auto said,
               evaluate_funnel(environment_, workspace_, timelines_, compiled, at.said, said_links));
      const WeeklyFunnel week(workspace_, timelines_, report_.week);
      FunnelReport funnel = week.report(now, before, said, at);
      week.add_late(before, said, report_.late);
      FunnelQuestion question;
      question.funnel = funnel.funnel;
      question.time = time_now();
      WEIR_TRY(const FunnelAnswer answer, answer_funnel(environment_, workspace_, timelines_, question));
      funnel.undated = answer.undated;
      funnel.without_stage = answer.without_stage;
      funnel.won_first = answer.won_first;
      funnel.entered_after_won = answer.entered_after_won;
      funnel.amounts_without_rate = answer.amounts_without_rate;
      report_.funnels.push_back(std::move(funnel));
    }
    return {};
  }

  [[nodiscard]] bool nothing_seen(const funnel::AsOf& as_of) const {
    const auto& c = timelines_.store->columns();
    for (std::size_t row = 0; row < timelines_.store->row_count(); ++row) {
      if (as_of.sees(c.occurred_at[row], c.known_at[row], c.retracted_at[row])) return false;
    }
    return true;
  }

  [[nodiscard]] TimeQuestion time_now() const {
    TimeQuestion time;
    time.as_of = micros_of(report_.as_of.as_of);
    if (report_.as_of.known_at != kNeverKnown) time.known_at = micros_of(report_.as_of.known_at);
    return time;
  }

  Status add_leaks() {
    if (workspace_.funnels.empty()) return {};
    LeaksQuestion question;
    question.time = time_now();
    WEIR_TRY(const LeaksAnswer now, answer_leaks(environment_, workspace_, timelines_, question));
    const Date day = workspace_.zone.day_of(micros_of(report_.as_of.as_of));
    const std::int64_t into_day = micros_of(report_.as_of.as_of) - workspace_.zone.start_of_day(day);
    const std::int64_t week_ago = workspace_.zone.start_of_day(Date{day.days - 7}) + into_day;
    question.time.as_of = week_ago;
    if (report_.compared_as_known_then) question.time.known_at = week_ago;
    WEIR_TRY(const LeaksAnswer before, answer_leaks(environment_, workspace_, timelines_, question));
    report_.leaks = compare_leaks(now.leaks, before.leaks);
    for (const auto& least : now.smallest_detectable) {
      if (least.enough_evidence) continue;
      report_.not_said.push_back(
          {least.funnel + " " + least.from,
           fmt::format("whether it leaks by {}: only {:.1f} are expected in the period", least.kind,
                       least.expected)});
    }
    return {};
  }

  Status add_gaps() {
    WEIR_TRY(const auto checks, run_checks(environment_, workspace_, timelines_, time_now()));
    report_.checks_run = static_cast<std::int64_t>(checks.size());
    for (const auto& check : checks) {
      if (!check.rows.empty())
        report_.checks.push_back({check.name, check.about, static_cast<std::int64_t>(check.rows.size())});
    }
    WEIR_TRY(const auto groups, quarantine_groups(environment_, {}));
    for (const auto& group : groups)
      report_.quarantine.push_back({group.source, group.clause, group.field, group.records});
    report_.silent = silent_sources(workspace_, timelines_, report_.as_of);
    return {};
  }

  void add_thin_figures() {
    for (const auto& funnel : report_.funnels) {
      if (funnel.mean_weeks < kMeanWeeks) {
        report_.not_said.push_back(
            {funnel.funnel, fmt::format("the mean of the {} weeks before: the funnel has {} before this one",
                                        kMeanWeeks, funnel.mean_weeks)});
      }
      for (const auto& stage : funnel.stages) {
        if (stage.total.conversion.entered == 0) {
          report_.not_said.push_back({funnel.funnel + " " + stage.stage, "conversion: nobody ever entered"});
        } else if (!stage.conversion.window_reached) {
          report_.not_said.push_back({funnel.funnel + " " + stage.stage,
                                      fmt::format("conversion after {:g} days: nobody was followed for so "
                                                  "long, the figure counts what was seen so far",
                                                  stage.conversion.window_days)});
        }
      }
    }
  }

  const Environment& environment_;
  const CompiledWorkspace& workspace_;
  const OpenTimelines& timelines_;
  WeeklyReport report_;
};

}  // namespace

const char* to_text(LeakNews news) noexcept {
  switch (news) {
    case LeakNews::is_new:
      return "new";
    case LeakNews::known:
      return "known";
    case LeakNews::gone:
      return "gone";
  }
  return "known";
}

Result<WeeklyReport> weekly_report(const Environment& environment, const CompiledWorkspace& workspace,
                                   const OpenTimelines& timelines, const WeeklyQuestion& question) {
  Reporting reporting(environment, workspace, timelines);
  return reporting.run(question);
}

}  // namespace weir::engine
