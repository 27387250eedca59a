#include "engine/funnel_answer.h"

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/nearest_name.h"
#include "engine/undated.h"
#include "funnel/subjects.h"

namespace weir::engine {

using funnel::Ending;
using funnel::Stay;
using funnel::SubjectState;

namespace {

constexpr std::uint64_t kNoRow = ~std::uint64_t{0};

bool in_range(const Stay& stay, const FunnelQuestion& question) {
  const std::int64_t entered = micros_of(stay.entered);
  return (!question.from || entered >= *question.from) && (!question.to || entered < *question.to);
}

Result<const SegmentColumn*> find_segment(const EvaluatedFunnel& evaluated, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& segment : evaluated.segments) {
    if (segment.name == name) return &segment;
    names.push_back(segment.name);
  }
  std::string list;
  for (const auto& known : names) list += (list.empty() ? "" : ", ") + known;
  return fail(Errc::usage, "the funnel declares no segment '" + name + "'" +
                               "; there are: " + (list.empty() ? "none" : list) + did_you_mean(name, names));
}

Money base_money(const CompiledWorkspace& workspace, std::int64_t minor) {
  return Money{minor, workspace.definitions->currency};
}

class Answering {
 public:
  Answering(const CompiledWorkspace& workspace, const FunnelQuestion& question,
            const EvaluatedFunnel& evaluated, const funnel::AsOf& as_of)
      : workspace_(workspace), question_(question), evaluated_(evaluated), as_of_(as_of) {}

  [[nodiscard]] FunnelTable table(const std::vector<std::uint8_t>& stays) const {
    FunnelTable table;
    funnel::SummaryQuery query;
    query.stage_count = evaluated_.stages.size();
    query.as_of = as_of_.as_of;
    query.all_stays = question_.all_stays;
    for (const auto* stage : evaluated_.stages) query.windows.push_back(stage->window.value_or(Micros{0}));
    const auto summaries = funnel::summarise(evaluated_.run.table, stays, query);
    for (std::size_t i = 0; i < summaries.size(); ++i) {
      const auto* stage = evaluated_.stages[i];
      if (question_.stage.empty() || question_.stage == stage->name)
        table.stages.push_back({stage->name, stage->phase, summaries[i], stage->window});
    }
    const std::vector<std::uint8_t> subjects = subjects_of(stays);
    table.won = outcome(subjects, SubjectState::won);
    table.lost = outcome(subjects, SubjectState::lost);
    return table;
  }

  // By the subject's first stay of all.
  [[nodiscard]] std::vector<std::uint8_t> subjects_of(const std::vector<std::uint8_t>& stays) const {
    std::vector<std::uint8_t> subjects(evaluated_.run.subjects.size(), 0);
    const auto& all = evaluated_.run.table.stays;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i == 0 || all[i].subject != all[i - 1].subject) subjects[all[i].subject] = stays[i];
    }
    return subjects;
  }

 private:
  [[nodiscard]] OutcomeAnswer outcome(const std::vector<std::uint8_t>& selected, SubjectState state) const {
    OutcomeAnswer answer;
    std::int64_t sum = 0;
    bool any = false;
    for (std::size_t i = 0; i < evaluated_.run.subjects.size(); ++i) {
      if (selected[i] == 0 || evaluated_.run.subjects[i].state != state) continue;
      ++answer.count;
      const auto& money = state == SubjectState::won ? evaluated_.won_money[i] : evaluated_.amounts[i];
      if (!money) continue;
      sum += *money;
      any = true;
    }
    if (any) answer.money = base_money(workspace_, sum);
    return answer;
  }

  const CompiledWorkspace& workspace_;
  const FunnelQuestion& question_;
  const EvaluatedFunnel& evaluated_;
  const funnel::AsOf& as_of_;
};

// Known by dated events, of which none entered, won or lost anything.
bool has_no_stage(const funnel::Subject& subject) {
  return subject.last_row != kNoRow && subject.state == SubjectState::none;
}

std::vector<std::uint8_t> selected_stays(const EvaluatedFunnel& evaluated, const FunnelQuestion& question) {
  std::vector<std::uint8_t> selected;
  selected.reserve(evaluated.run.table.stays.size());
  for (const Stay& stay : evaluated.run.table.stays) selected.push_back(in_range(stay, question) ? 1 : 0);
  return selected;
}

