// What is predicted: `risk:`.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "workspace/names.h"
#include "workspace/normal_form.h"
#include "workspace/sections.h"

namespace weir::workspace {
namespace {

constexpr std::array<std::pair<std::string_view, RiskOutcome>, 4> kOutcomes{
    {{"lost", RiskOutcome::lost},
     {"advance", RiskOutcome::advance},
     {"won", RiskOutcome::won},
     {"dormant", RiskOutcome::dormant}}};

constexpr std::array<std::pair<std::string_view, AccountRule>, 3> kAccountRules{
    {{"highest", AccountRule::highest}, {"any", AccountRule::any}, {"amount", AccountRule::amount}}};

std::optional<double> read_share(const YamlNode& node, Diagnostics& diagnostics) {
  const auto text = read_text(node, diagnostics);
  if (!text) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error == std::errc{} && end == text->data() + text->size() && value > 0 && value <= 1) return value;
  report_kind(node, "a number above 0 and at most 1", diagnostics);
  return std::nullopt;
}

// "20 per owner".
void read_capacity(const YamlNode& node, Bands& bands, Diagnostics& diagnostics) {
  const auto text = read_text(node, diagnostics);
  if (!text) return;
  int count = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
  const std::string_view rest(end, static_cast<std::size_t>(text->data() + text->size() - end));
  if (error != std::errc{} || count < 1 || (rest != " per owner" && rest != " per account")) {
    return report_kind(node, "like `20 per owner` or `5 per account`", diagnostics);
  }
  bands.high_count = count;
  bands.per = rest == " per owner" ? EntityKind::owner : EntityKind::account;
}

void read_probabilities(MapReader& map, Bands& bands, Diagnostics& diagnostics) {
  const std::array<std::pair<const char*, double*>, 3> levels{
      {{"medium", &bands.medium}, {"high", &bands.high}, {"critical", &bands.critical}}};
  for (const auto& [name, value] : levels) {
    if (const YamlNode* level = map.find(name)) *value = read_share(*level, diagnostics).value_or(*value);
  }
  if (bands.medium < bands.high && bands.high < bands.critical) return;
  diagnostics.error(map.place(), "the bands must rise: medium < high < critical, not " +
                                     std::to_string(bands.medium).substr(0, 5) + ", " +
                                     std::to_string(bands.high).substr(0, 5) + ", " +
                                     std::to_string(bands.critical).substr(0, 5));
}

Bands parse_bands(const YamlNode& node, Diagnostics& diagnostics) {
  Bands bands;
  bands.place = node.place;
  MapReader map(node, "'bands'", {"by", "medium", "high", "critical"}, diagnostics);
  if (!map.is_map()) return bands;
  constexpr std::array<std::pair<std::string_view, bool>, 2> kBy{
      {{"probability", false}, {"capacity", true}}};
  if (const YamlNode* by = map.find("by"))
    bands.by_capacity = read_word(*by, kBy, diagnostics).value_or(false);
  if (!bands.by_capacity) {
    read_probabilities(map, bands, diagnostics);
  } else if (const YamlNode* high = map.need("high")) {
    read_capacity(*high, bands, diagnostics);
  }
  return bands;
}

void read_horizon(const YamlNode& node, Risk& risk, Diagnostics& diagnostics) {
  if (node.is_scalar() && node.text == "eventual") {
    risk.horizon.reset();
  } else {
    risk.horizon = read_duration(node, diagnostics);
  }
}

void read_landmarks(const YamlNode& node, Risk& risk, Diagnostics& diagnostics) {
  if (node.is_scalar() && node.text == "events") {
    risk.at_events = true;
    return;
  }
  const auto every = read_duration(node, diagnostics);
  if (!every) return;
  if (every->count() % kMicrosPerDay != 0)
    return report_kind(node, "whole days like 7d, or `events`", diagnostics);
  risk.every = *every;
}

void read_funnel(MapReader& map, const std::vector<Funnel>& funnels, Risk& risk, Diagnostics& diagnostics) {
  if (map.need("funnel") == nullptr) return;
  risk.funnel = map.text("funnel");
  std::vector<std::string> known;
  for (const Funnel& funnel : funnels) known.push_back(funnel.name);
  const auto at = std::find_if(funnels.begin(), funnels.end(),
                               [&](const Funnel& each) { return each.name == risk.funnel; });
  if (at == funnels.end()) {
    diagnostics.error(map.place_of("funnel"),
                      "no funnel is named '" + risk.funnel + "'" + suggestion(risk.funnel, known));
  } else if (risk.outcome == RiskOutcome::lost && at->lost.empty()) {
    diagnostics.error(
        map.place_of("funnel"),
        "the funnel '" + risk.funnel +
            "' declares no 'lost'; predict 'won', 'advance' or 'dormant', or declare when one is lost");
  } else if (risk.outcome == RiskOutcome::dormant && !at->silent_for) {
    diagnostics.error(map.place_of("funnel"), "the funnel '" + risk.funnel + "' declares no 'dormant'");
  }
}

Risk parse_one(const YamlNode& node, const Definitions& definitions, Diagnostics& diagnostics) {
  Risk risk;
  risk.place = node.place;
  risk.horizon = Micros{30 * kMicrosPerDay};
  MapReader map(node, "an item of 'risk'",
                {"funnel", "outcome", "horizon", "landmarks", "bands", "accounts", "recorded", "time_trend",
                 "exclude", "allow"},
                diagnostics);
  if (!map.is_map()) return risk;
  if (const YamlNode* outcome = map.find("outcome"))
    risk.outcome = read_word(*outcome, kOutcomes, diagnostics).value_or(risk.outcome);
  read_funnel(map, definitions.funnels, risk, diagnostics);
  if (const YamlNode* horizon = map.find("horizon")) read_horizon(*horizon, risk, diagnostics);
  if (const YamlNode* landmarks = map.find("landmarks")) read_landmarks(*landmarks, risk, diagnostics);
  if (const YamlNode* bands = map.find("bands")) risk.bands = parse_bands(*bands, diagnostics);
  if (const YamlNode* accounts = map.find("accounts"))
    risk.accounts = read_word(*accounts, kAccountRules, diagnostics).value_or(risk.accounts);
  if (const YamlNode* recorded = map.find("recorded")) risk.recorded = read_share(*recorded, diagnostics);
  if (const YamlNode* trend = map.find("time_trend")) {
    risk.time_trend = read_flag(*trend, diagnostics).value_or(false);
    if (risk.time_trend && !risk.horizon)
      diagnostics.error(
          trend->place,
          "'time_trend' needs a horizon: of eventual outcomes a row's time tells whose row it is");
  }
  if (const YamlNode* exclude = map.find("exclude")) risk.exclude = read_texts(*exclude, diagnostics);
  if (const YamlNode* allow = map.find("allow")) risk.allow = read_texts(*allow, diagnostics);
  risk.name = risk_name(risk);
  return risk;
}

}  // namespace

std::string risk_name(const Risk& risk) {
  return risk.funnel + "/" + to_text(risk.outcome) + "/" +
         (risk.horizon ? weir::to_text(*risk.horizon) : std::string("eventual"));
}

void parse_risk(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics) {
  for_each_item(section, "a list of predictions", diagnostics, [&](const YamlNode& item) {
    Risk risk = parse_one(item, definitions, diagnostics);
    if (risk.funnel.empty()) return;
    const auto same = [&](const Risk& other) { return other.name == risk.name; };
    const auto first = std::find_if(definitions.risks.begin(), definitions.risks.end(), same);
    if (first != definitions.risks.end()) {
      diagnostics.error(risk.place, "'" + risk.name + "' is predicted twice, first in line " +
                                        std::to_string(first->place.line));
      return;
    }
    definitions.normal_forms["risk/" + risk.name] = normal_form(item, ScalarForm::typed);
    definitions.risks.push_back(std::move(risk));
  });
}

}  // namespace weir::workspace
