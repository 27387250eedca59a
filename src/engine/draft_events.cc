#include "engine/draft_events.h"

#include <algorithm>
#include <map>

#include "contract/contract.h"
#include "engine/draft_text.h"

namespace weir::engine {

using contract::ColumnType;
using workspace::EntityKind;

namespace {

constexpr std::size_t kRulesPerType = 24;

const ColumnProfile* flag(const TableRole& role, std::string_view word) {
  for (const ColumnProfile& column : role.profile->columns) {
    const auto words = words_of(column.field.name);
    if (column.field.type == ColumnType::boolean &&
        std::find(words.begin(), words.end(), word) != words.end())
      return &column;
  }
  return nullptr;
}

const DateUse* date_with(const TableRole& role, DateRole meaning) {
  const auto at = std::find_if(role.dates.begin(), role.dates.end(),
                               [&](const DateUse& use) { return use.role == meaning; });
  return at == role.dates.end() ? nullptr : &*at;
}

DraftEvent event_at(const std::string& type, const ColumnProfile& column, StageClass kind, std::string why) {
  DraftEvent event;
  event.type = type;
  event.occurred_at = &column;
  event.kind = kind;
  event.is_stage = true;
  event.day_end = kind != StageClass::open && column.field.type == ColumnType::date;
  event.why = std::move(why);
  return event;
}

// What tells the won from the lost: a stage, a flag, or nothing.
std::string outcome_condition(const TableRole& role, StageClass kind) {
  if (role.has(kind)) return is_one_of(role.stage->field.name, values_of(role, kind));
  const ColumnProfile* won = flag(role, "won");
  if (won == nullptr) return "";
  if (kind == StageClass::won) return won->field.name;
  const ColumnProfile* closed = flag(role, "closed");
  return (closed == nullptr ? "" : closed->field.name + " AND ") + "NOT " + won->field.name;
}

void add_outcome(const TableRole& role, StageClass kind, std::vector<DraftEvent>& events) {
  const std::string type = type_prefix(*role.about) + (kind == StageClass::won ? ".won" : ".lost");
  const DateUse* own = date_with(role, kind == StageClass::won ? DateRole::won : DateRole::lost);
  const DateUse* closed = date_with(role, DateRole::closed);
  const std::string condition = outcome_condition(role, kind);
  if (own != nullptr) {
    events.push_back(event_at(type, *own->column, kind, "a date by its name"));
  } else if (closed != nullptr && !condition.empty()) {
    events.push_back(event_at(type, *closed->column, kind, "a closing date, and which outcome"));
    events.back().when = condition;
  } else if (closed != nullptr && kind == StageClass::won && date_with(role, DateRole::lost) == nullptr) {
    events.push_back(event_at(type, *closed->column, kind,
                              "nothing says which of the closed were lost: all count as won"));
  } else if (role.changed != nullptr && !condition.empty()) {
    events.push_back(
        event_at(type, *role.changed, kind, "the last change stands for the closing date that is missing"));
    events.back().when = condition;
  } else {
    return;
  }
  events.back().has_amount = kind == StageClass::won && role.money != nullptr;
}

std::vector<DraftEvent> subject_events(const TableRole& role) {
  std::vector<DraftEvent> events;
  int order = 0;
  for (const DateUse& use : role.dates) {
    if (use.role != DateRole::created && use.role != DateRole::step) continue;
    events.push_back(event_at(type_prefix(*role.about) + "." + use.step, *use.column, StageClass::open,
                              "a date by its name"));
    events.back().order = order++;
  }
  add_outcome(role, StageClass::won, events);
  add_outcome(role, StageClass::lost, events);
  return events;
}

// The time of a fact: of the columns that are filled most, the first.
const ColumnProfile* time_of(const TableRole& role) {
  const ColumnProfile* best = nullptr;
  for (const ColumnProfile& column : role.profile->columns) {
    if (column.is_moment() && column.filled > 0 && date_role(column.field.name) != DateRole::planned &&
        (best == nullptr || column.filled > best->filled))
      best = &column;
  }
  return best;
}

const Reference* reference_to(const TableRole& role, EntityKind kind) {
  const auto at = std::find_if(role.references.begin(), role.references.end(),
                               [&](const Reference& each) { return each.kind == kind; });
  return at == role.references.end() ? nullptr : &*at;
}

// A stage history: each row enters a stage.
std::vector<DraftEvent> history_events(const TableRole& role, const ColumnProfile& time,
                                       const std::string& prefix) {
  std::vector<DraftEvent> events;
  const std::string column = role.stage->field.name;
  events.push_back(event_at(prefix + ".stage", time, StageClass::open, "each row enters a stage"));
  events.back().stage_property = column;
  events.back().is_stage = false;  // its values are the stages
  std::vector<std::string> outcomes = values_of(role, StageClass::won);
  for (const StageClass kind : {StageClass::won, StageClass::lost}) {
    if (!role.has(kind)) continue;
    events.push_back(
        event_at(prefix + (kind == StageClass::won ? ".won" : ".lost"), time, kind, "by the stage's name"));
    events.back().when = is_one_of(column, values_of(role, kind));
    events.back().has_amount = kind == StageClass::won && role.money != nullptr;
  }
  const auto lost = values_of(role, StageClass::lost);
  outcomes.insert(outcomes.end(), lost.begin(), lost.end());
  if (!outcomes.empty()) events.front().when = "NOT (" + is_one_of(column, outcomes) + ")";
  return events;
}

// "lead.created" is a type as it stands.
bool is_dotted_type(const std::string& value) {
  const std::size_t dot = value.find('.');
  if (dot == std::string::npos) return false;
  const std::string first = value.substr(0, dot);
  const std::string second = value.substr(dot + 1);
  return contract::normalised_name(first) == first && contract::normalised_name(second) == second &&
         !first.empty() && !second.empty();
}

// "create" of "Create": within a type nothing is a keyword of SQL.
std::string word_of(const std::string& value) {
  std::string word = contract::normalised_name(value);
  if (word.ends_with('_')) word.pop_back();
  return word;
}

// One rule per event type, readable and open to edits; values that mean the same share one.
std::vector<DraftEvent> typed_events(const TableRole& role, const ColumnProfile& time,
                                     const std::string& prefix, bool of_subject) {
  std::map<std::string, std::vector<std::string>> by_type;
  std::map<std::string, StageWord> words;
  for (const auto& [value, count] : role.event_type->values) {
    std::string type = usual_event_type(value);
    if (type.empty()) type = usual_event_type(role.profile->stem + "_" + value);  // "opened" in email.csv
    const StageWord word = stage_word(value);
    const bool stage = of_subject && type.empty() && word.known;
    if (type.empty()) {
      const bool as_is = is_dotted_type(value);
      type = as_is ? value
             : stage && word.kind != StageClass::open
                 ? prefix + (word.kind == StageClass::won ? ".won" : ".lost")
                 : prefix + "." + word_of(value);
    }
    if (type.ends_with('.')) continue;  // nothing of the value is left
    by_type[type].push_back(value);
    if (stage) words[type] = word;
  }
  std::vector<DraftEvent> events;
  for (const auto& [type, values] : by_type) {
    const auto word = words.find(type);
    events.push_back(event_at(type, time, word == words.end() ? StageClass::open : word->second.kind,
                              "by the value of " + role.event_type->field.name));
    events.back().day_end = false;
    events.back().is_stage = word != words.end();
    events.back().order = word == words.end() ? 0 : word->second.order;
    events.back().when = is_one_of(role.event_type->field.name, values);
    events.back().has_amount =
        events.back().is_stage && events.back().kind == StageClass::won && role.money != nullptr;
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const DraftEvent& a, const DraftEvent& b) { return a.order < b.order; });
  return events;
}

std::vector<DraftEvent> log_events(const TableRole& role) {
  const ColumnProfile* time = time_of(role);
  if (time == nullptr) return {};
  const Reference* subject = subject_of_log(role);
  const bool of_subject =
      subject != nullptr && (subject->kind == EntityKind::lead || subject->kind == EntityKind::opportunity);
  const std::string prefix = of_subject ? type_prefix(subject->kind) : "activity";
  if (is_conversion_log(role)) {
    DraftEvent won =
        event_at("handoff.accepted", *time, StageClass::won, "each row turns a lead into an opportunity");
    won.day_end = false;
    return {won};
  }
  if (of_subject && role.stage != nullptr) return history_events(role, *time, prefix);
  if (role.event_type != nullptr && !role.event_type->values.empty() &&
      role.event_type->values.size() <= kRulesPerType)
    return typed_events(role, *time, prefix, of_subject);
  DraftEvent event =
      event_at(usual_event_type(role.profile->stem), *time, StageClass::open, "by the file's name");
  event.is_stage = false;
  if (event.type.empty()) event.type = prefix + ".logged";
  if (role.event_type != nullptr) {
    event.name = "fact";
    event.type_from = "'" + prefix + ".' || lower(replace(" + role.event_type->field.name + ", ' ', '_'))";
    event.why = "the types stand in " + role.event_type->field.name;
  }
  return {event};
}

}  // namespace