Result<std::optional<JoinAnswer>> answer_join(const Environment& environment,
                                              const CompiledWorkspace& workspace,
                                              const OpenTimelines& timelines,
                                              const EvaluatedFunnel& evaluated, const funnel::AsOf& as_of) {
  const workspace::Funnel& definition = *evaluated.compiled->definition;
  if (definition.next_funnel.empty()) return std::optional<JoinAnswer>{};
  WEIR_TRY(const CompiledFunnel* next, find_funnel(workspace, definition.next_funnel));
  WEIR_TRY(const EvaluatedFunnel following,
           evaluate_funnel(environment, workspace, timelines, *next, as_of, evaluated.links));
  JoinAnswer join;
  join.next_funnel = definition.next_funnel;
  std::set<timeline::Handle> reached;
  std::set<timeline::Handle> existing;
  for (const auto& subject : following.run.subjects) {
    if (subject.state != SubjectState::none) existing.insert(subject.handle);
  }
  for (std::size_t i = 0; i < evaluated.run.subjects.size(); ++i) {
    if (evaluated.run.subjects[i].state != SubjectState::won) continue;
    ++join.won;
    bool linked = false;
    for (const timeline::Handle handle : funnel::named_entities(
             *timelines.store, *evaluated.links, evaluated.handles[i], next->shape.subject, as_of)) {
      if (!existing.contains(handle)) continue;
      linked = true;
      reached.insert(handle);
    }
    ++(linked ? join.linked : join.not_linked);
  }
  join.next_subjects = static_cast<std::int64_t>(reached.size());
  join.next_direct = static_cast<std::int64_t>(existing.size() - reached.size());
  return std::optional<JoinAnswer>(join);
}

Status check_stage(const EvaluatedFunnel& evaluated, const std::string& name) {
  std::vector<std::string> names;
  for (const auto* stage : evaluated.stages) names.push_back(stage->name);
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return {};
  return fail(Errc::usage, "the funnel has no stage '" + name + "'" + did_you_mean(name, names));
}

}  // namespace

Result<FunnelAnswer> answer_funnel(const Environment& environment, const CompiledWorkspace& workspace,
                                   const OpenTimelines& timelines, const FunnelQuestion& question) {
  WEIR_TRY(const CompiledFunnel* compiled, find_funnel(workspace, question.funnel));
  FunnelAnswer answer;
  WEIR_TRY(answer.as_of, resolve_as_of(workspace, timelines, question.time));
  WEIR_TRY(const EvaluatedFunnel evaluated, evaluate_funnel(environment, workspace, timelines, *compiled,
                                                            answer.as_of, links_at(timelines, answer.as_of)));
  WEIR_TRY_STATUS(check_stage(evaluated, question.stage));
  answer.funnel = compiled->definition->name;
  answer.subject = to_text(compiled->definition->subject);
  answer.amounts_without_rate = evaluated.amounts_without_rate;
  const Answering answering(workspace, question, evaluated, answer.as_of);
  const std::vector<std::uint8_t> selected = selected_stays(evaluated, question);
  answer.table = answering.table(selected);
  if (!question.by.empty()) {
    WEIR_TRY(const SegmentColumn* segment, find_segment(evaluated, question.by));
    answer.by = question.by;
    for (std::size_t value = 0; value <= segment->values.size(); ++value) {
      const bool unknown = value == segment->values.size();
      const std::uint16_t code = unknown ? kUnknownSegment : static_cast<std::uint16_t>(value);
      std::vector<std::uint8_t> within = selected;
      for (std::size_t i = 0; i < within.size(); ++i)
        within[i] = within[i] != 0 && segment->codes[i] == code ? 1 : 0;
      if (std::find(within.begin(), within.end(), 1) == within.end()) continue;
      answer.segments.push_back(
          {unknown ? std::nullopt : std::optional(segment->values[value]), answering.table(within)});
    }
  }
  WEIR_TRY(answer.join, answer_join(environment, workspace, timelines, evaluated, answer.as_of));
  WEIR_TRY(const auto undated,
           undated_subjects(environment, workspace, timelines, *compiled, answer.as_of, *evaluated.links));
  answer.undated = static_cast<std::int64_t>(undated.size());
  for (const auto& subject : evaluated.run.subjects) {
    answer.subjects += subject.last_row != kNoRow ? 1 : 0;
    answer.without_stage += has_no_stage(subject) ? 1 : 0;
    answer.won_first += (subject.flags & funnel::kWonFirst) != 0 ? 1 : 0;
    answer.entered_after_won += (subject.flags & funnel::kEnteredAfterWon) != 0 ? 1 : 0;
  }
  return answer;
}

