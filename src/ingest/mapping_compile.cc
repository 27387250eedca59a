// Compiling a source's rules into plans over operands. Mapping rows is in mapping.cc.
#include <algorithm>
#include <set>
#include <utility>

#include "ingest/mapping.h"

namespace weir::ingest {

using workspace::EntityKind;
using workspace::HandleRule;
using workspace::HandleScheme;

Mapping::Mapping(const contract::Contract& contract, store::ExpressionBinder& binder, MappingContext context)
    : contract_(&contract), context_(std::move(context)), operands_(contract, binder) {}

Mapping Mapping::compile(const workspace::Source& source, const contract::Contract& contract,
                         store::ExpressionBinder& binder, const MappingContext& context,
                         std::vector<Error>& errors) {
  Mapping mapping(contract, binder, context);
  mapping.source_name_ = source.name;
  Zone zone = context.zone;
  if (!source.time_zone.empty()) {
    if (const auto own = Zone::find(source.time_zone)) zone = *own;  // the parser has reported a wrong one
  }
  auto reader = contract::TimeReader::create(source.csv.date_format, zone);
  if (!reader.has_value()) {
    errors.push_back(Error{reader.error().code, reader.error().message, source.place});
    return mapping;
  }
  mapping.time_reader_.push_back(*std::move(reader));
  mapping.compile_record(source);
  for (const auto& rule : source.events) mapping.events_.push_back(mapping.compile_event(source, rule));
  for (const auto& rule : source.changes) mapping.events_.push_back(mapping.compile_change(source, rule));
  for (const auto& rule : source.entities) mapping.entities_.push_back(mapping.compile_entity(source, rule));
  // Whose key seals the personal fields: the person named first, else the subject, else the account.
  std::vector<HandlePlan> handles = mapping.compile_handles(source.name_space, source.keys);
  for (const auto& entity : mapping.entities_)
    handles.insert(handles.end(), entity.handles.begin(), entity.handles.end());
  for (const auto& event : mapping.events_)
    handles.insert(handles.end(), event.keys.begin(), event.keys.end());
  for (const EntityKind kind : {EntityKind::contact, EntityKind::lead, EntityKind::opportunity,
                                EntityKind::anonymous, EntityKind::account}) {
    for (const auto& handle : handles) {
      if (handle.kind == kind) mapping.persons_.push_back(handle);
    }
  }
  errors.insert(errors.end(), mapping.operands_.errors().begin(), mapping.operands_.errors().end());
  return mapping;
}

void Mapping::compile_record(const workspace::Source& source) {
  const auto column = [&](const std::string& name, const Place& place, OperandType type) {
    return operands_.add(workspace::Expression{store::sql_name(name), place}, type);
  };
  for (const auto& name : source.key) key_.push_back(column(name, source.key_place, OperandType::text));
  std::set<std::string> apart;
  if (!source.changed_at.empty()) {
    revision_ = column(source.changed_at, source.changed_at_place, OperandType::time);
    apart.insert(source.changed_at);
  }
  if (!source.snapshot_column.empty()) {
    revision_ = column(source.snapshot_column, source.snapshot_place, OperandType::time);
    apart.insert(source.snapshot_column);
  }
  if (!source.sequence.empty()) {
    sequence_ = column(source.sequence, source.sequence_place, OperandType::value);
    check_sequence(source);
  }
  for (const auto& field : contract_->fields) {
    if (!apart.contains(field.name)) content_columns_.push_back(field.name);
  }
  std::sort(content_columns_.begin(), content_columns_.end());
}

// Texts have no order that everybody would expect: is "10" before "9"?
void Mapping::check_sequence(const workspace::Source& source) {
  if (sequence_ == kNoOperand) return;
  const contract::ColumnType type = operands_.type_of(sequence_);
  if (type == contract::ColumnType::integer || type == contract::ColumnType::date ||
      type == contract::ColumnType::timestamp)
    return;
  operands_.report(Error{Errc::configuration,
                         "'sequence' needs a column of whole numbers, dates or times; '" + source.sequence +
                             "' is of type " + to_text(type) + " in the contract",
                         source.sequence_place});
}

std::vector<Mapping::HandlePlan> Mapping::compile_handles(const std::string& name_space,
                                                          const std::vector<HandleRule>& rules) {
  std::vector<HandlePlan> plans;
  for (const auto& rule : rules) {
    HandlePlan plan;
    plan.kind = rule.kind;
    plan.scheme = rule.scheme;
    plan.value = operands_.add(rule.value, OperandType::text);
    const std::string& space = rule.name_space.empty() ? name_space : rule.name_space;
    if (!space.empty() && rule.scheme == HandleScheme::id) plan.prefix = space + "/";
    plan.hashed = rule.scheme == HandleScheme::id && operands_.is_personal(plan.value);
    if (plan.value != kNoOperand) plans.push_back(std::move(plan));
  }
  return plans;
}

void Mapping::refuse_personal(Operand operand, const workspace::Expression& expression,
                              const std::string& what) {
  if (!operands_.is_personal(operand)) return;
  operands_.report(Error{
      Errc::configuration,
      what + " reads a column that the contract classes as personal, and personal values never enter shared "
             "columns; leave it out, or change its class in the contract",
      expression.place});
}

// Without declared properties, the members of a JSON record's `properties` object are the event's.
std::vector<std::pair<std::string, Operand>> Mapping::default_properties() {
  constexpr std::string_view kPrefix = "properties_";
  std::vector<std::pair<std::string, Operand>> members;
  for (const auto& field : contract_->fields) {
    if (!field.name.starts_with(kPrefix) || field.personal != contract::PersonalClass::none ||
        field.type == contract::ColumnType::json)
      continue;
    const std::size_t dot = field.source_name.find('.');
    const std::string name =
        dot == std::string::npos ? field.name.substr(kPrefix.size()) : field.source_name.substr(dot + 1);
    members.emplace_back(name, operands_.add(workspace::Expression{store::sql_name(field.name), field.place},
                                             OperandType::value));
  }
  return members;
}

Mapping::EventPlan Mapping::compile_event(const workspace::Source& source, const workspace::EventRule& rule) {
  EventPlan plan;
  plan.name = rule.name;
  plan.type = rule.type_is_literal ? rule.type : "";
  plan.type_from = operands_.add(rule.type_from, OperandType::text);
  plan.occurred_at = operands_.add(rule.occurred_at, OperandType::time);
  plan.known_at = operands_.add(rule.known_at, OperandType::time);
  plan.when = operands_.add(rule.when, OperandType::condition);
  plan.amount = operands_.add(rule.amount, OperandType::amount);
  plan.currency = operands_.add(rule.currency, OperandType::text);
  plan.direction = operands_.add(rule.direction, OperandType::text);
  plan.channel = operands_.add(rule.channel, OperandType::text);
  plan.text = operands_.add(rule.text, OperandType::text);
  plan.day_end = rule.day_end;
  plan.rank = rule.rank;
  refuse_personal(plan.type_from, rule.type_from, "the type");
  refuse_personal(plan.channel, rule.channel, "the channel");

  // A rule's keys replace the source's of the same kind and scheme.
  std::vector<HandleRule> keys = rule.keys;
  for (const auto& key : source.keys) {
    const bool replaced = std::any_of(rule.keys.begin(), rule.keys.end(), [&](const HandleRule& own) {
      return own.kind == key.kind && own.scheme == key.scheme;
    });
    if (!replaced) keys.push_back(key);
  }
  plan.keys = compile_handles(source.name_space, keys);
  for (const auto& [name, expression] : rule.properties) {
    plan.properties.emplace_back(name, operands_.add(expression, OperandType::value));
    refuse_personal(plan.properties.back().second, expression, "the property '" + name + "'");
  }
  if (rule.properties.empty()) plan.properties = default_properties();

  std::vector<Operand> read{plan.type_from, plan.occurred_at, plan.known_at, plan.amount,
                            plan.currency,  plan.direction,   plan.channel};
  for (const auto& key : plan.keys) read.push_back(key.value);
  for (const auto& [name, operand] : plan.properties) read.push_back(operand);
  plan.failure = operands_.add_failure_of(read, plan.when);
  return plan;
}

Mapping::EventPlan Mapping::compile_change(const workspace::Source& source,
                                           const workspace::ChangeRule& rule) {
  EventPlan plan;
  plan.change = true;
  plan.name = "changes_of:" + rule.column;
  plan.type = rule.type;
  const workspace::Expression value{store::sql_name(rule.column), rule.place};
  plan.change_value = operands_.add(value, OperandType::text);
  refuse_personal(plan.change_value, value, "changes_of");
  plan.occurred_at = operands_.add(rule.first_at, OperandType::time);
  plan.keys = compile_handles(source.name_space, source.keys);
  return plan;
}

Mapping::EntityPlan Mapping::compile_entity(const workspace::Source& source,
                                            const workspace::EntityRule& rule) {
  EntityPlan plan;
  plan.kind = rule.kind;
  plan.handles = compile_handles(source.name_space, rule.handles);
  plan.relations = compile_handles(source.name_space, rule.relations);
  plan.when = operands_.add(rule.when, OperandType::condition);
  std::vector<Operand> read;
  for (const auto& [name, expression] : rule.attributes) {
    plan.attributes.emplace_back(name, operands_.add(expression, OperandType::value));
    // Colleagues are no customers: an owner's name and address stay readable.
    if (rule.kind != EntityKind::owner)
      refuse_personal(plan.attributes.back().second, expression, "the attribute '" + name + "'");
    read.push_back(plan.attributes.back().second);
  }
  plan.failure = operands_.add_failure_of(read, plan.when);
  return plan;
}

}  // namespace weir::ingest
