// Proofs: the events that a feature counted or was drawn from.
#include <algorithm>

#include "features/prepared_kernel.h"

namespace weir::features {

using timeline::Row;

namespace {

constexpr Row kNoRow = 0xFFFFFFFF;

// From the first event that is not before `from` on.
void rows_since(const EventSeries& events, std::int64_t from, std::vector<Row>& rows) {
  const auto first = std::lower_bound(events.at.begin(), events.at.end(), from) - events.at.begin();
  rows.insert(rows.end(), events.row.begin() + first, events.row.end());
}

void stage_rows(std::span<const funnel::Stay> stays, bool back_only, std::vector<Row>& rows) {
  for (const funnel::Stay& stay : stays) {
    if (!back_only) {
      rows.push_back(static_cast<Row>(stay.entry_event));
    } else if (stay.ending == funnel::Ending::back) {
      rows.push_back(static_cast<Row>(stay.exit_event));
    }
  }
}

void answer_rows(const Conversation& conversation, std::int64_t from, std::vector<Row>& rows) {
  for (const Answer& answer : conversation.answers) {
    if (answer.answer.at < from) continue;
    rows.push_back(answer.question.row);
    rows.push_back(answer.answer.row);
  }
}

}  // namespace

std::vector<Row> FeatureKernel::evidence(std::size_t index, const Point& point, std::size_t limit) const {
  const Prepared& prepared = *prepared_;
  const Definition& definition = prepared.definitions[index];
  const Prepared::Compiled& details = prepared.compiled[index];
  SubjectSweep sweep(prepared.plan);
  sweep.gather(point.subject);
  sweep.look(point.at);
  std::vector<Row> rows;  // oldest first
  const auto named = [&](timeline::Kind kind) {
    if (const Row row = sweep.entity(kind).row; row != kNoRow) rows.push_back(row);
  };
  const std::int64_t window = definition.spec.window.count();
  const std::int64_t begin = window > 0 ? point.at - window : INT64_MIN;
  const funnel::Stay* open = sweep.open_stay();
  switch (definition.spec.function) {
    case Function::stage_name:
    case Function::stage_age:
      if (open != nullptr) rows.push_back(static_cast<Row>(open->entry_event));
      break;
    case Function::stage_moves:
      stage_rows(sweep.stays(), false, rows);
      break;
    case Function::stage_back_moves:
      stage_rows(sweep.stays(), true, rows);
      break;
    case Function::stage_touches:
      if (open != nullptr) rows_since(sweep.events(details.channel), micros_of(open->entered), rows);
      break;
    case Function::owner_changes:
      rows = sweep.owner_changes();
      break;
    case Function::objections_open:
      rows.assign(sweep.open_objections().begin(), sweep.open_objections().end());
      break;
    case Function::next_step_missing:
      break;
    case Function::next_step_due:
      if (const auto& steps = sweep.steps(); steps.next) rows.push_back(steps.next->row);
      break;
    case Function::next_step_overdue:
      if (const auto& steps = sweep.steps(); steps.overdue) rows.push_back(steps.overdue->row);
      break;
    case Function::reply_time:
      answer_rows(sweep.conversation(details.place), begin, rows);
      break;
    case Function::waiting:
      if (const auto& question = sweep.conversation(details.place).unanswered) rows.push_back(question->row);
      break;
    case Function::attribute:
      named(definition.kind);
      break;
    case Function::account_open:
    case Function::account_touches:
      named(timeline::kAccount);
      break;
    case Function::owner_open:
      named(timeline::kOwner);
      break;
    case Function::calendar_factor:
      break;
    default:
      rows_since(sweep.events(details.channel),
                 definition.spec.function == Function::velocity ? INT64_MIN : begin, rows);
      if (definition.spec.function == Function::since && rows.size() > 1)
        rows.erase(rows.begin(), rows.end() - 1);
      break;
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  std::reverse(rows.begin(), rows.end());
  if (rows.size() > limit) rows.resize(limit);
  return rows;
}

}  // namespace weir::features
