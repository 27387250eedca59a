// From what a workspace declares, or `auto` finds in the timelines, to definitions of features.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/hash.h"
#include "engine/feature_rows.h"
#include "features/catalogue.h"
#include "funnel/subjects.h"
#include "timeline/build.h"

namespace weir::engine {

using features::Definition;
using features::Function;
using features::Scope;
using features::Selector;
using features::Spec;

namespace {

// Categories with more levels than this are names, not groups: `auto` leaves them out.
constexpr std::size_t kMostLevels = 200;
constexpr std::size_t kFewLevels = 12;
constexpr Micros kDay{kMicrosPerDay};

using timeline::kind_named;

std::string kind_name(timeline::Kind kind) {
  return to_text(static_cast<workspace::EntityKind>(kind));
}

std::optional<std::uint16_t> type_named(const timeline::TimelineStore& store, std::string_view name) {
  for (std::size_t id = 0; id < store.type_count(); ++id) {
    if (store.type(static_cast<std::uint16_t>(id)) == name) return static_cast<std::uint16_t>(id);
  }
  return std::nullopt;
}

// ---- Declarations to specs.

void expand(const workspace::FeatureDeclaration& declared, const std::string& of, Micros window,
            std::vector<Spec>& specs) {
  Spec spec;
  spec.of = of;
  spec.window = window;
  spec.scope = features::scope_named(declared.scope).value_or(Scope::contact);
  const auto add = [&](Function function) {
    spec.function = function;
    specs.push_back(spec);
  };
  if (declared.function == "cadence") {
    for (const Function function : {Function::gap_mean, Function::gap_median, Function::gap_max,
                                    Function::gap_ratio, Function::gap_break})
      add(function);
    return;
  }
  if (const auto function = features::function_named(declared.function)) return add(*function);
  // `stage: [age]`: the words make the function.
  spec.of.clear();
  spec.scope = Scope::contact;
  if (const auto function =
          features::function_named(declared.function == "context" ? of : declared.function + "_" + of))
    add(*function);
}

// ---- Specs to definitions.

class Compiler {
 public:
  Compiler(const CompiledWorkspace& workspace, const timeline::TimelineStore& store,
           const CompiledFunnel& funnel)
      : workspace_(workspace), store_(store), funnel_(funnel) {}

  Result<Definition> compile(const Spec& spec) const {
    Definition definition;
    definition.spec = spec;
    definition.name = features::name_of(spec);
    definition.group = features::group_of(spec);
    definition.description = features::description_of(spec);
    definition.monotone = features::monotone_of(spec);
    std::string meaning;
    WEIR_TRY_STATUS(bind(spec, definition, meaning));
    definition.version = version_of(features::normal_form(spec) + "\n" + meaning);
    return definition;
  }

 private:
  Status bind(const Spec& spec, Definition& definition, std::string& meaning) const {
    switch (spec.function) {
      case Function::attribute:
        return bind_attribute(spec, definition);
      case Function::distinct:
        definition.selector = {Selector::Kind::touch, 0};
        meaning = touch_types();
        if (const auto kind = kind_named(spec.of)) definition.kind = *kind;
        return {};
      case Function::alive:
        meaning = touch_types();
        return {};
      case Function::last:
        if (spec.of == "type") {
          definition.type = features::ColumnType::category;
          return {};
        }
        return bind_events(spec, definition, meaning);
      case Function::stage_name:
        definition.type = features::ColumnType::category;
        [[fallthrough]];
      case Function::stage_age:
      case Function::stage_moves:
      case Function::stage_back_moves:
      case Function::stage_touches: {
        const auto& forms = workspace_.definitions->normal_forms;
        const auto form = forms.find("funnel/" + funnel_.definition->name);
        if (form != forms.end()) meaning = form->second;
        return {};
      }
      default:
        return spec.of.empty() || spec.of == "ours" || spec.of == "theirs"
                   ? Status{}
                   : bind_events(spec, definition, meaning);
    }
  }

  Status bind_events(const Spec& spec, Definition& definition, std::string& meaning) const {
    if (spec.of == "any" || spec.of == "amount") return {};
    if (spec.of == "any_touch") {
      definition.selector = {Selector::Kind::touch, 0};
      meaning = touch_types();
      return {};
    }
    for (const CompiledSignal& signal : workspace_.signals) {
      if (signal.definition->name != spec.of) continue;
      definition.selector = {Selector::Kind::condition, signal.bit};
      if (signal.value >= 0) definition.value = static_cast<std::uint32_t>(signal.value);
      meaning = signal.definition->when.sql + "\n" + signal.definition->value.sql;
      return {};
    }
    const auto type = type_named(store_, spec.of);
    definition.selector = type ? Selector{Selector::Kind::type, *type} : Selector{Selector::Kind::none, 0};
    return {};
  }

