#include "features/plan_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <tuple>

#include "base/json.h"
#include "base/json_whole.h"
#include "features/catalogue.h"

namespace weir::features {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 2;
constexpr std::array<const char*, 5> kSelectorKinds{"any", "touch", "type", "condition", "none"};

// ---- writing

std::int64_t whole(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

void write_selector(JsonWriter& out, const Selector& selector) {
  out.begin_object()
      .field("kind", kSelectorKinds.at(static_cast<std::size_t>(selector.kind)))
      .field("index", whole(selector.index))
      .end_object();
}

void write_selectors(JsonWriter& out, const char* name, const std::vector<Selector>& selectors) {
  out.key(name).begin_array();
  for (const Selector& selector : selectors) write_selector(out, selector);
  out.end_array();
}

void write_definition(JsonWriter& out, const Definition& definition) {
  const Spec& spec = definition.spec;
  out.begin_object()
      .field("function", to_text(spec.function))
      .field("of", spec.of)
      .field("window_micros", spec.window.count());
  out.field("scope", to_text(spec.scope)).field("version", definition.version);
  out.field("is_category", definition.type == ColumnType::category).key("selector");
  write_selector(out, definition.selector);
  out.field("value", whole(definition.value))
      .field("kind", static_cast<int>(definition.kind))
      .field("attribute", whole(definition.attribute))
      .end_object();
}

void write_condition(JsonWriter& out, const char* name, const funnel::ConditionBit& condition) {
  out.key(name)
      .begin_object()
      .field("bit", whole(condition.bit))
      .field("contact_scope", condition.contact_scope)
      .end_object();
}

void write_funnel(JsonWriter& out, const funnel::FunnelShape& shape) {
  out.key("funnel")
      .begin_object()
      .field("subject", static_cast<int>(shape.subject))
      .key("stages")
      .begin_array();
  for (const auto& stage : shape.stages) {
    out.begin_object();
    write_condition(out, "enter", stage.enter);
    write_condition(out, "exit", stage.exit);
    out.key("valid_from");
    stage.valid_from ? out.value(micros_of(*stage.valid_from)) : out.null();
    out.end_object();
  }
  out.end_array();
  write_condition(out, "won", shape.won);
  write_condition(out, "lost", shape.lost);
  out.key("silent_for_micros");
  shape.silent_for ? out.value(std::int64_t{shape.silent_for->count()}) : out.null();
  out.end_object();
}

void write_meanings(JsonWriter& out, const Meanings& meanings) {
  out.key("meanings").begin_object().key("inbound");
  write_selector(out, meanings.inbound);
  out.key("outbound");
  write_selector(out, meanings.outbound);
  write_selectors(out, "objections", meanings.objections);
  write_selectors(out, "answers", meanings.answers);
  write_selectors(out, "steps", meanings.steps);
  const auto write_attribute = [&](const char* name, const std::optional<CalendarAttribute>& attribute) {
    out.key(name);
    if (!attribute) {
      out.null();
      return;
    }
    out.begin_object()
        .field("kind", static_cast<int>(attribute->kind))
        .field("name", whole(attribute->name))
        .end_object();
  };
  write_attribute("calendar_region", meanings.calendar_region);
  write_attribute("calendar_industry", meanings.calendar_industry);
  out.key("step_due");
  meanings.step_due ? out.value(whole(*meanings.step_due)) : out.null();
  out.end_object();
}

void write_day_values(JsonWriter& out, const char* name, const std::vector<DayValue>& values) {
  out.key(name).begin_array();
  for (const DayValue& value : values) {
    out.begin_array()
        .value(whole(value.entity))
        .value(static_cast<int>(value.day))
        .value(value.value)
        .end_array();
  }
  out.end_array();
}

void write_context(JsonWriter& out, const ContextTables& context) {
  out.begin_object()
      .field("first_day", static_cast<int>(context.first_day))
      .field("last_day", static_cast<int>(context.last_day))
      .field("version", context.version);
  write_day_values(out, "account_open", context.account_open);
  write_day_values(out, "account_touches", context.account_touches);
  write_day_values(out, "owner_open", context.owner_open);
  out.key("calendar_factor").begin_array();
  for (const double factor : context.calendar_factor) out.value(factor);  // NaN is null
  out.end_array().key("alive").begin_object().key("cells").begin_array();
  for (const CalendarCell& cell : context.alive.cells) {
    out.begin_object()
        .field("region", cell.region)
        .field("industry", cell.industry)
        .key("factor")
        .begin_array();
    for (const double factor : cell.factor) out.value(factor);
    out.end_array().end_object();
  }
  out.end_array().key("epochs").begin_array();
  for (const AliveTables::Epoch& epoch : context.alive.epochs) {
    const AliveParameters& p = epoch.parameters;
    out.begin_array().value(static_cast<int>(epoch.day));
    for (const double parameter : {p.dies, p.revives, p.quiet, p.shape, p.days}) out.value(parameter);
    out.end_array();
  }
  out.end_array().end_object().end_object();
}

// ---- reading: nlohmann throws on a wrong type; plan_file_from_json catches all of it

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

Selector read_selector(const Json& node) {
  const auto word = node.at("kind").get<std::string>();
  const auto at = std::find(kSelectorKinds.begin(), kSelectorKinds.end(), word);
  require(at != kSelectorKinds.end(), "kind of a selector");
  return {static_cast<Selector::Kind>(at - kSelectorKinds.begin()),
          whole_number<std::uint32_t>(node.at("index"))};
}

std::vector<Selector> read_selectors(const Json& nodes) {
  std::vector<Selector> selectors;
  for (const Json& node : nodes) selectors.push_back(read_selector(node));
  return selectors;
}

timeline::Kind read_kind(const Json& node) {
  const auto kind = whole_number<std::uint8_t>(node);
  require(kind < timeline::kKinds, "kind of an entity");
  return static_cast<timeline::Kind>(kind);
}

Definition read_definition(const Json& node) {
  Definition definition;
  Spec& spec = definition.spec;
  const auto function = function_named(node.at("function").get<std::string>());
  const auto scope = scope_named(node.at("scope").get<std::string>());
  require(function.has_value(), "function");
  require(scope.has_value(), "scope");
  spec.function = *function;
  spec.of = node.at("of").get<std::string>();
  spec.window = Micros{whole_number<std::int64_t>(node.at("window_micros"))};
  spec.scope = *scope;
  require(spec.window.count() >= 0, "window_micros");
  definition.name = name_of(spec);
  definition.group = group_of(spec);
  definition.description = description_of(spec);
  definition.monotone = monotone_of(spec);
  definition.version = node.at("version").get<std::string>();
  definition.type = node.at("is_category").get<bool>() ? ColumnType::category : ColumnType::number;
  definition.selector = read_selector(node.at("selector"));
  definition.value = whole_number<std::uint32_t>(node.at("value"));
  definition.kind = read_kind(node.at("kind"));
  definition.attribute = whole_number<std::uint32_t>(node.at("attribute"));
  return definition;
}

funnel::ConditionBit read_condition(const Json& node) {
  return {whole_number<std::uint32_t>(node.at("bit")), node.at("contact_scope").get<bool>()};
}

funnel::FunnelShape read_funnel(const Json& node) {
  funnel::FunnelShape shape;
  shape.subject = read_kind(node.at("subject"));
  for (const Json& given : node.at("stages")) {
    funnel::StageShape stage;
    stage.enter = read_condition(given.at("enter"));
    stage.exit = read_condition(given.at("exit"));
    if (!given.at("valid_from").is_null())
      stage.valid_from = EventTime{Micros{whole_number<std::int64_t>(given.at("valid_from"))}};
    shape.stages.push_back(stage);
  }
  require(shape.stages.size() < funnel::kNoStage, "stages");
  shape.won = read_condition(node.at("won"));
  shape.lost = read_condition(node.at("lost"));
  if (!node.at("silent_for_micros").is_null())
    shape.silent_for = Micros{whole_number<std::int64_t>(node.at("silent_for_micros"))};
  return shape;
}

Meanings read_meanings(const Json& node) {
  Meanings meanings;
  meanings.inbound = read_selector(node.at("inbound"));
  meanings.outbound = read_selector(node.at("outbound"));
  meanings.objections = read_selectors(node.at("objections"));
  meanings.answers = read_selectors(node.at("answers"));
  meanings.steps = read_selectors(node.at("steps"));
  const auto read_attribute = [](const Json& given) {
    return given.is_null() ? std::optional<CalendarAttribute>{}
                           : CalendarAttribute{read_kind(given.at("kind")),
                                               whole_number<std::uint32_t>(given.at("name"))};
  };
  meanings.calendar_region = read_attribute(node.at("calendar_region"));
  meanings.calendar_industry = read_attribute(node.at("calendar_industry"));
  if (!node.at("step_due").is_null()) meanings.step_due = whole_number<std::uint32_t>(node.at("step_due"));
  return meanings;
}

std::vector<DayValue> read_day_values(const Json& nodes) {
  std::vector<DayValue> values;
  for (const Json& node : nodes) {
    values.push_back({whole_number<std::uint32_t>(node.at(0)), whole_number<std::int32_t>(node.at(1)),
                      whole_number<std::int64_t>(node.at(2))});
  }
  const auto before = [](const DayValue& a, const DayValue& b) {
    return a.entity != b.entity ? a.entity < b.entity : a.day < b.day;
  };
  require(std::is_sorted(values.begin(), values.end(), before), "values of days in order");
  return values;
}

AliveTables read_alive(const Json& node, std::int32_t first_day) {
  AliveTables alive;
  alive.first_day = first_day;
  for (const Json& given : node.at("cells")) {
    alive.cells.push_back({given.at("region").get<std::string>(), given.at("industry").get<std::string>(),
                           given.at("factor").get<std::vector<double>>()});
  }
  const auto in_order = [](const CalendarCell& a, const CalendarCell& b) {
    return std::tie(a.region, a.industry) < std::tie(b.region, b.industry);
  };
  require(std::is_sorted(alive.cells.begin(), alive.cells.end(), in_order), "calendar cells in order");
  for (const Json& given : node.at("epochs")) {
    const auto at = [&](std::size_t index) { return given.at(index).get<double>(); };
    alive.epochs.push_back({whole_number<std::int32_t>(given.at(0)), {at(1), at(2), at(3), at(4), at(5)}});
    require(at(5) > 0, "days of the prior above 0");
  }
  const auto by_day = [](const AliveTables::Epoch& a, const AliveTables::Epoch& b) { return a.day < b.day; };
  require(std::is_sorted(alive.epochs.begin(), alive.epochs.end(), by_day), "epochs in order");
  return alive;
}

ContextTables read_context(const Json& node) {
  ContextTables context;
  context.first_day = whole_number<std::int32_t>(node.at("first_day"));
  context.last_day = whole_number<std::int32_t>(node.at("last_day"));
  context.version = node.at("version").get<std::string>();
  context.account_open = read_day_values(node.at("account_open"));
  context.account_touches = read_day_values(node.at("account_touches"));
  context.owner_open = read_day_values(node.at("owner_open"));
  for (const Json& factor : node.at("calendar_factor")) {
    context.calendar_factor.push_back(factor.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                                       : factor.get<double>());
  }
  const std::int64_t days = std::int64_t{context.last_day} - context.first_day + 1;
  require(static_cast<std::int64_t>(context.calendar_factor.size()) == days, "a calendar factor per day");
  context.alive = read_alive(node.at("alive"), context.first_day);
  return context;
}

BusinessCalendar read_calendar(const Json& node) {
  BusinessCalendar calendar;
  require(node.at("weekend").size() == calendar.weekend.size(), "weekend");
  for (std::size_t day = 0; day < calendar.weekend.size(); ++day)
    calendar.weekend.at(day) = node.at("weekend").at(day).get<bool>();
  for (const Json& day : node.at("holidays"))
    calendar.holidays.push_back(Date{whole_number<std::int32_t>(day)});
  require(std::is_sorted(calendar.holidays.begin(), calendar.holidays.end()), "holidays in order");
  return calendar;
}

PlanFile read_plan(const Json& node) {
  PlanFile plan;
  require(node.at("weir_feature_plan") == kFormat, "weir_feature_plan");
  plan.timelines = node.at("timelines").get<std::string>();
  plan.funnel_name = node.at("funnel_name").get<std::string>();
  plan.version = node.at("version").get<std::string>();
  for (const Json& definition : node.at("definitions"))
    plan.definitions.push_back(read_definition(definition));
  plan.funnel = read_funnel(node.at("funnel"));
  plan.stage_names = node.at("stage_names").get<std::vector<std::string>>();
  require(plan.stage_names.size() == plan.funnel.stages.size(), "a name per stage");
  plan.zone = node.at("zone").get<std::string>();
  plan.calendar = read_calendar(node.at("calendar"));
  plan.first_day = whole_number<std::int32_t>(node.at("first_day"));
  plan.last_day = whole_number<std::int32_t>(node.at("last_day"));
  constexpr std::int32_t kMostDays = 100'000;  // business time is worked out for each of them
  require(std::abs(plan.first_day) < 4'000'000 && std::abs(plan.last_day) < 4'000'000 &&
              plan.last_day - plan.first_day <= kMostDays,
          "days in range");
  plan.meanings = read_meanings(node.at("meanings"));
  plan.minor_per_major = node.at("minor_per_major").get<double>();
  require(plan.minor_per_major >= 1, "minor_per_major");
  for (const Json& amount : node.at("amounts")) {
    plan.amounts.push_back(
        {whole_number<std::uint32_t>(amount.at(0)),
         amount.at(1).is_null() ? timeline::kNoAmount : whole_number<std::int64_t>(amount.at(1))});
  }
  if (!node.at("context").is_null()) plan.context = read_context(node.at("context"));
  return plan;
}

// ---- indices

class PlanCheck {
 public:
  explicit PlanCheck(const timeline::TimelineStore& store)
      : store_(store), bits_(std::uint64_t{store.condition_words()} * 64) {}
  void selector(const Selector& selector) {
    if (selector.kind == Selector::Kind::type) holds_ = holds_ && selector.index < store_.type_count();
    if (selector.kind == Selector::Kind::condition) holds_ = holds_ && selector.index < bits_;
  }
  void selectors(const std::vector<Selector>& all) {
    for (const Selector& one : all) selector(one);
  }
  void condition(const funnel::ConditionBit& condition) {
    holds_ = holds_ && (condition.bit == funnel::kNoCondition || condition.bit < bits_);
  }
  void definition(const Definition& definition) {
    selector(definition.selector);
    holds_ = holds_ && (definition.value == kAmountValue || definition.value < store_.value_count());
    const bool is_special = definition.attribute == kEntityKey || definition.attribute == kUnknownAttribute;
    holds_ = holds_ && (is_special || definition.attribute < store_.attribute_name_count());
  }
  void amount(const ConvertedAmount& amount) { holds_ = holds_ && amount.row < store_.row_count(); }
  void attribute(const std::optional<CalendarAttribute>& attribute) {
    holds_ = holds_ && (!attribute || attribute->name < store_.attribute_name_count());
  }
  void value(std::optional<std::uint32_t> value) {
    holds_ = holds_ && (!value || *value < store_.value_count());
  }
  [[nodiscard]] bool holds() const noexcept { return holds_; }

 private:
  const timeline::TimelineStore& store_;
  std::uint64_t bits_;
  bool holds_{true};
};

}  // namespace

std::string to_json(const PlanFile& plan) {
  JsonWriter out(0);
  out.begin_object()
      .field("weir_feature_plan", kFormat)
      .field("timelines", plan.timelines)
      .field("funnel_name", plan.funnel_name)
      .field("version", plan.version);
  out.key("definitions").begin_array();
  for (const Definition& definition : plan.definitions) write_definition(out, definition);
  out.end_array();
  write_funnel(out, plan.funnel);
  out.key("stage_names").begin_array();
  for (const std::string& name : plan.stage_names) out.value(name);
  out.end_array().field("zone", plan.zone).key("calendar").begin_object().key("weekend").begin_array();
  for (const bool is_off : plan.calendar.weekend) out.value(is_off);
  out.end_array().key("holidays").begin_array();
  for (const Date day : plan.calendar.holidays) out.value(static_cast<int>(day.days));
  out.end_array()
      .end_object()
      .field("first_day", static_cast<int>(plan.first_day))
      .field("last_day", static_cast<int>(plan.last_day));
  write_meanings(out, plan.meanings);
  out.field("minor_per_major", plan.minor_per_major).key("amounts").begin_array();
  for (const ConvertedAmount& amount : plan.amounts) {
    out.begin_array().value(whole(amount.row));
    amount.minor == timeline::kNoAmount ? out.null() : out.value(amount.minor);
    out.end_array();
  }
  out.end_array().key("context");
  if (plan.context) {
    write_context(out, *plan.context);
  } else {
    out.null();
  }
  return out.end_object().text();
}

Result<PlanFile> plan_file_from_json(std::string_view text) {
  try {
    return read_plan(Json::parse(text));
  } catch (const std::exception& error) {
    return fail(Errc::invalid_data,
                std::string("this is no plan that `weir features --plan` wrote: ") + error.what());
  }
}

Status check_plan(const PlanFile& plan, const timeline::TimelineStore& store) {
  PlanCheck check(store);
  for (const Definition& definition : plan.definitions) check.definition(definition);
  for (const auto& stage : plan.funnel.stages) {
    check.condition(stage.enter);
    check.condition(stage.exit);
  }
  check.condition(plan.funnel.won);
  check.condition(plan.funnel.lost);
  check.selector(plan.meanings.inbound);
  check.selector(plan.meanings.outbound);
  check.selectors(plan.meanings.objections);
  check.selectors(plan.meanings.answers);
  check.selectors(plan.meanings.steps);
  check.value(plan.meanings.step_due);
  check.attribute(plan.meanings.calendar_region);
  check.attribute(plan.meanings.calendar_industry);
  for (const ConvertedAmount& amount : plan.amounts) check.amount(amount);
  if (!check.holds())
    return fail(Errc::invalid_data,
                "the plan names events or values that the timelines do not have; write it again: weir "
                "features --plan");
  return {};
}

std::vector<ConvertedAmount> converted_amounts(const timeline::TimelineStore& store,
                                               std::span<const std::int64_t> base_amounts) {
  std::vector<ConvertedAmount> converted;
  const auto& given = store.columns().amount_minor;
  for (std::size_t row = 0; row < base_amounts.size(); ++row) {
    if (base_amounts[row] != given[row])
      converted.push_back({static_cast<timeline::Row>(row), base_amounts[row]});
  }
  return converted;
}

std::vector<std::int64_t> base_amounts(const timeline::TimelineStore& store,
                                       std::span<const ConvertedAmount> converted) {
  const auto& given = store.columns().amount_minor;
  std::vector<std::int64_t> amounts(given.begin(), given.end());
  for (const ConvertedAmount& amount : converted) amounts[amount.row] = amount.minor;
  return amounts;
}

}  // namespace weir::features
