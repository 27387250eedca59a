#include "engine/leaks_answer.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/hash.h"
#include "base/json.h"
#include "engine/business_calendar.h"
#include "funnel/subjects.h"

namespace weir::engine {

using funnel::StageIndex;

namespace {

constexpr std::int64_t kPeriodDays = 28;
constexpr Micros kDefaultWindow{90 * kMicrosPerDay};

// The start of the last Monday that is not after the as-of.
Date last_monday(const Zone& zone, EventTime as_of) {
  const Date day = zone.day_of(micros_of(as_of));
  return Date{day.days - weekday_of(day)};
}

leaks::Period period_of(const CompiledWorkspace& workspace, const LeaksQuestion& question, EventTime as_of) {
  const Date monday = last_monday(workspace.zone, as_of);
  leaks::Period period;
  period.to = event_time(question.to ? *question.to : workspace.zone.start_of_day(monday));
  const Date last = workspace.zone.day_of(micros_of(period.to));
  period.from = event_time(
      question.from ? *question.from
                    : workspace.zone.start_of_day(Date{last.days - static_cast<std::int32_t>(kPeriodDays)}));
  return period;
}

// Times of which the workspace says that a source was down: no evidence either way.
std::vector<leaks::Period> outages_of(const CompiledWorkspace& workspace) {
  std::vector<leaks::Period> outages;
  for (const auto& fact : workspace.definitions->context) {
    if (!fact.outage) continue;
    const Date last = fact.to.value_or(fact.from);
    outages.push_back({event_time(workspace.zone.start_of_day(fact.from)),
                       event_time(workspace.zone.start_of_day(Date{last.days + 1}))});
  }
  std::sort(outages.begin(), outages.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
  return outages;
}

// The days from the first stay to the period's end by the workspace's calendar.
struct CalendarDays {
  EventTime first{};
  std::vector<std::uint8_t> classes;  // 0 business day, 1 weekend, 2 holiday
};

CalendarDays calendar_days(const features::BusinessCalendar& calendar, const Zone& zone,
                           const EvaluatedFunnel& evaluated, EventTime until) {
  CalendarDays days;
  std::int64_t first = micros_of(until);
  for (const auto& stay : evaluated.run.table.stays) first = std::min(first, micros_of(stay.entered));
  const std::int32_t begin = zone.day_of(first).days;
  const std::int32_t end = zone.day_of(micros_of(until)).days;
  days.first = event_time(zone.start_of_day(Date{begin}));
  for (std::int32_t day = begin; day < end; ++day) {
    const bool holiday = std::binary_search(calendar.holidays.begin(), calendar.holidays.end(), Date{day});
    days.classes.push_back(holiday ? 2 : calendar.is_business_day(Date{day}) ? 0 : 1);
  }
  return days;
}

// A subject's own amount; for a funnel that leads to another one, what came of its winners there.
std::vector<std::int64_t> amounts_of(const EvaluatedFunnel& evaluated,
                                     const std::vector<std::optional<std::int64_t>>& from_next) {
  std::vector<std::int64_t> amounts;
  for (std::size_t i = 0; i < evaluated.run.subjects.size(); ++i) {
    const auto& own = evaluated.won_money[i] ? evaluated.won_money[i] : evaluated.amounts[i];
    const auto& amount = !own && i < from_next.size() ? from_next[i] : own;
    amounts.push_back(amount.value_or(leaks::kNoAmount));
  }
  return amounts;
}

// Per subject that won: the sum of what its subjects of the next funnel won; 0 when all of them were lost;
// empty while one is open.
Result<std::vector<std::optional<std::int64_t>>> value_from_next(const Environment& environment,
                                                                 const CompiledWorkspace& workspace,
                                                                 const OpenTimelines& timelines,
                                                                 const EvaluatedFunnel& evaluated,
                                                                 const funnel::AsOf& as_of) {
  std::vector<std::optional<std::int64_t>> values(evaluated.run.subjects.size());
  if (evaluated.compiled->definition->next_funnel.empty()) return values;
  WEIR_TRY(const CompiledFunnel* next, find_funnel(workspace, evaluated.compiled->definition->next_funnel));
  WEIR_TRY(const EvaluatedFunnel following,
           evaluate_funnel(environment, workspace, timelines, *next, as_of, evaluated.links));
  std::map<timeline::Handle, std::size_t> index;
  for (std::size_t i = 0; i < following.run.subjects.size(); ++i) index[following.run.subjects[i].handle] = i;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (evaluated.run.subjects[i].state != funnel::SubjectState::won) continue;
    std::int64_t sum = 0;
    bool settled = false;
    bool open = false;
    for (const timeline::Handle named : funnel::named_entities(
             *timelines.store, *evaluated.links, evaluated.handles[i], next->shape.subject, as_of)) {
      const auto found = index.find(named);
      if (found == index.end()) continue;
      const auto& subject = following.run.subjects[found->second];
      open = open || subject.state == funnel::SubjectState::in_stage;
      settled = settled || subject.state == funnel::SubjectState::won ||
                subject.state == funnel::SubjectState::lost;
      if (subject.state == funnel::SubjectState::won) sum += following.won_money[found->second].value_or(0);
    }
    if (settled && !open) values[i] = sum;
  }
  return values;
}

class LeakScan {
 public:
  LeakScan(const CompiledWorkspace& workspace, const EvaluatedFunnel& evaluated, LeaksAnswer& answer)
      : workspace_(workspace), evaluated_(evaluated), answer_(answer) {}

