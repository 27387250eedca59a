#include "engine/weekly_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/checks.h"
#include "engine/funnel_answer.h"
#include "engine/landmark_rows.h"
#include "engine/quarantine.h"

namespace weir::engine {

using workspace::RiskOutcome;

namespace {

constexpr std::size_t kReasons = 3;
// A source is silent when it is so for longer than in its last kActiveDays days with events; fewer than
// kLeastActiveDays say nothing.
constexpr std::size_t kActiveDays = 90;
constexpr std::size_t kLeastActiveDays = 10;
constexpr std::int64_t kLeastSilentDays = 3;

struct Moments {
  funnel::AsOf now;     // the end of the week, as known at the as-of
  funnel::AsOf before;  // a week earlier, as known at the as-of
  funnel::AsOf said;    // a week earlier, as known then
};

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

// One funnel at the end of the week and at the end of the week before, as known now and then.
class FunnelWeek {
 public:
  FunnelWeek(const CompiledWorkspace& workspace, const OpenTimelines& timelines, IsoWeek week)
      : workspace_(workspace), timelines_(timelines), week_(week) {}

  FunnelReport report(const EvaluatedFunnel& now, const EvaluatedFunnel& before, const EvaluatedFunnel& said,
                      const Moments& moments) const {
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

  // What the weeks up to the week before said then, against what they say now.
  void add_late(const EvaluatedFunnel& before, const EvaluatedFunnel& said,
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

 private:
  static void add_difference(std::vector<LateChange>& late, LateChange change) {
    if (change.said != change.now) late.push_back(std::move(change));
  }

  static StageReport stage_flows(const FunnelReport& report, std::size_t i) {
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

  void add_outcomes(FunnelReport& report) const {
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

  const CompiledWorkspace& workspace_;
  const OpenTimelines& timelines_;
  IsoWeek week_;
};

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

class WorkLists {
 public:
  WorkLists(const Environment& environment, const CompiledWorkspace& workspace,
            const OpenTimelines& timelines, WeeklyReport& report)
      : environment_(environment), workspace_(workspace), timelines_(timelines), report_(report) {}

  // Per funnel the first prediction that is declared; what is at risk comes before what advances.
  Status add(const Times& times) {
    for (const auto& funnel : workspace_.funnels) {
      const workspace::Risk* chosen = nullptr;
      const auto risks = risks_of(workspace_);
      for (const auto& risk : risks) {
        if (risk.funnel != funnel.definition->name) continue;
        const auto is_bad = [](const workspace::Risk& of) {
          return of.outcome == RiskOutcome::lost || of.outcome == RiskOutcome::dormant;
        };
        if (chosen == nullptr || (is_bad(risk) && !is_bad(*chosen))) chosen = &risk;
      }
      if (chosen == nullptr) {
        report_.not_said.push_back(
            {funnel.definition->name,
             "who is at risk: the workspace declares no outcome `lost` and no prediction under `risk:`"});
        continue;
      }
      WEIR_TRY_STATUS(add_list(*chosen, times));
    }
    return {};
  }

 private:
  Status add_list(const workspace::Risk& risk, const Times& times) {
    WorkList list;
    list.risk = risk.name;
    list.outcome = workspace::to_text(risk.outcome);
    ScoreQuestion question;
    question.name = risk.name;
    question.reasons = kReasons;
    if (times.given) question.at = micros_of(times.as_of.as_of);
    const auto scored = score_subjects(environment_, workspace_, timelines_, question);
    if (!scored.has_value()) {
      if (scored.error().code != Errc::state) return fail(scored.error());
      report_.not_said.push_back({risk.name, "who is at risk: " + scored.error().message});
      WEIR_TRY_STATUS(add_untouched(list, risk, times));
      report_.work.push_back(std::move(list));
      return {};
    }
    list.model_version = scored->version;
    list.feature_version = scored->feature_version;
    list.context_version = scored->context_version;
    list.scored = static_cast<std::int64_t>(scored->subjects.size());
    if (scored->enough_evidence) {
      rank(list, *scored, risk.outcome == RiskOutcome::lost || risk.outcome == RiskOutcome::dormant);
    } else {
      WEIR_TRY_STATUS(add_untouched(list, risk, times));
      report_.not_said.push_back({risk.name, "who is at risk: " + scored->model.evidence.sentence});
    }
    add_ready(list, *scored);
    report_.work.push_back(std::move(list));
    return {};
  }

  // What can be said without a model: who is about to fall silent; those who are dormant already come after.
  Status add_untouched(WorkList& list, const workspace::Risk& risk, const Times& times) const {
    list.ranked_by = "days since the last touch, dormant ones last: no model can tell who is at risk";
    FunnelQuestion question;
    question.funnel = risk.funnel;
    question.all_stays = true;
    question.time.as_of = micros_of(times.as_of.as_of);
    if (times.as_of.known_at != kNeverKnown) question.time.known_at = micros_of(times.as_of.known_at);
    WEIR_TRY(const CompiledFunnel* compiled, find_funnel(workspace_, risk.funnel));
    for (const auto& stage : compiled->definition->stages) {
      for (const char* state : {":open", ":dormant"}) {
        WEIR_TRY(const auto rows,
                 list_subjects(environment_, workspace_, timelines_, question, stage.name + state));
        for (const ListedSubject& row : rows) {
          WorkItem item;
          item.risk = risk.name;
          item.subject = row.subject;
          item.stage = row.stage;
          item.owner = row.owner;
          item.account = row.account;
          item.trend = to_text(Trend::not_enough_info);
          item.days_in_stage = row.days;
          item.dormant = row.state == "dormant";
          if (row.last_touch)
            item.days_since_touch = days_of(times.as_of.as_of - event_time(*row.last_touch));
          item.amount = row.amount;
          list.items.push_back(std::move(item));
        }
      }
    }
    std::stable_sort(list.items.begin(), list.items.end(), [](const WorkItem& a, const WorkItem& b) {
      const double left = a.days_since_touch.value_or(0);
      const double right = b.days_since_touch.value_or(0);
      if (a.dormant != b.dormant) return b.dormant;
      return left != right ? left > right : a.subject < b.subject;
    });
    if (list.items.size() > kWorkItems) list.items.resize(kWorkItems);
    return {};
  }

  void rank(WorkList& list, const ScoreAnswer& scored, bool is_bad) const {
    if (!is_bad) {
      list.ranked_by = "nothing: the prediction is of a good outcome; see who is ready";
      return;
    }
    std::vector<const ScoredSubject*> order;
    std::size_t with_amount = 0;
    for (const auto& subject : scored.subjects) {
      order.push_back(&subject);
      if (subject.amount) ++with_amount;
    }
    const bool by_money = with_amount * 2 > order.size();
    list.ranked_by = by_money ? "probability x amount; subjects without an amount come last"
                              : "probability: most subjects have no amount";
    std::stable_sort(order.begin(), order.end(), [by_money](const ScoredSubject* a, const ScoredSubject* b) {
      const auto weight = [by_money](const ScoredSubject* of) {
        return by_money ? of->score.probability * static_cast<double>(of->amount ? of->amount->minor : 0)
                        : of->score.probability;
      };
      const double left = weight(a);
      const double right = weight(b);
      if (left != right) return left > right;
      return a->score.probability != b->score.probability ? a->score.probability > b->score.probability
                                                          : a->subject < b->subject;
    });
    for (std::size_t i = 0; i < std::min(order.size(), kWorkItems); ++i)
      list.items.push_back(item(*order[i], list.risk));
  }

  void add_ready(WorkList& list, const ScoreAnswer& scored) const {
    std::vector<const ScoredSubject*> ready;
    for (const auto& subject : scored.subjects) {
      if (subject.ready) ready.push_back(&subject);
    }
    std::stable_sort(ready.begin(), ready.end(), [](const ScoredSubject* a, const ScoredSubject* b) {
      return a->advance_probability != b->advance_probability
                 ? *a->advance_probability > *b->advance_probability
                 : a->subject < b->subject;
    });
    for (std::size_t i = 0; i < std::min(ready.size(), kReadyItems); ++i)
      list.ready.push_back(item(*ready[i], list.risk));
  }

  [[nodiscard]] WorkItem item(const ScoredSubject& subject, const std::string& risk) const {
    WorkItem item;
    item.risk = risk;
    item.subject = subject.subject;
    item.stage = subject.stage;
    item.owner = subject.owner;
    item.account = subject.account;
    item.band = subject.band;
    item.trend = to_text(subject.trend);
    item.days_in_stage = subject.days_in_stage;
    item.days_since_touch = subject.days_since_touch;
    item.dormant = subject.dormant;
    item.amount = subject.amount;
    item.probability = subject.score.probability;
    item.low = subject.score.low;
    item.high = subject.score.high;
    item.advance_probability = subject.advance_probability;
    if (subject.amount)
      item.expected_loss =
          Money{static_cast<std::int64_t>(
                    static_cast<double>(subject.amount->minor) * subject.score.probability + 0.5),
                subject.amount->currency};
    for (const Reason& reason : subject.reasons) {
      if (item.reasons.size() == kReasons) break;
      ReportedReason reported{reason.effect > 0, reason.text, reason.effect, std::nullopt};
      if (!reason.rows.empty()) reported.proof = event_in(workspace_, timelines_, reason.rows.front());
      item.reasons.push_back(std::move(reported));
    }
    return item;
  }

  const Environment& environment_;
  const CompiledWorkspace& workspace_;
  const OpenTimelines& timelines_;
  WeeklyReport& report_;
};

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
    WorkLists lists(environment_, workspace_, timelines_, report_);
    WEIR_TRY_STATUS(lists.add(times));
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
      const FunnelWeek week(workspace_, timelines_, report_.week);
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