namespace {

void write_stages(JsonWriter& out, const std::vector<StageAnswer>& stages) {
  out.begin_array();
  for (const StageAnswer& stage : stages) {
    const funnel::Conversion& c = stage.summary.conversion;
    out.begin_object()
        .field("stage", stage.stage)
        .field("phase", stage.phase)
        .field("entered", c.entered)
        .field("advanced", c.advanced);
    out.field("advanced_at_last", stage.summary.advanced_at_last)
        .field("lost", c.lost)
        .field("dormant", c.dormant);
    out.field("back", c.back).field("open", c.open);
    out.key("conversion").begin_object();
    if (c.entered == 0) {
      out.key("estimate").null().key("low").null().key("high").null().key("naive").null();
    } else {
      out.field("estimate", c.estimate)
          .field("low", c.band.low)
          .field("high", c.band.high)
          .field("naive", c.naive());
    }
    out.field("window_days", c.window_days).field("window_reached", c.window_reached).end_object();
    out.key("time_in_stage_days")
        .begin_object()
        .field("p50", c.time_in_stage_days_p50)
        .field("p90", c.time_in_stage_days_p90)
        .end_object();
    out.end_object();
  }
  out.end_array();
}

// Counts under their plain names, money beside them.
void write_outcomes(JsonWriter& out, const FunnelTable& table) {
  const auto money = [&](const char* name, const std::optional<Money>& sum) {
    out.key(name);
    if (sum) {
      out.begin_object().field("amount", to_text(*sum)).field("currency", sum->currency.code()).end_object();
    } else {
      out.null();
    }
  };
  out.field("won", table.won.count).field("lost", table.lost.count);
  money("won_money", table.won.money);
  money("lost_money", table.lost.money);
}

// {segment: {value: stages}}, and the outcomes likewise.
void write_segments(JsonWriter& out, const FunnelAnswer& answer) {
  out.key("by").begin_object().key(answer.by).begin_object();
  for (const SegmentAnswer& segment : answer.segments) {
    out.key(segment.value.value_or("(unknown)"));
    write_stages(out, segment.table.stages);
  }
  out.end_object().end_object();
  out.key("outcomes_by").begin_object().key(answer.by).begin_object();
  for (const SegmentAnswer& segment : answer.segments) {
    out.key(segment.value.value_or("(unknown)")).begin_object();
    write_outcomes(out, segment.table);
    out.end_object();
  }
  out.end_object().end_object();
}

}  // namespace

std::string funnel_json(const FunnelAnswer& answer) {
  JsonWriter out;
  out.begin_object()
      .field("funnel", answer.funnel)
      .field("subject", answer.subject)
      .field("as_of", to_text(answer.as_of.as_of));
  out.key("known_at");
  if (answer.as_of.known_at == kNeverKnown) {
    out.null();
  } else {
    out.value(to_text(answer.as_of.known_at));
  }
  out.key("stages");
  write_stages(out, answer.table.stages);
  write_outcomes(out, answer.table);
  if (!answer.by.empty()) write_segments(out, answer);
  if (answer.join) {
    out.key("next")
        .begin_object()
        .field("funnel", answer.join->next_funnel)
        .field("won", answer.join->won)
        .field("linked", answer.join->linked);
    out.field("not_linked", answer.join->not_linked)
        .field("subjects", answer.join->next_subjects)
        .field("direct", answer.join->next_direct)
        .end_object();
  }
  out.field("subjects", answer.subjects);
  out.key("data_gaps")
      .begin_object()
      .field("undated", answer.undated)
      .field("without_stage", answer.without_stage)
      .field("won_first", answer.won_first);
  out.field("entered_after_won", answer.entered_after_won)
      .field("amounts_without_rate", answer.amounts_without_rate)
      .end_object();
  return out.end_object().text();
}

namespace {

// Builds list rows.
class Listing {
 public:
  Listing(const CompiledWorkspace& workspace, const timeline::TimelineStore& store,
          const EvaluatedFunnel& evaluated, const funnel::AsOf& as_of)
      : workspace_(workspace), store_(store), evaluated_(evaluated), as_of_(as_of) {}

  ListedSubject of_stay(const Stay& stay, const std::string& state) const {
    ListedSubject row = of_subject(stay.subject, state);
    row.stage = evaluated_.stages[stay.stage]->name;
    row.entered_at = micros_of(stay.entered);
    if (stay.ended != kEndOfTime) row.ended_at = micros_of(stay.ended);
    row.last_touch = micros_of(stay.last_touch);
    row.days = days_of((stay.ended == kEndOfTime ? as_of_.as_of : stay.ended) - stay.entered);
    if ((stay.flags & funnel::kSkipped) != 0) row.note = "skipped";
    if ((stay.flags & funnel::kBackdated) != 0) row.note += row.note.empty() ? "backdated" : ", backdated";
    return row;
  }

  ListedSubject of_subject(funnel::SubjectIndex index, const std::string& state) const {
    const funnel::Subject& subject = evaluated_.run.subjects[index];
    ListedSubject row;
    row.subject = store_.handle_text(subject.handle);
    row.state = state;
    row.account = last_key(index, timeline::kAccount);
    row.owner = last_key(index, timeline::kOwner);
    const auto& amount =
        subject.state == SubjectState::won ? evaluated_.won_money[index] : evaluated_.amounts[index];
    if (amount) row.amount = base_money(workspace_, *amount);
    return row;
  }