  Status run(const leaks::Period& period, const std::vector<leaks::Period>& outages, const CalendarDays& days,
             const std::vector<std::int64_t>& amounts) {
    make_codes();
    std::vector<Micros> windows;
    for (const auto* stage : evaluated_.stages) windows.push_back(stage->window.value_or(kDefaultWindow));
    leaks::LeakInput input;
    input.stage_count = static_cast<StageIndex>(evaluated_.stages.size());
    input.as_of = answer_.as_of.as_of;
    input.period = period;
    input.stays = &evaluated_.run.table;
    input.dimensions = dimensions_;
    input.segment_codes = codes_;
    input.amounts_minor = amounts;
    input.outages = outages;
    input.stage_windows = windows;
    input.day_factors.first_day = days.first;
    input.day_factors.day_classes = days.classes;
    WEIR_TRY(const leaks::LeakReport report, leaks::detect_leaks(input));
    for (const auto& leak : report.leaks) answer_.leaks.push_back(leak_answer(leak));
    for (const auto& gap : report.gaps) {
      answer_.gaps.push_back({to_text(gap.kind), name(), stage(gap.from_stage), segment(gap.segment),
                              gap.baseline_ratio, gap.observed, gap.expected});
    }
    for (const auto& least : report.smallest_detectable) {
      answer_.smallest_detectable.push_back({to_text(least.kind), name(), stage(least.from_stage),
                                             least.enough_evidence, least.expected, least.edge_percent,
                                             least.segment_percent});
    }
    answer_.cells_scanned += report.cells_scanned;
    return {};
  }

