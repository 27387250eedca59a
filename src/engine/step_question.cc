#include "engine/step_question.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/nearest_name.h"
#include "timeline/build.h"

namespace weir::engine {

using funnel::Entry;
using funnel::StepOrder;
using funnel::StepProperty;
using funnel::StepSelector;

namespace {

std::string join(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list.empty() ? "none" : list;
}

bool is_quoted(const std::string& name) {
  return name.size() > 1 && name.front() == '"' && name.back() == '"';
}

// A choice of few words. `what`: "--order".
template <typename T, std::size_t N>
Result<T> choose(const std::string& what, const std::string& written, const std::array<T, N>& choices) {
  std::vector<std::string> names;
  for (const T choice : choices) {
    if (written == to_text(choice)) return choice;
    names.emplace_back(to_text(choice));
  }
  return fail(Errc::usage, what + " takes " + join(names) + "; '" + written + "' is none of these" +
                               did_you_mean(written, names));
}

Result<std::int64_t> window_of(const std::string& what, const std::string& text) {
  const auto window = parse_duration(text);
  if (!window.has_value()) return fail(Errc::usage, what + ": " + window.error().message);
  return window->count();
}

// What a name may stand for: what a workspace declares, or the columns of a file.
struct Vocabulary {
  const CompiledWorkspace* workspace{nullptr};
  std::span<const std::pair<std::string, timeline::Kind>> columns;  // without a workspace
};

class Binding {
 public:
  Binding(const Vocabulary& words, const timeline::TimelineStore& store, const StepFunnelQuestion& question)
      : workspace_(words.workspace), columns_(words.columns), store_(store), question_(question) {}

  Result<BoundSteps> bind() {
    WEIR_TRY_STATUS(bind_choices());
    WEIR_TRY_STATUS(bind_steps());
    WEIR_TRY_STATUS(bind_windows());
    WEIR_TRY_STATUS(bind_exclusions());
    WEIR_TRY_STATUS(bind_properties());
    WEIR_TRY_STATUS(bind_quantiles());
    if (bound_.query.order == StepOrder::any) {  // a row is the k-th step done, whichever it is
      for (std::size_t i = 0; i < bound_.steps.size(); ++i)
        bound_.steps[i].name = std::to_string(i + 1) + " of " + std::to_string(bound_.steps.size());
    }
    return std::move(bound_);
  }

 private:
  Status bind_choices() {
    WEIR_TRY(bound_.query.order, choose("--order", question_.order,
                                        std::array{StepOrder::ordered, StepOrder::strict, StepOrder::any}));
    WEIR_TRY(bound_.count, choose("--count", question_.count.empty() ? "subject" : question_.count,
                                  std::array{StepCount::subject, StepCount::account, StepCount::attempts}));
    const std::string usual = bound_.count == StepCount::attempts ? "every" : "best";
    WEIR_TRY(bound_.query.entry, choose("--entry", question_.entry.empty() ? usual : question_.entry,
                                        std::array{Entry::best, Entry::first, Entry::every}));
    WEIR_TRY(bound_.subject, subject_kind());
    bound_.query.from = question_.from.value_or(INT64_MIN);
    bound_.query.to = question_.to.value_or(INT64_MAX);
    return {};
  }

  Result<timeline::Kind> subject_kind() const {
    if (workspace_ == nullptr) return timeline::kLead;
    static const std::vector<std::string> kinds{"lead", "opportunity", "contact", "account"};
    if (!question_.subject.empty()) {
      const auto at = std::find(kinds.begin(), kinds.end(), question_.subject);
      if (at == kinds.end())
        return fail(Errc::usage, "--subject takes " + join(kinds) + "; '" + question_.subject +
                                     "' is none of these" + did_you_mean(question_.subject, kinds));
      return static_cast<timeline::Kind>(at - kinds.begin());
    }
    if (!question_.funnel.empty()) {
      WEIR_TRY(const CompiledFunnel* funnel, find_funnel(*workspace_, question_.funnel));
      return funnel->shape.subject;
    }
    std::optional<timeline::Kind> only;
    for (const auto& funnel : workspace_->funnels) {
      if (only && *only != funnel.shape.subject) only = timeline::kOwner;
      only = only.value_or(funnel.shape.subject);
    }
    if (!only || *only == timeline::kOwner)
      return fail(Errc::usage, "say whose steps they are: --subject with one of " + join(kinds));
    return *only;
  }

