#include "engine/compiled_workspace.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "engine/compile_sources.h"
#include "engine/text_functions.h"
#include "timeline/build.h"
#include "workspace/parse.h"
#include "workspace/touch.h"

namespace weir::engine {

using store::ValueType;
using workspace::Condition;
using workspace::Expression;

namespace {

// Where a source says no direction, the type tells who acted.
constexpr const char* kInbound =
    "coalesce(direction = 'in', type IN ('email.replied', 'form.submitted', 'objection.raised', "
    "'ticket.opened'), false)";
constexpr const char* kOutbound =
    "coalesce(direction = 'out', type IN ('email.sent', 'objection.answered', 'ticket.answered'), false)";

using timeline::kind_of;

// Binds conditions and values of events once each and numbers them.
class EventBits {
 public:
  EventBits(CompiledWorkspace& workspace, store::ExpressionBinder& binder)
      : workspace_(workspace), binder_(binder) {}

  std::uint32_t condition(const Expression& expression) {
    const auto bound =
        binder_.bind(expression.sql, expression.place, timeline::event_schema(), store::BindRules{true});
    if (!bound.has_value()) return refuse(bound.error());
    if (bound->type != ValueType::boolean) {
      return refuse(Error{
          Errc::configuration,
          std::string("expected a condition that is true or false, but this gives ") + to_text(bound->type),
          expression.place});
    }
    if (std::find(bound->columns.begin(), bound->columns.end(), "text") != bound->columns.end())
      workspace_.conditions_read_text = true;
    const auto [at, is_new] =
        bits_.emplace(bound->sql, static_cast<std::uint32_t>(workspace_.condition_sql.size()));
    if (is_new) workspace_.condition_sql.push_back(bound->sql);
    return at->second;
  }

  funnel::ConditionBit condition(const Condition& condition_of) {
    funnel::ConditionBit bit;
    bit.contact_scope = condition_of.contact_scope;
    if (condition_of.empty()) return bit;
    if (condition_of.signal.empty()) {
      bit.bit = condition(condition_of.expression);
    } else {
      for (const auto& signal : workspace_.definitions->signals) {
        if (signal.name == condition_of.signal) bit.bit = condition(signal.when);
      }
    }
    return bit;
  }

  // -1: the event's own amount.
  int value(const Expression& expression) {
    if (expression.empty() || expression.sql == "amount") return -1;
    const auto bound =
        binder_.bind(expression.sql, expression.place, timeline::event_schema(), store::BindRules{true});
    if (!bound.has_value()) {
      refuse(bound.error());
      return -1;
    }
    if (bound->sql == "amount") return -1;
    workspace_.value_sql.push_back(bound->sql);
    return static_cast<int>(workspace_.value_sql.size()) - 1;
  }

 private:
  std::uint32_t refuse(const Error& error) {
    report(workspace_, error);
    return funnel::kNoCondition;
  }
  CompiledWorkspace& workspace_;
  store::ExpressionBinder& binder_;
  std::map<std::string, std::uint32_t> bits_;
};

CompiledSegment compile_segment(CompiledWorkspace& workspace, store::ExpressionBinder& binder,
                                const workspace::Segment& segment) {
  CompiledSegment compiled;
  compiled.name = segment.name;
  const auto bound = binder.bind(segment.value.sql, segment.value.place, workspace.entity_schema);
  if (!bound.has_value()) {
    report(workspace, bound.error());
    return compiled;
  }
  compiled.sql = bound->sql;
  compiled.columns = bound->columns;
  for (const std::string& column : bound->columns) {
    const std::size_t dot = column.find('.');
    Reference reference;
    reference.kind = kind_of(*workspace::entity_kind(column.substr(0, dot)));
    if (dot != std::string::npos) reference.attribute = column.substr(dot + 1);
    for (const auto& known : workspace.entity_schema) {
      if (known.name == column) reference.type = known.type;
    }
    compiled.references.push_back(std::move(reference));
  }
  compiled.plain = compiled.columns.size() == 1 && (compiled.sql == compiled.columns[0] ||
                                                    compiled.sql == store::sql_name(compiled.columns[0]));
  return compiled;
}

CompiledFunnel compile_funnel(CompiledWorkspace& workspace, store::ExpressionBinder& binder, EventBits& bits,
                              const workspace::Funnel& funnel) {
  CompiledFunnel compiled;
  compiled.definition = &funnel;
  compiled.shape.subject = kind_of(funnel.subject);
  compiled.shape.silent_for = funnel.silent_for;
  for (const workspace::Stage* stage : ordered_stages(funnel)) {
    funnel::StageShape shape;
    shape.enter = bits.condition(stage->enter);
    shape.exit = bits.condition(stage->exit);
    if (stage->valid_from) shape.valid_from = event_time(workspace.zone.start_of_day(*stage->valid_from));
    compiled.shape.stages.push_back(shape);
  }
  compiled.shape.won = bits.condition(funnel.won);
  compiled.shape.lost = bits.condition(funnel.lost);
  compiled.money_value = bits.value(funnel.money);
  for (const auto& segment : funnel.segments)
    compiled.segments.push_back(compile_segment(workspace, binder, segment));
  return compiled;
}

void settle_diagnostics(CompiledWorkspace& workspace) {
  auto& all = workspace.diagnostics;
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.place.file, a.place.line, a.place.column, a.message) <
           std::tie(b.place.file, b.place.line, b.place.column, b.message);
  });
  all.erase(std::unique(all.begin(), all.end()), all.end());
}