 private:
  // The declared segments as dimensions; at most kMaxDimensions of them, in their order.
  void make_codes() {
    const std::size_t dimensions = std::min(evaluated_.segments.size(), leaks::kMaxDimensions);
    for (std::size_t d = 0; d < dimensions; ++d)
      dimensions_.push_back({evaluated_.segments[d].name, evaluated_.segments[d].values});
    codes_.reserve(evaluated_.run.table.stays.size() * dimensions);
    for (std::size_t i = 0; i < evaluated_.run.table.stays.size(); ++i) {
      for (std::size_t d = 0; d < dimensions; ++d) codes_.push_back(evaluated_.segments[d].codes[i]);
    }
  }
  [[nodiscard]] const std::string& name() const { return evaluated_.compiled->definition->name; }
  [[nodiscard]] std::string stage(StageIndex index) const {
    if (index == funnel::kNoStage) return {};
    return index < evaluated_.stages.size() ? evaluated_.stages[index]->name : "won";
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> segment(const leaks::Segment& cell) const {
    std::vector<std::pair<std::string, std::string>> named;
    for (const auto& value : cell)
      named.emplace_back(dimensions_[value.dimension].name, dimensions_[value.dimension].values[value.value]);
    return named;
  }
  [[nodiscard]] LeakAnswer leak_answer(const leaks::Leak& leak) const {
    LeakAnswer answer;
    answer.kind = to_text(leak.kind);
    answer.funnel = name();
    answer.from = stage(leak.from_stage);
    answer.to = leak.kind == leaks::LeakKind::loss      ? "lost"
                : leak.kind == leaks::LeakKind::silence ? "dormant"
                                                        : stage(leak.to_stage);
    answer.phase = evaluated_.stages[leak.from_stage]->phase;
    answer.segment = segment(leak.segment);
    answer.since = micros_of(leak.since);
    // A stay shows as dormant only after its time of silence: the silence itself began that much earlier.
    if (leak.kind == leaks::LeakKind::silence && evaluated_.compiled->shape.silent_for)
      answer.since -= evaluated_.compiled->shape.silent_for->count();
    answer.counted_from = micros_of(leak.period.from);
    answer.counted_to = micros_of(leak.period.to);
    answer.observed = leak.observed;
    answer.expected = leak.expected;
    answer.subjects_lost = leak.subjects_lost;
    if (leak.value_known)
      answer.value_at_stake = Money{leak.value_at_stake_minor, workspace_.definitions->currency};
    answer.value_estimated = leak.value_estimated;
    answer.chance_of_noise = leak.chance_of_noise;
    for (const auto kind : leak.seen_also) answer.seen_also.emplace_back(to_text(kind));
    std::string identity =
        answer.funnel + "\n" + answer.kind + "\n" + answer.from + "\n" + to_text(event_time(answer.since));
    for (const auto& [dimension, value] : answer.segment) identity += "\n" + dimension + "=" + value;
    answer.id = version_of(identity);
    return answer;
  }

  const CompiledWorkspace& workspace_;
  const EvaluatedFunnel& evaluated_;
  LeaksAnswer& answer_;
  std::vector<leaks::Dimension> dimensions_;
  std::vector<std::uint16_t> codes_;
};

void write_segment(JsonWriter& out, const std::vector<std::pair<std::string, std::string>>& segment) {
  out.key("segment").begin_object();
  for (const auto& [dimension, value] : segment) out.field(dimension, value);
  out.end_object();
}

void write_leak(JsonWriter& out, const LeakAnswer& leak) {
  out.begin_object()
      .field("id", leak.id)
      .field("kind", leak.kind)
      .field("funnel", leak.funnel)
      .field("from", leak.from)
      .field("to", leak.to);
  out.field("phase", leak.phase);
  write_segment(out, leak.segment);
  out.field("since", to_text(event_time(leak.since))).key("counted").begin_object();
  out.field("from", to_text(event_time(leak.counted_from)))
      .field("to", to_text(event_time(leak.counted_to)))
      .end_object();
  out.field("observed", leak.observed).field("expected", leak.expected);
  out.field("subjects_lost", leak.subjects_lost).key("value_at_stake");
  if (leak.value_at_stake) {
    out.begin_object()
        .field("amount", to_text(*leak.value_at_stake))
        .field("currency", leak.value_at_stake->currency.code());
    out.field("estimated", leak.value_estimated).end_object();
  } else {
    out.null();
  }
  out.field("chance_of_noise", leak.chance_of_noise);
  out.key("seen_also").begin_array();
  for (const auto& kind : leak.seen_also) out.value(kind);
  out.end_array();
  out.key("drivers").begin_array().end_array();
  out.key("remedy").null().key("owner").null().field("status", "open").end_object();
}

}  // namespace

Result<LeaksAnswer> answer_leaks(const Environment& environment, const CompiledWorkspace& workspace,
                                 const OpenTimelines& timelines, const LeaksQuestion& question) {
  LeaksAnswer answer;
  WEIR_TRY(answer.as_of, resolve_as_of(workspace, timelines, question.time));
  const leaks::Period period = period_of(workspace, question, answer.as_of.as_of);
  answer.period_from = micros_of(period.from);
  answer.period_to = micros_of(period.to);
  const std::vector<leaks::Period> outages = outages_of(workspace);
  WEIR_TRY(const auto calendar, load_calendar(*environment.files, *workspace.definitions));
  const auto links = links_at(timelines, answer.as_of);
  bool found = question.funnel.empty();
  for (const auto& compiled : workspace.funnels) {
    if (!question.funnel.empty() && compiled.definition->name != question.funnel) continue;
    found = true;
    WEIR_TRY(const EvaluatedFunnel evaluated,
             evaluate_funnel(environment, workspace, timelines, compiled, answer.as_of, links));
    WEIR_TRY(const auto from_next,
             value_from_next(environment, workspace, timelines, evaluated, answer.as_of));
    LeakScan scan(workspace, evaluated, answer);
    const CalendarDays days = calendar_days(calendar, workspace.zone, evaluated, period.to);
    WEIR_TRY_STATUS(scan.run(period, outages, days, amounts_of(evaluated, from_next)));
  }
  if (!found) {
    WEIR_TRY(const CompiledFunnel* none, find_funnel(workspace, question.funnel));
    static_cast<void>(none);
  }
  std::stable_sort(answer.leaks.begin(), answer.leaks.end(), [](const LeakAnswer& a, const LeakAnswer& b) {
    const std::int64_t money_a = a.value_at_stake ? a.value_at_stake->minor : 0;
    const std::int64_t money_b = b.value_at_stake ? b.value_at_stake->minor : 0;
    return std::tie(money_b, b.subjects_lost) < std::tie(money_a, a.subjects_lost);
  });
  return answer;
}

std::string leaks_json(const LeaksAnswer& answer) {
  JsonWriter out;
  out.begin_object().field("as_of", to_text(answer.as_of.as_of));
  out.key("period")
      .begin_object()
      .field("from", to_text(event_time(answer.period_from)))
      .field("to", to_text(event_time(answer.period_to)))
      .end_object();
  out.key("leaks").begin_array();
  for (const auto& leak : answer.leaks) write_leak(out, leak);
  out.end_array().key("gaps").begin_array();
  for (const auto& gap : answer.gaps) {
    out.begin_object().field("kind", gap.kind).field("funnel", gap.funnel).field("from", gap.from);
    write_segment(out, gap.segment);
    out.field("baseline_ratio", gap.baseline_ratio)
        .field("observed", gap.observed)
        .field("expected", gap.expected)
        .end_object();
  }
  out.end_array()
      .key("smallest_detectable")
      .begin_object()
      .field("cells_scanned", answer.cells_scanned)
      .key("edges")
      .begin_array();
  for (const auto& least : answer.smallest_detectable) {
    out.begin_object().field("kind", least.kind).field("funnel", least.funnel).field("from", least.from);
    out.field("enough_evidence", least.enough_evidence).field("expected", least.expected);
    out.field("edge_percent", least.edge_percent)
        .field("segment_percent", least.segment_percent)
        .end_object();
  }
  return out.end_array().end_object().end_object().text();
}

}  // namespace weir::engine
