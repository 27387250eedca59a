#include "ingest/mapping.h"

#include <algorithm>

#include "base/json.h"
#include "contract/apply.h"
#include "contract/values.h"
#include "workspace/free_mail.h"

namespace weir::ingest {

using contract::Column;
using contract::ColumnType;
using workspace::HandleScheme;

namespace {

std::size_t at(Operand operand) noexcept {
  return static_cast<std::size_t>(operand);
}

std::string value_text(const Column& column, std::size_t row) {
  switch (column.type) {
    case ColumnType::text:
    case ColumnType::json:
      return std::string(column.text(row));
    case ColumnType::number:
      return json_number(column.numbers[row]);
    case ColumnType::integer:
      return std::to_string(column.integers[row]);
    case ColumnType::boolean:
      return column.integers[row] != 0 ? "true" : "false";
    case ColumnType::date:
      return to_text(Date{static_cast<std::int32_t>(column.integers[row])});
    case ColumnType::timestamp:
      return rfc3339(column.integers[row]);
  }
  return {};
}

void write_json_value(JsonWriter& out, const Column& column, std::size_t row) {
  switch (column.type) {
    case ColumnType::number:
      out.value(column.numbers[row]);
      break;
    case ColumnType::integer:
      out.value(column.integers[row]);
      break;
    case ColumnType::boolean:
      out.value(column.integers[row] != 0);
      break;
    default:
      out.value(value_text(column, row));
  }
}

// Ten-thousandths of a major unit to minor units, half away from zero.
std::int64_t to_minor(std::int64_t ten_thousandths, int digits) noexcept {
  std::int64_t divisor = 10'000;
  for (int i = 0; i < digits; ++i) divisor /= 10;
  const std::int64_t half = divisor / 2;
  return (ten_thousandths + (ten_thousandths < 0 ? -half : half)) / divisor;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

}  // namespace

Status Mapping::start() {
  evaluator_.clear();
  WEIR_TRY(auto evaluator, OperandEvaluator::create(operands_, context_.engine_alone));
  evaluator_.push_back(std::move(evaluator));
  return {};
}

Status Mapping::evaluate(const contract::RecordBatch& batch) {
  WEIR_CHECK(!evaluator_.empty(), "Mapping::start() comes first");
  batch_ = &batch;
  WEIR_TRY(values_, evaluator_.front().evaluate(batch));
  content_index_.clear();
  for (const auto& name : content_columns_) content_index_.push_back(batch.find(name));
  return {};
}

std::optional<Mapping::Moment> Mapping::moment_of(Operand operand, std::size_t row) const {
  if (operand == kNoOperand || values_[at(operand)]->is_null(row)) return std::nullopt;
  const Column& column = *values_[at(operand)];
  if (column.type == ColumnType::date) return Moment{true, column.integers[row], false};
  if (column.type != ColumnType::text) return Moment{false, column.integers[row], false};
  const std::string_view text = contract::trimmed(column.text(row));
  if (text.empty() || contract::is_usual_null(text)) return std::nullopt;
  const auto read = time_reader_.front().moment(text);
  return read ? Moment{read->is_day, read->value, false} : Moment{false, 0, true};
}

std::optional<std::int64_t> Mapping::revision_time(std::size_t row) const {
  const auto moment = moment_of(revision_, row);
  if (!moment || moment->unreadable) return std::nullopt;
  return moment->is_day ? context_.zone.end_of_day(Date{static_cast<std::int32_t>(moment->value)})
                        : moment->value;
}

bool Mapping::has_unreadable_revision(std::size_t row) const {
  const auto moment = moment_of(revision_, row);
  return moment && moment->unreadable;
}

// Only of rows that the rule is about, or may be: an unknown condition counts as one that holds.
bool Mapping::has_unreadable_time(const EventPlan& plan, std::size_t row) const {
  const auto unreadable = [&](Operand operand) {
    const auto moment = moment_of(operand, row);
    return moment && moment->unreadable;
  };
  if (!unreadable(plan.occurred_at) && !unreadable(plan.known_at)) return false;
  return plan.when == kNoOperand || values_[at(plan.when)]->is_null(row) || holds(plan.when, row);
}

bool Mapping::holds(Operand condition, std::size_t row) const {
  if (condition == kNoOperand) return true;
  const Column& column = *values_[at(condition)];
  return !column.is_null(row) && column.integers[row] != 0;
}

std::string Mapping::text_of(Operand operand, std::size_t row) const {
  if (operand == kNoOperand || values_[at(operand)]->is_null(row)) return {};
  return value_text(*values_[at(operand)], row);
}

// "" when the row does not name the entity.
std::string Mapping::handle_text(const HandlePlan& plan, std::size_t row) const {
  const std::string value = trimmed(text_of(plan.value, row));
  if (value.empty()) return {};
  switch (plan.scheme) {
    case HandleScheme::id: {
      if (plan.hashed) return "hash:" + keyed_hash_hex(context_.personal_key, "id", value);
      return plan.prefix + value;
    }
    case HandleScheme::email: {
      const std::string email = workspace::normalised_email(value);
      return email.empty() ? "" : "email:" + keyed_hash_hex(context_.personal_key, "email", email);
    }
    case HandleScheme::phone: {
      const std::string phone = workspace::normalised_phone(value);
      return phone.empty() ? "" : "phone:" + keyed_hash_hex(context_.personal_key, "phone", phone);
    }
    case HandleScheme::domain: {
      const std::string domain = workspace::domain_of(value);
      return domain.empty() || workspace::is_free_mail(domain, context_.free_mail) ? "" : "domain:" + domain;
    }
  }
  return {};
}

// The first handle of a kind names the entity; the others go to `also`.
void Mapping::fill_keys(const std::vector<HandlePlan>& plans, std::size_t row, KeyTexts& keys,
                        std::string& also) const {
  std::vector<std::string> more;
  for (const auto& plan : plans) {
    std::string handle = handle_text(plan, row);
    if (handle.empty()) {
      if ((plan.scheme == HandleScheme::email || plan.scheme == HandleScheme::phone) &&
          !trimmed(text_of(plan.value, row)).empty())
        ++unreadable_handles_;
      continue;
    }
    std::string& key = keys[static_cast<std::size_t>(plan.kind)];
    if (key.empty()) {
      key = std::move(handle);
    } else if (key != handle) {
      more.push_back(std::string(to_text(plan.kind)) + " " + handle);
    }
  }
  if (more.empty()) return;
  JsonWriter out(0);
  out.begin_array();
  for (const auto& handle : more) out.value(handle);
  also = out.end_array().text();
}

bool Mapping::fill_times(const EventPlan& plan, std::size_t row, const RecordFrame& frame,
                         EventTimes& times) const {
  if (const auto occurred = moment_of(plan.occurred_at, row)) {
    if (occurred->unreadable) return false;
    if (occurred->is_day) {
      const Date day{static_cast<std::int32_t>(occurred->value)};
      times.occurred_at = plan.day_end ? context_.zone.end_of_day(day) : context_.zone.start_of_day(day);
      times.flags |= kDayPrecision | (plan.day_end ? kDayEnd : 0U);
    } else {
      times.occurred_at = occurred->value;
    }
  } else if (!plan.change) {
    return false;
  }
  if (const auto known = moment_of(plan.known_at, row)) {
    if (known->unreadable) return false;
    times.known_at = known->is_day ? context_.zone.end_of_day(Date{static_cast<std::int32_t>(known->value)})
                                   : known->value;
  } else if (!frame.revision_at && times.occurred_at) {
    times.flags |= kKnownAssumed;
    const bool day = (times.flags & kDayPrecision) != 0;
    times.known_at =
        day ? context_.zone.end_of_day(context_.zone.day_of(*times.occurred_at)) : *times.occurred_at;
  }
  return true;
}

std::optional<Money> Mapping::amount_of(const EventPlan& plan, std::size_t row) const {
  if (plan.amount == kNoOperand || values_[at(plan.amount)]->is_null(row)) return std::nullopt;
  Money money{0, context_.currency};
  if (const std::string code = text_of(plan.currency, row); !code.empty()) {
    if (const auto currency = Currency::parse(code)) money.currency = *currency;
  }
  money.minor = to_minor(values_[at(plan.amount)]->integers[row], money.currency.digits());
  return money;
}

std::string Mapping::object_of(const std::vector<std::pair<std::string, Operand>>& members,
                               std::size_t row) const {
  JsonWriter out(0);
  out.begin_object();
  bool any = false;
  for (const auto& [name, operand] : members) {
    if (operand == kNoOperand || values_[at(operand)]->is_null(row)) continue;
    out.key(name);
    write_json_value(out, *values_[at(operand)], row);
    any = true;
  }
  return any ? out.end_object().text() : std::string{};
}

// What a column that `changes_of` watches holds in one revision.
std::string Mapping::change_state(const EventPlan& plan, std::size_t row) const {
  JsonWriter state(0);
  state.begin_object().key("to");
  const Column& value = *values_[at(plan.change_value)];
  if (value.is_null(row)) {
    state.null();
  } else {
    state.value(value_text(value, row));
  }
  return state.end_object().text();
}

bool Mapping::map_entity(const EntityPlan& plan, std::size_t row, const RecordFrame& frame,
                         EntityRow& entity) const {
  if (!holds(plan.when, row)) return false;
  KeyTexts own;
  fill_keys(plan.handles, row, own, entity.also);
  entity.handle = own[static_cast<std::size_t>(plan.kind)];
  if (entity.handle.empty()) return false;
  entity.record = frame.record;
  entity.content = frame.content;
  entity.revision_at = frame.revision_at;
  entity.kind = plan.kind;
  JsonWriter relations(0);
  relations.begin_object();
  bool any = false;
  for (const auto& relation : plan.relations) {
    const std::string handle = handle_text(relation, row);
    if (handle.empty()) continue;
    relations.field(to_text(relation.kind), handle);
    any = true;
  }
  if (any) entity.relations = relations.end_object().text();
  entity.attributes = object_of(plan.attributes, row);
  entity.delivery = frame.delivery;
  entity.row = frame.row;
  return true;
}

std::string Mapping::person_of(std::size_t row) const {
  for (const auto& plan : persons_) {
    const std::string handle = handle_text(plan, row);
    if (!handle.empty()) return std::string(to_text(plan.kind)) + " " + handle;
  }
  return {};
}

// Of rows with an event that has an amount.
bool Mapping::has_unknown_currency(const EventPlan& plan, std::size_t row) const {
  if (plan.currency == kNoOperand || !holds(plan.when, row) || !amount_of(plan, row)) return false;
  const std::string code = text_of(plan.currency, row);
  if (code.empty() || Currency::parse(code)) return false;
  EventTimes times;
  return fill_times(plan, row, RecordFrame{}, times) &&
         !(plan.type_from == kNoOperand ? plan.type : text_of(plan.type_from, row)).empty();
}

bool Mapping::rejects_none() const {
  const auto is_text = [&](Operand operand) {
    return operand != kNoOperand && values_[at(operand)]->type == ColumnType::text;
  };
  const auto never_holds = [&](Operand condition) {
    if (condition == kNoOperand) return true;
    const auto& truths = values_[at(condition)]->integers;  // 0 where it is null
    return std::all_of(truths.begin(), truths.end(), [](std::int64_t truth) { return truth == 0; });
  };
  return std::all_of(events_.begin(), events_.end(),
                     [&](const EventPlan& plan) {
                       return plan.currency == kNoOperand && !is_text(plan.occurred_at) &&
                              !is_text(plan.known_at) && never_holds(plan.failure);
                     }) &&
         std::all_of(entities_.begin(), entities_.end(),
                     [&](const EntityPlan& plan) { return never_holds(plan.failure); });
}

std::string Mapping::rejection(std::size_t row) const {
  const auto failed = [&](Operand failure) { return failure != kNoOperand && holds(failure, row); };
  for (const auto& plan : events_) {
    if (failed(plan.failure) || has_unreadable_time(plan, row))
      return "a value that the event rule '" + plan.name + "' converts cannot be converted";
    if (has_unknown_currency(plan, row)) {
      return "the event rule '" + plan.name +
             "' expects a currency as an ISO 4217 code of three capital letters";
    }
  }
  for (const auto& plan : entities_) {
    if (failed(plan.failure))
      return std::string("a value of the entity '") + to_text(plan.kind) + "' cannot be converted";
  }
  return {};
}

std::vector<EntityRow> Mapping::entities_of(std::size_t row, const RecordFrame& frame) const {
  std::vector<EntityRow> entities;
  for (const auto& plan : entities_) {
    EntityRow entity;
    if (map_entity(plan, row, frame, entity)) entities.push_back(std::move(entity));
  }
  return entities;
}

}  // namespace weir::ingest