// Everything that the timeline store is made from, besides the parts.
std::string version_of_timelines(const CompiledWorkspace& workspace) {
  std::string all = "1\n" + workspace.zone.name() + "\n";
  for (const auto& sql : workspace.condition_sql) all += sql + "\n";
  for (const auto& sql : workspace.value_sql) all += sql + "\n";
  for (const auto& function : text_functions()) {
    const auto calls = [&](const std::string& sql) {
      return sql.find(function.name + "(") != std::string::npos;
    };
    const bool called = std::any_of(workspace.condition_sql.begin(), workspace.condition_sql.end(), calls) ||
                        std::any_of(workspace.value_sql.begin(), workspace.value_sql.end(), calls);
    if (called) all += function.name + " " + function.version + "\n";
  }
  for (const auto& type : workspace.touch_types) all += type + "\n";
  for (const auto& plan : workspace.sources) {
    all += plan.source->name + plan.contract_version + plan.mapping_version +
           (plan.source->changed_at.empty() ? "" : "exact") + (plan.source->complete ? "complete" : "") +
           "\n";
  }
  return version_of(all);
}

}  // namespace

std::vector<const workspace::Stage*> ordered_stages(const workspace::Funnel& funnel) {
  std::vector<const workspace::Stage*> stages;
  stages.reserve(funnel.stages.size());
  for (const auto& stage : funnel.stages) stages.push_back(&stage);
  std::stable_sort(stages.begin(), stages.end(),
                   [](const auto* a, const auto* b) { return a->rank.value_or(0) < b->rank.value_or(0); });
  return stages;
}

std::string kept_contract_path(const Environment& environment, const std::string& source) {
  return join_path(environment.state_dir(), "contracts/" + source + ".yaml");
}

ingest::MappingContext mapping_context(const CompiledWorkspace& workspace, const HashKey& identity_key,
                                       const HashKey& personal_key) {
  ingest::MappingContext context;
  context.zone = workspace.zone;
  context.currency = workspace.definitions->currency;
  context.identity_key = identity_key;
  context.personal_key = personal_key;
  context.free_mail = workspace.definitions->free_mail;
  const char* expressions =
      std::getenv("WEIR_EXPRESSIONS");  // NOLINT(concurrency-mt-unsafe): nothing sets it here
  context.engine_alone = expressions != nullptr && std::string_view(expressions) == "engine";
  const char* const threads =
      std::getenv("WEIR_THREADS");  // NOLINT(concurrency-mt-unsafe): nothing sets it here
  context.one_thread = threads != nullptr && std::string_view(threads) == "1";
  return context;
}

Result<CompiledWorkspace> compile_workspace(const Environment& environment, const ContractUse& use) {
  WEIR_TRY(auto parsed, workspace::parse_workspace(*environment.files, environment.directory));
  CompiledWorkspace compiled;
  compiled.definitions = std::make_unique<workspace::Definitions>(std::move(parsed.definitions));
  compiled.diagnostics = std::move(parsed.diagnostics);
  if (const auto zone = Zone::find(compiled.definitions->time_zone))
    compiled.zone = *zone;  // a wrong one is reported already
  compiled.touch_types = workspace::touch_types(compiled.definitions->touch);
  for (int kind = 0; kind < workspace::kEntityKinds; ++kind) {
    compiled.entity_schema.push_back({to_text(static_cast<workspace::EntityKind>(kind)), ValueType::text});
  }
  store::BindingCache bindings(*environment.files, join_path(environment.state_dir(), "bindings"));
  WEIR_TRY(auto binder, store::ExpressionBinder::create(text_functions(), &bindings));
  WEIR_TRY(const auto engine, store::QueryEngine::open({}));
  WEIR_TRY_STATUS(compile_sources(environment, use, *engine, binder, compiled));

  EventBits bits(compiled, binder);
  for (const auto& signal : compiled.definitions->signals) {
    const std::uint32_t bit = bits.condition(signal.when);
    compiled.signals.push_back({&signal, bit, bits.value(signal.value)});
  }
  compiled.inbound = bits.condition(workspace::Expression{kInbound, {}});
  compiled.outbound = bits.condition(workspace::Expression{kOutbound, {}});
  for (const auto& funnel : compiled.definitions->funnels)
    compiled.funnels.push_back(compile_funnel(compiled, binder, bits, funnel));
  if (environment.files->is_directory(environment.state_dir())) bindings.save();
  settle_diagnostics(compiled);
  compiled.version = version_of_timelines(compiled);
  return compiled;
}

Result<CompiledWorkspace> load_workspace(const Environment& environment, const ContractUse& use) {
  WEIR_TRY(auto compiled, compile_workspace(environment, use));
  if (!workspace::has_errors(compiled.diagnostics)) return compiled;
  std::string all;
  for (const auto& diagnostic : compiled.diagnostics) {
    if (diagnostic.severity == workspace::Severity::error)
      all += (all.empty() ? "" : "\n") + to_text(diagnostic);
  }
  return fail(Errc::configuration, all);
}

}  // namespace weir::engine