  Status bind_attribute(const Spec& spec, Definition& definition) const {
    const std::size_t dot = spec.of.find('.');
    const auto kind = kind_named(spec.of.substr(0, dot));
    if (!kind)
      return fail(Errc::configuration,
                  "'" + spec.of + "' names no kind of entity; an attribute is written like account.sector");
    definition.kind = *kind;
    definition.type = features::ColumnType::category;
    if (dot == std::string::npos) return {};
    definition.attribute = features::kUnknownAttribute;
    for (std::uint32_t name = 0; name < store_.attribute_name_count(); ++name) {
      if (store_.attribute_name(name) == spec.of.substr(dot + 1)) definition.attribute = name;
    }
    for (const auto& column : workspace_.entity_schema) {
      const bool is_number =
          column.type == store::ValueType::integer || column.type == store::ValueType::number;
      if (column.name == spec.of && is_number) definition.type = features::ColumnType::number;
    }
    return {};
  }

  [[nodiscard]] std::string touch_types() const {
    std::string all;
    for (const std::string& type : workspace_.touch_types) all += type + "\n";
    return all;
  }

  const CompiledWorkspace& workspace_;
  const timeline::TimelineStore& store_;
  const CompiledFunnel& funnel_;
};

// ---- What `auto` finds.

class AutoFeatures {
 public:
  AutoFeatures(const CompiledWorkspace& workspace, const timeline::TimelineStore& store,
               const CompiledFunnel& funnel)
      : workspace_(workspace), store_(store), funnel_(funnel) {
    survey();
  }

  std::vector<Spec> specs() {
    stage_features();
    events_features("any_touch");
    for (const Micros window : {14 * kDay, 30 * kDay}) add(Function::velocity, "any_touch", window);
    for (const Function function : {Function::gap_mean, Function::gap_median, Function::gap_max,
                                    Function::gap_ratio, Function::gap_break, Function::own_rate}) {
      add(function, "any_touch");
    }
    for (const char* what : {"contact", "day", "type"}) add(Function::distinct, what, 30 * kDay);
    for (const CompiledSignal& signal : workspace_.signals) {
      if (!bits_.contains(signal.bit)) continue;
      events_features(signal.definition->name);
      if (signal.value < 0) continue;
      add(Function::sum, signal.definition->name, 30 * kDay);
      add(Function::sum, signal.definition->name);
      add(Function::last, signal.definition->name);
    }
    for (const std::uint16_t type : types_) events_features(std::string(store_.type(type)));
    add(Function::last, "type");
    if (has_amounts_) add(Function::last, "amount", Micros{0}, Scope::own);
    conversation_features();
    attribute_features();
    context_features();
    return std::move(specs_);
  }

 private:
  // What the funnel's subjects have in their timelines before they are won or lost: nothing else can tell who
  // will be.
  void survey() {
    const auto& c = store_.columns();
    const auto links = funnel::entity_links(store_, funnel::AsOf{});
    const auto holds = [&](std::uint32_t bit, timeline::Row row) {
      return bit != funnel::kNoCondition && store_.condition(row, bit);
    };
    std::vector<bool> seen(store_.row_count(), false);
    funnel::SubjectHistory history;
    for (const auto& subject :
         funnel::gather_subjects(store_, links, funnel_.shape.subject, funnel::AsOf{})) {
      funnel::gather_history(store_, subject, history);
      for (const auto& event : history.events) {
        if (!event.via &&
            (holds(funnel_.shape.won.bit, event.row) || holds(funnel_.shape.lost.bit, event.row)))
          break;
        seen[event.row] = true;
      }
    }
    std::set<std::uint16_t> types;
    for (timeline::Row row = 0; row < store_.row_count(); ++row) {
      if (!seen[row]) continue;
      types.insert(c.type[row]);
      for (const CompiledSignal& signal : workspace_.signals) {
        if (holds(signal.bit, row)) bits_.insert(signal.bit);
      }
      for (const std::uint32_t bit : {workspace_.inbound, workspace_.outbound}) {
        if (holds(bit, row)) bits_.insert(bit);
      }
      has_amounts_ = has_amounts_ || c.amount_minor[row] != timeline::kNoAmount;
      for (std::size_t kind = 0; kind < timeline::kKinds; ++kind) {
        if (c.keys[kind][row] != timeline::kNoHandle) kinds_.insert(static_cast<timeline::Kind>(kind));
      }
    }
    // A signal that is just a type stands for it.
    std::set<std::string> covered;
    for (const CompiledSignal& signal : workspace_.signals) covered.insert(signal.definition->when.sql);
    for (const std::uint16_t type : types) {
      if (!covered.contains("type = '" + std::string(store_.type(type)) + "'")) types_.push_back(type);
    }
    for (const auto& relation : store_.relations()) kinds_.insert(store_.handle_kind(relation.to));
  }

