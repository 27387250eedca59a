#include "engine/weekly_flow.h"

#include <algorithm>

namespace weir::engine {

using funnel::Ending;
using funnel::Stay;
using funnel::SubjectState;

namespace {

class FlowCount {
 public:
  FlowCount(const Zone& zone, const EvaluatedFunnel& evaluated, IsoWeek last, int count)
      : zone_(zone), last_(last) {
    flow_.earlier.week = weeks_before(last, count);
    flow_.earlier.stages.resize(evaluated.stages.size());
    for (int back = count - 1; back >= 0; --back) {
      WeekFlow week;
      week.week = weeks_before(last, back);
      week.stages.resize(evaluated.stages.size());
      flow_.weeks.push_back(std::move(week));
    }
  }

  void add_stay(const Stay& stay, const std::vector<funnel::DormantSpell>& spells) {
    const std::size_t stage = stay.stage;
    begin(stay.entered);
    ++at(stay.entered).stages[stage].entered;
    for (std::uint32_t i = 0; i < stay.spell_count; ++i) {
      const auto& spell = spells[stay.first_spell + i];
      ++at(spell.from - Micros{1})
            .stages[stage]
            .silenced;  // a silence that is complete at the end of a week counts there, as an as-of counts it
      if (spell.until != kEndOfTime) ++at(spell.until).stages[stage].silence_ended;
    }
    if (stay.ended == kEndOfTime) return;
    // A backdated end is seen with the entry.
    StageFlow& ends_in = at(std::max(stay.ended, stay.entered)).stages[stage];
    if (stay.ending == Ending::advanced) ++ends_in.advanced;
    if (stay.ending == Ending::lost) ++ends_in.lost;
    if (stay.ending == Ending::back) ++ends_in.back;
  }

  void add_win(EventTime time, const std::optional<std::int64_t>& minor) {
    begin(time);
    WeekFlow& week = at(time);
    ++week.won;
    if (minor) week.won_minor = week.won_minor.value_or(0) + *minor;
  }
  void add_loss(EventTime time) {
    begin(time);
    ++at(time).lost;
  }

  [[nodiscard]] WeeklyFlow take() { return std::move(flow_); }

 private:
  void begin(EventTime time) {
    const IsoWeek week = week_of(zone_.day_of(micros_of(time)));
    if (!flow_.first || week < *flow_.first) flow_.first = week;
  }
  WeekFlow& at(EventTime time) {
    const IsoWeek week = std::min(week_of(zone_.day_of(micros_of(time))), last_);
    const int from_first = (week.monday.days - flow_.weeks.front().week.monday.days) / 7;
    return week < flow_.weeks.front().week ? flow_.earlier
                                           : flow_.weeks[static_cast<std::size_t>(from_first)];
  }

  const Zone& zone_;
  IsoWeek last_;
  WeeklyFlow flow_;
};

}  // namespace

WeeklyFlow weekly_flow(const timeline::TimelineStore& store, const EvaluatedFunnel& evaluated,
                       const Zone& zone, IsoWeek last, int count) {
  FlowCount counting(zone, evaluated, last, count);
  std::vector<std::uint8_t> has_stay(evaluated.run.subjects.size(), 0);
  for (const Stay& stay : evaluated.run.table.stays) {
    has_stay[stay.subject] = 1;
    if (funnel::counts(stay, false)) counting.add_stay(stay, evaluated.run.table.spells);
  }
  const auto& occurred_at = store.columns().occurred_at;
  for (std::size_t i = 0; i < has_stay.size(); ++i) {
    const funnel::Subject& subject = evaluated.run.subjects[i];
    if (has_stay[i] == 0) continue;
    if (subject.state == SubjectState::won)
      counting.add_win(event_time(occurred_at[subject.won_row]), evaluated.won_money[i]);
    if (subject.state == SubjectState::lost) counting.add_loss(event_time(occurred_at[subject.lost_row]));
  }
  return counting.take();
}

std::vector<funnel::StageSummary> stage_summaries(const EvaluatedFunnel& evaluated, EventTime as_of) {
  funnel::SummaryQuery query;
  query.stage_count = evaluated.stages.size();
  query.as_of = as_of;
  for (const auto* stage : evaluated.stages) query.windows.push_back(stage->window.value_or(Micros{0}));
  const std::vector<std::uint8_t> all(evaluated.run.table.stays.size(), 1);
  return funnel::summarise(evaluated.run.table, all, query);
}

}  // namespace weir::engine