  // A signal or an event type as bit `bit` of the masks.
  Result<StepSelector> find_event(const std::string& written, std::uint32_t bit) const {
    const std::string name = type_or_signal(written);
    std::vector<std::string> known;
    if (workspace_ != nullptr && !is_quoted(written)) {
      for (const auto& signal : workspace_->signals) {
        if (signal.definition->name == name) return StepSelector{bit, std::nullopt, signal.bit};
        known.push_back(signal.definition->name);
      }
    }
    for (std::size_t type = 0; type < store_.type_count(); ++type) {
      if (store_.type(static_cast<std::uint16_t>(type)) == name)
        return StepSelector{bit, static_cast<std::uint16_t>(type), funnel::kNoCondition};
      known.emplace_back(store_.type(static_cast<std::uint16_t>(type)));
    }
    if (is_declared(name)) return StepSelector{bit, std::nullopt, funnel::kNoCondition};
    std::sort(known.begin(), known.end());
    const bool is_type = workspace_ == nullptr || is_quoted(written);
    return fail(Errc::usage, "'" + name + "' is " +
                                 (is_type ? "no event type" : "neither a signal nor an event type") +
                                 "; there are: " + join(known) + did_you_mean(name, known));
  }
  // A type of which there may be no event yet.
  [[nodiscard]] bool is_declared(const std::string& type) const {
    if (workspace_ == nullptr) return false;
    const auto& sources = workspace_->definitions->sources;
    return std::any_of(sources.begin(), sources.end(), [&](const auto& source) {
      return std::any_of(source.events.begin(), source.events.end(),
                         [&](const auto& rule) { return rule.type_is_literal && rule.type == type; });
    });
  }

  Status bind_steps() {
    std::vector<std::string> names;
    for (const auto& written : question_.steps) {
      const std::string name = type_or_signal(written);
      if (bound_.query.order == StepOrder::any &&
          std::find(names.begin(), names.end(), name) != names.end()) {
        return fail(Errc::usage, "in any order a step can be asked once; '" + name + "' is there twice");
      }
      names.push_back(name);
      bound_.steps.push_back({name, false});
    }
    if (names.size() > funnel::kMaxSteps)
      return fail(Errc::usage, "--steps takes at most 16 steps; there are " + std::to_string(names.size()));
    for (const auto& written : question_.optional) {
      if (bound_.query.order != StepOrder::ordered)
        return fail(Errc::usage, "only steps of --order ordered can be optional");
      WEIR_TRY(const std::size_t step, bound_.find_step(type_or_signal(written)));
      if (step == 0 || step + 1 == names.size())
        return fail(Errc::usage,
                    "the first and the last step cannot be optional; '" + names[step] + "' is one of them");
      bound_.steps[step].optional = true;
    }
    std::size_t& required = bound_.query.required;
    required = static_cast<std::size_t>(std::count_if(bound_.steps.begin(), bound_.steps.end(),
                                                      [](const AskedStep& step) { return !step.optional; }));
    bound_.layout.required = required;
    std::uint32_t next_required = 0;
    for (std::size_t step = 0; step < names.size(); ++step) {
      std::uint32_t bit = next_required;
      if (bound_.steps[step].optional) {
        bit = static_cast<std::uint32_t>(required + bound_.query.optional.size());
        bound_.query.optional.push_back({next_required - 1});
      } else {
        ++next_required;
      }
      bound_.layout.bits.push_back(bit);
      WEIR_TRY(const StepSelector selector, find_event(question_.steps[step], bit));
      bound_.selectors.push_back(selector);
    }
    return {};
  }