  void add(Function function, std::string of = {}, Micros window = Micros{0}, Scope scope = Scope::contact) {
    Spec spec{function, std::move(of), window, scope};
    if (names_.insert(features::name_of(spec)).second) specs_.push_back(std::move(spec));
  }

  void events_features(const std::string& of) {
    for (const Micros window : {7 * kDay, 30 * kDay, 90 * kDay, Micros{0}}) add(Function::count, of, window);
    add(Function::since, of);
  }

  void stage_features() {
    if (funnel_.shape.stages.size() > 1) add(Function::stage_name);
    add(Function::stage_age);
    add(Function::stage_touches);
    if (funnel_.shape.stages.size() > 1) {
      add(Function::stage_moves);
      add(Function::stage_back_moves);
    }
    if (kinds_.contains(timeline::kOwner)) add(Function::owner_changes);
  }

  void conversation_features() {
    if (bits_.contains(workspace_.inbound) && bits_.contains(workspace_.outbound)) {
      for (const char* side : {"ours", "theirs"}) {
        add(Function::reply_time, side, 90 * kDay);
        add(Function::waiting, side);
      }
    }
    const features::Meanings meanings = meanings_of(workspace_, store_);
    if (!meanings.objections.empty()) add(Function::objections_open);
    if (meanings.step_due) {
      for (const Function function :
           {Function::next_step_missing, Function::next_step_due, Function::next_step_overdue})
        add(function);
    }
  }

  void attribute_features() {
    std::map<std::pair<timeline::Kind, std::uint32_t>, std::pair<std::set<std::uint32_t>, std::size_t>> seen;
    for (const timeline::Attribute& attribute : store_.attributes()) {
      auto& [values, count] = seen[{store_.handle_kind(attribute.handle), attribute.name}];
      values.insert(attribute.value);
      ++count;
    }
    for (const auto& [what, found] : seen) {
      const auto& [kind, name] = what;
      if (kind != funnel_.shape.subject && !kinds_.contains(kind)) continue;
      const std::string of = kind_name(kind) + "." + std::string(store_.attribute_name(name));
      const bool is_number = std::any_of(
          workspace_.entity_schema.begin(), workspace_.entity_schema.end(), [&](const auto& column) {
            return column.name == of &&
                   (column.type == store::ValueType::integer || column.type == store::ValueType::number);
          });
      const std::size_t levels = found.first.size();
      const bool is_group = levels <= kFewLevels || (levels <= kMostLevels && levels * 2 <= found.second);
      if (is_number || is_group) add(Function::attribute, of);
    }
    for (const timeline::Kind kind : {timeline::kProduct, timeline::kCampaign, timeline::kOwner}) {
      if (kinds_.contains(kind) && store_.handles_of(kind).size() <= kMostLevels)
        add(Function::attribute, kind_name(kind));
    }
  }

  void context_features() {
    if (kinds_.contains(timeline::kAccount) && funnel_.shape.subject != timeline::kAccount) {
      add(Function::account_open);
      add(Function::account_touches);
    }
    if (kinds_.contains(timeline::kOwner)) add(Function::owner_open);
    add(Function::alive);
    // Not the calendar factor: it is the same for everybody, and landmarks of one weekday teach it for that
    // weekday only.
  }