 private:
  // The latest own event that is visible at the as-of and names the kind.
  std::string last_key(funnel::SubjectIndex index, timeline::Kind kind) const {
    const std::uint64_t last = evaluated_.run.subjects[index].last_row;
    if (last == kNoRow) return {};
    const auto& c = store_.columns();
    std::optional<timeline::Row> best;
    for (const auto& own : evaluated_.handles[index].own) {
      const auto run = store_.run(own.handle);
      for (auto at = run.rbegin(); at != run.rend() && (!best || *at > *best); ++at) {
        const bool visible = as_of_.sees(c.occurred_at[*at], c.known_at[*at], c.retracted_at[*at]);
        if (!visible || c.keys[kind][*at] == timeline::kNoHandle) continue;
        best = *at;
        break;
      }
    }
    return best ? std::string(store_.handle_text(c.keys[kind][*best])) : std::string{};
  }
  const CompiledWorkspace& workspace_;
  const timeline::TimelineStore& store_;
  const EvaluatedFunnel& evaluated_;
  const funnel::AsOf& as_of_;
};

std::optional<Ending> ending_named(const std::string& state) {
  static const std::vector<std::pair<std::string, Ending>> kNames{{"open", Ending::open},
                                                                  {"advanced", Ending::advanced},
                                                                  {"lost", Ending::lost},
                                                                  {"dormant", Ending::dormant},
                                                                  {"back", Ending::back}};
  for (const auto& [name, ending] : kNames) {
    if (name == state) return ending;
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<ListedSubject>> list_subjects(const Environment& environment,
                                                 const CompiledWorkspace& workspace,
                                                 const OpenTimelines& timelines,
                                                 const FunnelQuestion& question, const std::string& what) {
  WEIR_TRY(const CompiledFunnel* compiled, find_funnel(workspace, question.funnel));
  WEIR_TRY(const funnel::AsOf as_of, resolve_as_of(workspace, timelines, question.time));
  const auto links = links_at(timelines, as_of);
  std::vector<ListedSubject> rows;
  if (what == "undated") {
    WEIR_TRY(const auto undated,
             undated_subjects(environment, workspace, timelines, *compiled, as_of, *links));
    for (const auto& subject : undated) {
      ListedSubject row;
      row.subject = subject;
      row.state = "undated";
      rows.push_back(std::move(row));
    }
    return rows;
  }
  WEIR_TRY(const EvaluatedFunnel evaluated,
           evaluate_funnel(environment, workspace, timelines, *compiled, as_of, links));
  const Listing listing(workspace, *timelines.store, evaluated, as_of);
  const std::vector<std::uint8_t> selected = selected_stays(evaluated, question);
  const std::size_t colon = what.find(':');
  if (colon == std::string::npos) {
    const Answering answering(workspace, question, evaluated, as_of);
    const auto subjects = answering.subjects_of(selected);
    const std::uint8_t flag = what == "won-first"           ? funnel::kWonFirst
                              : what == "entered-after-won" ? funnel::kEnteredAfterWon
                                                            : 0;
    const bool no_stage = what == "without-stage";
    if (what != "won" && what != "lost" && !no_stage && flag == 0) {
      return fail(
          Errc::usage,
          "--list takes STAGE:STATE, won, lost, undated, without-stage, won-first or entered-after-won; '" +
              what + "' is none of these");
    }
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      const funnel::Subject& subject = evaluated.run.subjects[i];
      const bool listed =
          no_stage ? has_no_stage(subject)
          : flag != 0
              ? (subject.flags & flag) != 0
              : subjects[i] != 0 && subject.state == (what == "won" ? SubjectState::won : SubjectState::lost);
      if (listed) rows.push_back(listing.of_subject(static_cast<funnel::SubjectIndex>(i), what));
    }
  } else {
    const std::string stage = what.substr(0, colon);
    const std::string state = what.substr(colon + 1);
    WEIR_TRY_STATUS(check_stage(evaluated, stage));
    const auto ending = ending_named(state);
    if (!ending && state != "entered") {
      return fail(Errc::usage, "a stage's state is entered, advanced, lost, dormant, back or open; '" +
                                   state + "' is none of these");
    }
    const auto& stays = evaluated.run.table.stays;
    for (std::size_t i = 0; i < stays.size(); ++i) {
      if (selected[i] == 0 || !funnel::counts(stays[i], question.all_stays) ||
          evaluated.stages[stays[i].stage]->name != stage)
        continue;
      if (!ending || stays[i].ending == *ending) rows.push_back(listing.of_stay(stays[i], state));
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ListedSubject& a, const ListedSubject& b) { return a.subject < b.subject; });
  return rows;
}

}  // namespace weir::engine
