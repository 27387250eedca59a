// Features: which functions of which events, over which windows. Their meaning: docs/features.md.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "workspace/names.h"
#include "workspace/normal_form.h"
#include "workspace/sections.h"

namespace weir::workspace {
namespace {

// What stands after the function's word.
enum class Subject : std::uint8_t {
  event,      // a signal, an event type, `any` or `any_touch`
  value,      // a signal with a value, or `amount`
  word,       // one of a few words
  attribute,  // account.sector
};

struct FunctionShape {
  std::string_view word;
  Subject subject{Subject::event};
  bool windows{false};  // may say `over`
  bool needs_window{false};
  bool scope{false};
  std::array<std::string_view, 8> words{};  // Subject::word; `last` takes "type" beside values
};

constexpr std::array<FunctionShape, 24> kFunctions{{
    {"count", Subject::event, true, false, true},
    {"sum", Subject::value, true, false, true},
    {"mean", Subject::value, true, false, true},
    {"min", Subject::value, true, false, true},
    {"max", Subject::value, true, false, true},
    {"last", Subject::value, true, false, true, {"type"}},
    {"distinct",
     Subject::word,
     true,
     false,
     true,
     {"contact", "account", "owner", "product", "campaign", "content", "type", "day"}},
    {"since", Subject::event, false, false, true},
    {"velocity", Subject::event, true, true, true},
    {"cadence", Subject::event, true, false, true},
    {"gap_mean", Subject::event, true, false, true},
    {"gap_median", Subject::event, true, false, true},
    {"gap_max", Subject::event, true, false, true},
    {"gap_ratio", Subject::event, true, false, true},
    {"gap_break", Subject::event, true, false, true},
    {"own_rate", Subject::event, false, false, true},
    {"reply_time", Subject::word, true, false, true, {"ours", "theirs"}},
    {"waiting", Subject::word, false, false, true, {"ours", "theirs"}},
    {"stage", Subject::word, false, false, false, {"name", "age", "moves", "back_moves", "touches"}},
    {"owner", Subject::word, false, false, false, {"changes"}},
    {"next_step", Subject::word, false, false, false, {"missing", "due", "overdue"}},
    {"objections", Subject::word, false, false, false, {"open"}},
    {"context",
     Subject::word,
     false,
     false,
     false,
     {"account_open", "account_touches", "owner_open", "calendar_factor", "alive"}},
    {"attribute", Subject::attribute, false, false, false},
}};

const FunctionShape* shape_of(std::string_view word) noexcept {
  const auto at = std::find_if(kFunctions.begin(), kFunctions.end(),
                               [&](const FunctionShape& shape) { return shape.word == word; });
  return at == kFunctions.end() ? nullptr : &*at;
}

// What declarations may refer to.
class Known {
 public:
  explicit Known(const Definitions& definitions) : signals_(definitions.signals) {
    for (const Source& source : definitions.sources) {
      for (const EventRule& rule : source.events) {
        if (rule.type_is_literal) types_.insert(rule.type);
        any_type_ = any_type_ || !rule.type_is_literal;
      }
      for (const ChangeRule& rule : source.changes) types_.insert(rule.type);
      for (const EntityRule& rule : source.entities) {
        for (const auto& [name, value] : rule.attributes) attributes_[rule.kind].insert(name);
      }
    }
  }

  void check_event(const YamlNode& node, Diagnostics& diagnostics) const {
    if (node.text == "any" || node.text == "any_touch" || types_.contains(node.text) ||
        find_signal(node.text) != nullptr)
      return;
    // Types that an expression gives are known only in the data.
    if (any_type_ && node.text.find('.') != std::string::npos && is_event_type(node.text)) return;
    std::vector<std::string> known{"any", "any_touch"};
    for (const Signal& signal : signals_) known.push_back(signal.name);
    known.insert(known.end(), types_.begin(), types_.end());
    diagnostics.error(node.place,
                      "no signal or event type is named '" + node.text + "'" + suggestion(node.text, known));
  }