  const CompiledWorkspace& workspace_;
  const timeline::TimelineStore& store_;
  const CompiledFunnel& funnel_;
  std::vector<std::uint16_t> types_;  // in the subjects' open timelines
  std::set<std::uint32_t> bits_;      // conditions that hold for some event of them
  std::set<timeline::Kind> kinds_;    // entities that they name
  bool has_amounts_{false};
  std::set<std::string> names_;
  std::vector<Spec> specs_;
};

Result<FeaturePlan> plan_of(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                            const CompiledFunnel& funnel, const std::vector<Spec>& specs) {
  FeaturePlan plan;
  plan.funnel = &funnel;
  const Compiler compiler(workspace, *timelines.store, funnel);
  std::set<std::string> names;
  std::string versions;
  for (const Spec& spec : specs) {
    if (!names.insert(features::name_of(spec)).second) continue;  // `auto` beside a declaration
    WEIR_TRY(Definition definition, compiler.compile(spec));
    versions += definition.version + "\n";
    plan.definitions.push_back(std::move(definition));
  }
  plan.version = version_of(versions);
  return plan;
}

}  // namespace

namespace {

// The attribute of one of these names that is declared for the first of these kinds of entities.
std::optional<features::CalendarAttribute> calendar_attribute(const CompiledWorkspace& workspace,
                                                              const timeline::TimelineStore& store,
                                                              std::initializer_list<std::string_view> names) {
  for (const timeline::Kind kind :
       {timeline::kAccount, timeline::kLead, timeline::kOpportunity, timeline::kContact}) {
    for (const std::string_view name : names) {
      const std::string declared = kind_name(kind) + "." + std::string(name);
      const auto is_it = [&](const auto& column) { return column.name == declared; };
      if (std::none_of(workspace.entity_schema.begin(), workspace.entity_schema.end(), is_it)) continue;
      for (std::uint32_t attribute = 0; attribute < store.attribute_name_count(); ++attribute) {
        if (store.attribute_name(attribute) == name) return features::CalendarAttribute{kind, attribute};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

features::Meanings meanings_of(const CompiledWorkspace& workspace, const timeline::TimelineStore& store) {
  features::Meanings meanings;
  const auto bit = [](std::uint32_t number) {
    return number == funnel::kNoCondition ? Selector{Selector::Kind::none, 0}
                                          : Selector{Selector::Kind::condition, number};
  };
  meanings.inbound = bit(workspace.inbound);
  meanings.outbound = bit(workspace.outbound);
  for (std::size_t id = 0; id < store.type_count(); ++id) {
    const std::string_view type = store.type(static_cast<std::uint16_t>(id));
    const Selector selector{Selector::Kind::type, static_cast<std::uint32_t>(id)};
    if (type == "objection.raised") meanings.objections.push_back(selector);
    if (type == "objection.answered" || type == "objection.resolved") meanings.answers.push_back(selector);
    if (type == "meeting.booked" || type == "meeting.moved" || type.starts_with("task."))
      meanings.steps.push_back(selector);
  }
  meanings.calendar_region = calendar_attribute(workspace, store, {"region", "country"});
  meanings.calendar_industry = calendar_attribute(workspace, store, {"industry", "sector"});
  for (const CompiledSignal& signal : workspace.signals) {
    if (signal.bit == funnel::kNoCondition) continue;
    if (signal.definition->name.ends_with("objection")) meanings.objections.push_back(bit(signal.bit));
    if (signal.definition->name != "next_step") continue;
    meanings.steps = {bit(signal.bit)};
    if (signal.value >= 0) meanings.step_due = static_cast<std::uint32_t>(signal.value);
  }
  return meanings;
}

Result<FeaturePlan> plan_features(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                                  const CompiledFunnel& funnel) {
  std::vector<Spec> specs;
  const auto add_auto = [&] {
    for (Spec& spec : AutoFeatures(workspace, *timelines.store, funnel).specs())
      specs.push_back(std::move(spec));
  };
  if (workspace.definitions->features.empty()) add_auto();
  for (const auto& declared : workspace.definitions->features) {
    if (declared.function == "auto") {
      add_auto();
      continue;
    }
    const std::vector<Micros> ever{Micros{0}};
    for (const auto& [of, place] : declared.of) {
      for (const Micros window : declared.windows.empty() ? ever : declared.windows)
        expand(declared, of, window, specs);
    }
  }
  return plan_of(workspace, timelines, funnel, specs);
}

Result<FeaturePlan> plan_features_of(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                                     const CompiledFunnel& funnel,
                                     std::span<const std::string> normal_forms) {
  std::vector<Spec> specs;
  for (const std::string& form : normal_forms) {
    WEIR_TRY(Spec spec, read_spec(form));
    specs.push_back(std::move(spec));
  }
  return plan_of(workspace, timelines, funnel, specs);
}

Result<Spec> read_spec(std::string_view normal_form) {
  const auto failed = [&] {
    return fail(Errc::invalid_data,
                "'" + std::string(normal_form.substr(0, 100)) + "' is no feature's normal form");
  };
  const auto json = nlohmann::json::parse(normal_form, nullptr, false);
  if (!json.is_object() || !json.contains("function")) return failed();
  const auto text = [&](const char* key) {
    const auto at = json.find(key);
    return at == json.end() || !at->is_string() ? std::string() : at->get<std::string>();
  };
  Spec spec;
  const auto function = features::function_named(text("function"));
  if (!function) return failed();
  spec.function = *function;
  spec.of = text("of");
  if (json.contains("scope")) {
    const auto scope = features::scope_named(text("scope"));
    if (!scope) return failed();
    spec.scope = *scope;
  }
  if (json.contains("window")) {
    const auto window = parse_duration(text("window"));
    if (!window.has_value()) return failed();
    spec.window = *window;
  }
  return spec;
}

}  // namespace weir::engine