std::string type_prefix(EntityKind kind) {
  return kind == EntityKind::opportunity ? "deal" : to_text(kind);
}

std::vector<std::string> values_of(const TableRole& role, StageClass kind) {
  std::vector<std::string> values;
  for (const StageValue& each : role.stages) {
    if (each.word.kind == kind) values.push_back(each.value);
  }
  return values;
}

bool is_conversion_log(const TableRole& role) {
  const ColumnProfile* time = time_of(role);
  const bool both = reference_to(role, EntityKind::lead) != nullptr &&
                    reference_to(role, EntityKind::opportunity) != nullptr;
  return role.is_log && both && role.stage == nullptr && role.event_type == nullptr && time != nullptr &&
         date_role(time->field.name) == DateRole::won;
}

const Reference* subject_of_log(const TableRole& role) {
  if (is_conversion_log(role)) return reference_to(role, EntityKind::lead);
  for (const EntityKind kind : {EntityKind::opportunity, EntityKind::lead, EntityKind::contact,
                                EntityKind::account, EntityKind::anonymous}) {
    if (const Reference* reference = reference_to(role, kind)) return reference;
  }
  return nullptr;
}

bool has_stage_changes(const TableRole& role) {
  const bool dated = role.changed != nullptr || !role.profile->delivery.dated_name.empty();
  return role.is_subject() && role.outcome_of < 0 && dated && !role.has_history && role.stage != nullptr &&
         !values_of(role, StageClass::open).empty();
}

std::vector<DraftEvent> draft_events(const TableRole& role) {
  if (role.is_log) return log_events(role);
  return role.is_subject() ? subject_events(role) : std::vector<DraftEvent>{};
}

}  // namespace weir::engine