  Status bind_windows() {
    if (!question_.window.empty()) {
      WEIR_TRY(bound_.query.window, window_of("--window", question_.window));
    }
    if (question_.step_windows.empty()) return {};
    if (bound_.query.order == StepOrder::any)
      return fail(Errc::usage,
                  "in any order there is no step before another one, so --window-per-step means nothing");
    bound_.query.step_windows.assign(bound_.query.required, funnel::kNoWindow);
    for (const auto& written : question_.step_windows) {
      const std::size_t colon = written.rfind(':');
      WEIR_TRY(
          const std::int64_t window,
          window_of("--window-per-step", colon == std::string::npos ? written : written.substr(colon + 1)));
      std::size_t begin = 0;
      std::size_t end = bound_.steps.size();
      if (colon != std::string::npos) {
        WEIR_TRY(begin, bound_.find_step(type_or_signal(written.substr(0, colon))));
        end = begin + 1;
      }
      for (std::size_t step = begin; step < end; ++step) {
        const std::uint32_t bit = bound_.layout.bits[step];
        (bit < bound_.query.required ? bound_.query.step_windows[bit]
                                     : bound_.query.optional[bit - bound_.query.required].window) = window;
      }
    }
    return {};
  }

  Status bind_exclusions() {
    if (question_.exclude.size() > funnel::kMaxExclusions)
      return fail(Errc::usage, "--exclude takes at most 16 events");
    for (const auto& written : question_.exclude) {
      const std::size_t colon = written.rfind(':');
      funnel::Exclusion exclusion;
      if (colon != std::string::npos) {
        WEIR_TRY(exclusion.gaps, gaps_of(written.substr(colon + 1)));
      }
      const auto bit = static_cast<std::uint32_t>(funnel::kExclusionBit + bound_.query.exclusions.size());
      bound_.query.exclusions.push_back(exclusion);
      WEIR_TRY(const StepSelector selector, find_event(written.substr(0, colon), bit));
      bound_.selectors.push_back(selector);
    }
    return {};
  }

  // "FROM-TO", steps by name or number: the gaps before required steps that lie between the two.
  Result<std::uint32_t> gaps_of(const std::string& range) const {
    if (bound_.query.order == StepOrder::any)
      return fail(Errc::usage, "in any order an exclusion holds everywhere; '" + range + "' means nothing");
    for (std::size_t dash = range.find('-'); dash != std::string::npos; dash = range.find('-', dash + 1)) {
      const auto from = bound_.find_step(type_or_signal(range.substr(0, dash)));
      const auto to = bound_.find_step(type_or_signal(range.substr(dash + 1)));
      if (!from.has_value() || !to.has_value()) continue;
      if (*from >= *to)
        return fail(Errc::usage, "--exclude takes NAME:FROM-TO with FROM before TO; '" + range + "' is not");
      std::uint32_t gaps = 0;
      std::size_t before = 0;  // the required step before
      for (std::size_t step = 1; step < bound_.steps.size(); ++step) {
        if (bound_.steps[step].optional) continue;
        if (*from<step&& * to> before) gaps |= 1U << bound_.layout.bits[step];
        before = step;
      }
      return gaps;
    }
    std::vector<std::string> names;
    for (const auto& step : bound_.steps) names.push_back(step.name);
    return fail(Errc::usage, "--exclude takes NAME:FROM-TO with two of the steps " + join(names) + "; '" +
                                 range + "' is not");
  }

  // "campaign", "account.sector", "source", or a declared segment that is one of these.
  Result<StepProperty> find_property(const std::string& what, const std::string& name) const {
    if (workspace_ == nullptr) return column_property(name);
    StepProperty property;
    property.is_source = name == "source";
    if (property.is_source) return property;
    std::vector<std::string> known{"source"};
    for (const auto& funnel : workspace_->funnels) {
      for (const auto& segment : funnel.segments) {
        if (!segment.plain) continue;
        if (segment.name == name) return of_reference(segment.references.front());
        known.push_back(segment.name);
      }
    }
    const std::size_t dot = name.find('.');
    if (const auto kind = timeline::kind_named(name.substr(0, dot))) {
      const std::string attribute = dot == std::string::npos ? "" : name.substr(dot + 1);
      property = of_reference({*kind, attribute});
      if (attribute.empty() || property.attribute) return property;
    }
    for (const char* kind :
         {"account", "campaign", "contact", "content", "lead", "opportunity", "owner", "product"})
      known.emplace_back(kind);
    for (const auto& column : workspace_->entity_schema) known.push_back(column.name);
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
    return fail(Errc::usage, what + " takes a key, the source, or an attribute of an entity; '" + name +
                                 "' is none; there are: " + join(known) + did_you_mean(name, known));
  }
  // Whether there is such a column was seen when the file was opened.
  [[nodiscard]] StepProperty column_property(const std::string& name) const {
    const auto at =
        std::find_if(columns_.begin(), columns_.end(), [&](const auto& each) { return each.first == name; });
    WEIR_CHECK(at != columns_.end(), "a property that was not read");
    StepProperty property;
    property.entity = at->second;
    return property;
  }
  [[nodiscard]] StepProperty of_reference(const Reference& reference) const {
    StepProperty property;
    property.entity = reference.kind;
    for (std::uint32_t i = 0; i < store_.attribute_name_count() && !reference.attribute.empty(); ++i) {
      if (store_.attribute_name(i) == reference.attribute) property.attribute = i;
    }
    return property;
  }