  void check_value(const YamlNode& node, std::string_view function, const FunctionShape& shape,
                   Diagnostics& diagnostics) const {
    if (node.text == "amount" || (!shape.words[0].empty() && node.text == shape.words[0])) return;
    if (const Signal* signal = find_signal(node.text)) {
      if (!signal->value.empty()) return;
      diagnostics.error(node.place, "'" + std::string(function) + "' needs a number, and signal '" +
                                        node.text + "' has no value; write `" + node.text +
                                        ": { when: ..., value: ... }`");
      return;
    }
    std::vector<std::string> known{"amount"};
    for (const Signal& signal : signals_) {
      if (!signal.value.empty()) known.push_back(signal.name);
    }
    diagnostics.error(node.place,
                      "no signal with a value is named '" + node.text + "'" + suggestion(node.text, known));
  }

  void check_attribute(const YamlNode& node, Diagnostics& diagnostics) const {
    const std::size_t dot = node.text.find('.');
    const std::string kind_name = node.text.substr(0, dot);
    if (dot == std::string::npos && !entity_kind(kind_name)) {
      diagnostics.error(node.place,
                        "'" + node.text +
                            "' is no kind of entity; an attribute is written with its kind, like account." +
                            node.text);
      return;
    }
    const auto kind = read_kind(kind_name, node.place, diagnostics);
    if (!kind || dot == std::string::npos) return;
    const std::string name = node.text.substr(dot + 1);
    const auto of_kind = attributes_.find(*kind);
    if (of_kind == attributes_.end()) {
      diagnostics.error(node.place, "no source says anything about entities of kind " + kind_name +
                                        ": `entity: { " + kind_name + ": { id: ..., " + name +
                                        ": ... } }` would");
    } else if (!of_kind->second.contains(name)) {
      diagnostics.error(node.place, kind_name + " has no attribute '" + name + "'" +
                                        suggestion(name, {of_kind->second.begin(), of_kind->second.end()}));
    }
  }

