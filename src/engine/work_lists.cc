#include "engine/work_lists.h"

#include <algorithm>
#include <utility>

#include "engine/funnel_answer.h"
#include "engine/landmark_rows.h"

namespace weir::engine {

using workspace::RiskOutcome;

namespace {

constexpr std::size_t kReasons = 3;

class WorkLists {
 public:
  WorkLists(const Environment& environment, const CompiledWorkspace& workspace,
            const OpenTimelines& timelines, const funnel::AsOf& as_of, bool given, WeeklyReport& report)
      : environment_(environment),
        workspace_(workspace),
        timelines_(timelines),
        as_of_(as_of),
        given_(given),
        report_(report) {}

  Status add() {
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
      WEIR_TRY_STATUS(add_list(*chosen));
    }
    return {};
  }

 private:
  Status add_list(const workspace::Risk& risk) {
    WorkList list;
    list.risk = risk.name;
    list.outcome = workspace::to_text(risk.outcome);
    ScoreQuestion question;
    question.name = risk.name;
    question.reasons = kReasons;
    if (given_) question.at = micros_of(as_of_.as_of);
    const auto scored = score_subjects(environment_, workspace_, timelines_, question);
    if (!scored.has_value()) {
      if (scored.error().code != Errc::state) return fail(scored.error());
      report_.not_said.push_back({risk.name, "who is at risk: " + scored.error().message});
      WEIR_TRY_STATUS(add_untouched(list, risk));
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
      WEIR_TRY_STATUS(add_untouched(list, risk));
      report_.not_said.push_back({risk.name, "who is at risk: " + scored->model.evidence.sentence});
    }
    add_ready(list, *scored);
    report_.work.push_back(std::move(list));
    return {};
  }

  // What can be said without a model: who is about to fall silent; those who are dormant already come after.
  Status add_untouched(WorkList& list, const workspace::Risk& risk) const {
    list.ranked_by = "days since the last touch, dormant ones last: no model can tell who is at risk";
    FunnelQuestion question;
    question.funnel = risk.funnel;
    question.all_stays = true;
    question.time.as_of = micros_of(as_of_.as_of);
    if (as_of_.known_at != kNeverKnown) question.time.known_at = micros_of(as_of_.known_at);
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
          if (row.last_touch) item.days_since_touch = days_of(as_of_.as_of - event_time(*row.last_touch));
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
  funnel::AsOf as_of_;
  bool given_;
  WeeklyReport& report_;
};

}  // namespace

Status add_work_lists(const Environment& environment, const CompiledWorkspace& workspace,
                      const OpenTimelines& timelines, const funnel::AsOf& as_of, bool given,
                      WeeklyReport& report) {
  WorkLists lists(environment, workspace, timelines, as_of, given, report);
  return lists.add();
}

}  // namespace weir::engine