  Status bind_properties() {
    if (!question_.by.empty()) {
      WEIR_TRY(bound_.by, find_property("--by", question_.by));
    }
    if (!question_.hold.empty()) {
      WEIR_TRY(bound_.hold, find_property("--hold", question_.hold));
    }
    const std::string& attribution = question_.attribution;
    if (attribution == "first") return {};
    if (bound_.by == std::nullopt)
      return fail(Errc::usage, "--attribution says at which step the value of --by counts; there is no --by");
    if (attribution == "last") {
      bound_.attribution = Attribution::last;
      return {};
    }
    if (!attribution.starts_with("step:"))
      return fail(Errc::usage,
                  "--attribution takes first, last or step:N; '" + attribution + "' is none of these");
    bound_.attribution = Attribution::step;
    WEIR_TRY(bound_.attribution_step, bound_.find_step(type_or_signal(attribution.substr(5))));
    return {};
  }

  // Per cent, with at most four decimals.
  Status bind_quantiles() {
    for (const auto& text : question_.quantiles) {
      double percent = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
      const auto millionths = static_cast<std::int64_t>(percent * 10'000 + 0.5);
      if (error != std::errc{} || end != text.data() + text.size() || percent > 100 || millionths < 1) {
        return fail(Errc::usage,
                    "--quantiles takes numbers above 0, up to 100, like 50,90; '" + text + "' is none");
      }
      bound_.quantiles.push_back({"p" + text, millionths});
    }
    return {};
  }

  const CompiledWorkspace* workspace_;
  std::span<const std::pair<std::string, timeline::Kind>> columns_;
  const timeline::TimelineStore& store_;
  const StepFunnelQuestion& question_;
  BoundSteps bound_;
};

}  // namespace

const char* to_text(StepOrder order) noexcept {
  return order == StepOrder::ordered ? "ordered" : order == StepOrder::strict ? "strict" : "any";
}

const char* to_text(Entry entry) noexcept {
  return entry == Entry::best ? "best" : entry == Entry::first ? "first" : "every";
}

const char* to_text(StepCount count) noexcept {
  return count == StepCount::subject ? "subject" : count == StepCount::account ? "account" : "attempts";
}

Result<std::size_t> BoundSteps::find_step(const std::string& name) const {
  std::vector<std::string> names;
  for (std::size_t step = 0; step < steps.size(); ++step) {
    if (steps[step].name == name || std::to_string(step + 1) == name) return step;
    names.push_back(steps[step].name);
  }
  return fail(Errc::usage, "'" + name + "' is none of the steps " + join(names) + did_you_mean(name, names));
}

Result<BoundSteps> bind_steps(const CompiledWorkspace& workspace, const timeline::TimelineStore& store,
                              const StepFunnelQuestion& question) {
  return Binding({&workspace, {}}, store, question).bind();
}

Result<BoundSteps> bind_file_steps(const timeline::TimelineStore& store,
                                   std::span<const std::pair<std::string, timeline::Kind>> columns,
                                   const StepFunnelQuestion& question) {
  return Binding({nullptr, columns}, store, question).bind();
}

std::string type_or_signal(const std::string& written) {
  return is_quoted(written) ? written.substr(1, written.size() - 2) : written;
}

}  // namespace weir::engine