 private:
  [[nodiscard]] const Signal* find_signal(std::string_view name) const {
    const auto at = std::find_if(signals_.begin(), signals_.end(),
                                 [&](const Signal& signal) { return signal.name == name; });
    return at == signals_.end() ? nullptr : &*at;
  }
  const std::vector<Signal>& signals_;
  std::set<std::string> types_;
  bool any_type_{false};
  std::map<EntityKind, std::set<std::string>> attributes_;
};

void check_subject(const YamlNode& node, const FunctionShape& shape, const Known& known,
                   Diagnostics& diagnostics) {
  switch (shape.subject) {
    case Subject::event:
      return known.check_event(node, diagnostics);
    case Subject::value:
      return known.check_value(node, shape.word, shape, diagnostics);
    case Subject::attribute:
      return known.check_attribute(node, diagnostics);
    case Subject::word: {
      std::vector<std::string> words;
      for (const std::string_view word : shape.words) {
        if (!word.empty()) words.emplace_back(word);
      }
      if (std::find(words.begin(), words.end(), node.text) == words.end())
        report_word(node, words, diagnostics);
      return;
    }
  }
}

// `over: [7d, ever]` or one of these; zero stands for ever.
void read_windows(const YamlNode& node, FeatureDeclaration& feature, Diagnostics& diagnostics) {
  const auto read = [&](const YamlNode& item) {
    if (item.is_scalar() && item.text == "ever") {
      feature.windows.emplace_back(0);
    } else if (const auto window = read_duration(item, diagnostics)) {
      feature.windows.push_back(*window);
    }
  };
  if (!node.is_list()) return read(node);
  for (const YamlNode& item : node.children) read(item);
  if (node.children.empty()) diagnostics.error(node.place, "'over' is an empty list");
}

void read_function(const YamlNode& member, const FunctionShape& shape, const Known& known,
                   FeatureDeclaration& feature, Diagnostics& diagnostics) {
  feature.function = member.key;
  const auto read = [&](const YamlNode& item) {
    const auto text = read_text(item, diagnostics);
    if (!text) return;
    check_subject(item, shape, known, diagnostics);
    feature.of.emplace_back(*text, item.place);
  };
  if (!member.is_list()) return read(member);
  for (const YamlNode& item : member.children) read(item);
  if (member.children.empty()) diagnostics.error(member.place, called(member) + " is an empty list");
}

void read_options(const YamlNode& node, const FunctionShape& shape, FeatureDeclaration& feature,
                  Diagnostics& diagnostics) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kScopes{
      {{"own", "own"}, {"contact", "contact"}, {"account", "account"}}};
  const std::string word(shape.word);
  if (const YamlNode* over = node.find("over")) {
    if (shape.windows) {
      read_windows(*over, feature, diagnostics);
    } else {
      diagnostics.error(over->key_place, "'" + word + "' has no window: leave out 'over'");
    }
  } else if (shape.needs_window) {
    diagnostics.error(node.place, "'" + word + "' needs a window, like `over: [14d]`");
  }
  if (shape.needs_window &&
      std::find(feature.windows.begin(), feature.windows.end(), Micros{0}) != feature.windows.end()) {
    diagnostics.error(node.find("over")->place,
                      "'" + word + "' compares a window with the time before it: 'ever' is none");
  }
  if (const YamlNode* scope = node.find("scope")) {
    if (shape.scope) {
      feature.scope = std::string(read_word(*scope, kScopes, diagnostics).value_or("contact"));
    } else {
      diagnostics.error(scope->key_place, "'" + word + "' has no scope: leave out 'scope'");
    }
  }
}

FeatureDeclaration parse_feature(const YamlNode& node, const Known& known, Diagnostics& diagnostics) {
  FeatureDeclaration feature;
  feature.place = node.place;
  if (node.is_scalar() && node.text == "auto") {
    feature.function = "auto";
    return feature;
  }
  if (!node.is_map()) {
    report_kind(node, "'auto' or a map like { count: [any_touch], over: [30d] }", diagnostics);
    return feature;
  }
  const FunctionShape* shape = nullptr;
  for (const YamlNode& member : node.children) {
    if (member.key == "over" || member.key == "scope") continue;
    const FunctionShape* found = shape_of(member.key);
    if (found == nullptr) {
      std::vector<std::string> words{"over", "scope"};
      for (const FunctionShape& each : kFunctions) words.emplace_back(each.word);
      diagnostics.error(member.key_place, "no function of features is named '" +
                                              member.key.substr(0, kMaxNameBytes) + "'" +
                                              suggestion(member.key, words));
      feature.function = "?";
    } else if (shape != nullptr) {
      diagnostics.error(member.key_place,
                        "a feature has one function: give '" + member.key + "' an item of its own");
    } else {
      shape = found;
      read_function(member, *shape, known, feature, diagnostics);
    }
  }
  if (shape != nullptr) {
    read_options(node, *shape, feature, diagnostics);
  } else if (feature.function.empty()) {
    diagnostics.error(node.place, "a feature needs a function, like { count: [any_touch], over: [30d] }");
  }
  return feature;
}

// Equal ones would be two columns of one name.
void check_twice(const FeatureDeclaration& feature, std::map<std::string, int>& lines,
                 Diagnostics& diagnostics) {
  for (const auto& [of, place] : feature.of) {
    std::string name = of;
    std::replace(name.begin(), name.end(), '.', '_');
    const std::vector<Micros> ever{Micros{0}};
    for (const Micros window : feature.windows.empty() ? ever : feature.windows) {
      const std::string key =
          feature.function + " " + name + " " + std::to_string(window.count()) + " " + feature.scope;
      const auto [first, is_new] = lines.emplace(key, place.line);
      if (is_new) continue;
      diagnostics.error(place, "the feature '" + feature.function + ": " + of + "'" +
                                   (window.count() == 0 ? "" : " over " + weir::to_text(window)) +
                                   " is there twice, the first in line " + std::to_string(first->second));
    }
  }
}

}  // namespace

void parse_features(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics) {
  definitions.normal_forms["features"] = normal_form(section, ScalarForm::typed);
  const Known known(definitions);
  if (section.is_scalar()) {
    if (section.text != "auto") report_kind(section, "'auto' or a list of features", diagnostics);
    return;
  }
  std::map<std::string, int> lines;
  for_each_item(section, "'auto' or a list of features", diagnostics, [&](const YamlNode& item) {
    FeatureDeclaration feature = parse_feature(item, known, diagnostics);
    if (feature.function.empty() || feature.function == "?") return;
    check_twice(feature, lines, diagnostics);
    definitions.features.push_back(std::move(feature));
  });
}

}  // namespace weir::workspace
