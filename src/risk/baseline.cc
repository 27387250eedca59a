#include "risk/baseline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "base/fixed_math.h"
#include "base/json.h"
#include "risk/gamma_quantile.h"
#include "risk/json_reading.h"

namespace weir::risk {
namespace {

constexpr double kLog2 = 0.693147180559945309417;
constexpr std::size_t kLost = 0;

using Key = std::tuple<std::string_view, std::string_view, std::uint32_t>;  // stage, segment, bucket

struct Sums {
  double exposure{0};
  std::array<double, kExitCount> exits{};
};

using Rates = std::array<double, kExitCount>;  // per day

Status check_options(const BaselineOptions& options) {
  double before = 0;
  for (const double edge : options.bucket_edges) {
    if (!(edge > before) || !std::isfinite(edge)) {
      return fail(Errc::invalid_argument, "the baseline's bucket edges must be positive days and rise");
    }
    before = edge;
  }
  if (!(options.half_life_days > 0) || !(options.shrink_lead_days > 0) || !(options.stage_lead_days > 0)) {
    return fail(Errc::invalid_argument,
                "the baseline's half-life and pseudo-exposures must be positive days");
  }
  return {};
}

Status check_stay(const BaselineStay& stay) {
  if (!std::isfinite(stay.entered_day) || !std::isfinite(stay.left_day) || stay.left_day < stay.entered_day) {
    return fail(Errc::invalid_argument,
                "a stay in stage '" + stay.stage + "' has no number of days or ends before it begins");
  }
  return {};
}

// Half-life decay: what one day at `day`, and all days from `first` to `last`, weigh.
struct Decay {
  double as_of;
  double half_life;
  [[nodiscard]] double at(double day) const noexcept {
    return fixed_math::exp(-kLog2 * (as_of - day) / half_life);
  }
  [[nodiscard]] double between(double first, double last) const noexcept {
    return half_life / kLog2 * at(last) * -fixed_math::expm1(-kLog2 * (last - first) / half_life);
  }
};

std::uint32_t bucket_of(const BaselineOptions& options, double days) noexcept {
  return static_cast<std::uint32_t>(
      std::upper_bound(options.bucket_edges.begin(), options.bucket_edges.end(), days) -
      options.bucket_edges.begin());
}
// An exit exactly at an edge belongs to the bucket that was just lived through.
std::uint32_t bucket_of_exit(const BaselineOptions& options, double days) noexcept {
  return static_cast<std::uint32_t>(
      std::lower_bound(options.bucket_edges.begin(), options.bucket_edges.end(), days) -
      options.bucket_edges.begin());
}
double upper_edge(const BaselineOptions& options, std::uint32_t bucket) noexcept {
  return bucket < options.bucket_edges.size() ? options.bucket_edges[bucket]
                                              : std::numeric_limits<double>::infinity();
}

class Tally {
 public:
  Tally(const BaselineOptions& options, double as_of)
      : options_(options), decay_{as_of, options.half_life_days} {}

  void add(const BaselineStay& stay) {
    if (stay.entered_day > decay_.as_of) return;
    const double left = std::min(stay.left_day, decay_.as_of);
    const double length = left - stay.entered_day;
    double from = 0;
    for (std::uint32_t bucket = 0; from < length; ++bucket) {
      const double to = std::min(length, upper_edge(options_, bucket));
      const double exposure = decay_.between(stay.entered_day + from, stay.entered_day + to);
      for_each_cell(stay, bucket, [&](Sums& cell) { cell.exposure += exposure; });
      from = to;
    }
    if (stay.end == StayEnd::open || stay.left_day > decay_.as_of) return;
    const std::size_t cause = static_cast<std::size_t>(stay.end) - 1;
    const double weight = decay_.at(left);
    for_each_cell(stay, bucket_of_exit(options_, length), [&](Sums& cell) { cell.exits[cause] += weight; });
  }
  [[nodiscard]] const std::map<Key, Sums>& cells() const noexcept { return cells_; }
  [[nodiscard]] const std::map<std::string_view, Sums>& stages() const noexcept {
    return stages_;
  }  // "": all

 private:
  template <typename Change>
  void for_each_cell(const BaselineStay& stay, std::uint32_t bucket, const Change& change) {
    change(stages_[std::string_view()]);
    change(stages_[stay.stage]);
    change(cells_[Key("", "", bucket)]);
    change(cells_[Key(stay.stage, "", bucket)]);
    if (!stay.segment.empty()) change(cells_[Key(stay.stage, stay.segment, bucket)]);
  }
  const BaselineOptions& options_;
  Decay decay_;
  std::map<Key, Sums> cells_;
  std::map<std::string_view, Sums> stages_;
};

// Exits over exposure; losses with half a pseudo-loss, so that a funnel without one claims no certainty.
Rates overall_rates(const Sums& all) noexcept {
  Rates rates{};
  if (all.exposure <= 0) return rates;
  for (std::size_t cause = 0; cause < kExitCount; ++cause) {
    rates[cause] = (all.exits[cause] + (cause == kLost ? 0.5 : 0.0)) / all.exposure;
  }
  return rates;
}

Rates shrunk_rates(const Sums& sums, const Rates& prior, double prior_days) noexcept {
  Rates rates{};
  for (std::size_t cause = 0; cause < kExitCount; ++cause) {
    rates[cause] = (sums.exits[cause] + prior[cause] * prior_days) / (sums.exposure + prior_days);
  }
  return rates;
}

HazardCell cell_of(const Key& key, const Sums& sums, const Rates& prior, double prior_days) {
  HazardCell cell;
  cell.stage = std::get<0>(key);
  cell.segment = std::get<1>(key);
  cell.bucket = std::get<2>(key);
  cell.exposure_days = sums.exposure;
  cell.rate_days = sums.exposure + prior_days;
  for (std::size_t cause = 0; cause < kExitCount; ++cause) {
    cell.exits[cause] = sums.exits[cause];
    cell.shape[cause] = sums.exits[cause] + prior[cause] * prior_days;
  }
  return cell;
}

Rates rates_of(const HazardCell& cell) noexcept {
  Rates rates{};
  for (std::size_t cause = 0; cause < kExitCount; ++cause) rates[cause] = cell.shape[cause] / cell.rate_days;
  return rates;
}

Key key_of(const HazardCell& cell) noexcept {
  return {cell.stage, cell.segment, cell.bucket};
}

const HazardCell* find_cell(const Baseline& baseline, const Key& key) noexcept {
  const auto at =
      std::lower_bound(baseline.cells.begin(), baseline.cells.end(), key,
                       [](const HazardCell& cell, const Key& wanted) { return key_of(cell) < wanted; });
  return at != baseline.cells.end() && key_of(*at) == key ? &*at : nullptr;
}

// The part of the horizon that lies in one bucket.
struct Stretch {
  double days{0};
  double exposure{0};
  Rates exits{};
  Rates shape{};
  double rate_days{1};
};

// A segment without a cell has no data of its own: the parent's rate with the pseudo-exposure alone behind
// it.
Stretch stretch_of(const Baseline& baseline, std::string_view stage, std::string_view segment,
                   std::uint32_t bucket, double days) noexcept {
  Stretch stretch;
  stretch.days = days;
  const HazardCell* cell = segment.empty() ? nullptr : find_cell(baseline, Key(stage, segment, bucket));
  const HazardCell* parent = find_cell(baseline, Key(stage, "", bucket));
  if (cell == nullptr && parent == nullptr) return stretch;
  const HazardCell& source = cell != nullptr ? *cell : *parent;
  const bool prior_only = cell == nullptr && !segment.empty();
  stretch.exposure = prior_only ? 0 : source.exposure_days;
  stretch.rate_days = prior_only ? baseline.options.shrink_lead_days : source.rate_days;
  for (std::size_t cause = 0; cause < kExitCount; ++cause) {
    stretch.exits[cause] = prior_only ? 0 : source.exits[cause];
    stretch.shape[cause] = source.shape[cause] / source.rate_days * stretch.rate_days;
  }
  return stretch;
}

std::vector<Stretch> stretches(const Baseline& baseline, std::string_view stage, double days_in_stage,
                               std::string_view segment, double horizon_days) {
  std::vector<Stretch> parts;
  const double end = days_in_stage + horizon_days;
  double from = days_in_stage;
  for (std::uint32_t bucket = bucket_of(baseline.options, from); from < end; ++bucket) {
    const double to = std::min(end, upper_edge(baseline.options, bucket));
    parts.push_back(stretch_of(baseline, stage, segment, bucket, to - from));
    from = to;
  }
  return parts;
}

// Competing exits at constant rates per stretch. `loss_factor` scales the loss rates. `spent`: expected days
// at risk per stretch.
ExitChances roll(const std::vector<Stretch>& parts, double loss_factor,
                 std::vector<double>* spent = nullptr) {
  std::array<double, kExitCount> chances{};
  double here = 1;
  for (const Stretch& part : parts) {
    Rates rates{};
    double total = 0;
    for (std::size_t cause = 0; cause < kExitCount; ++cause) {
      rates[cause] = part.shape[cause] / part.rate_days * (cause == kLost ? loss_factor : 1.0);
      total += rates[cause];
    }
    const double leaves = -fixed_math::expm1(-total * part.days);
    const double days_here = total > 0 ? here * leaves / total : here * part.days;
    for (std::size_t cause = 0; cause < kExitCount; ++cause) chances[cause] += rates[cause] * days_here;
    if (spent != nullptr) spent->push_back(days_here);
    here *= 1 - leaves;
  }
  return {chances[0], chances[1], chances[2], chances[3], here};
}

std::string_view stage_or_all(const Baseline& baseline, std::string_view stage) noexcept {
  return find_cell(baseline, Key(stage, "", 0)) != nullptr ? stage : std::string_view();
}

bool usable(const HazardCell& cell, std::size_t bucket_count) noexcept {
  const auto sound = [](double value) { return std::isfinite(value) && value >= 0; };
  return cell.bucket < bucket_count && cell.rate_days > 0 && std::isfinite(cell.rate_days) &&
         sound(cell.exposure_days) && std::all_of(std::begin(cell.exits), std::end(cell.exits), sound) &&
         std::all_of(std::begin(cell.shape), std::end(cell.shape), sound);
}

bool fill_exits(const std::vector<double>& values, double (&exits)[kExitCount]) noexcept {
  if (values.size() != kExitCount) return false;
  std::copy(values.begin(), values.end(), std::begin(exits));
  return true;
}

void write_numbers(JsonWriter& json, std::string_view name, std::span<const double> values) {
  json.key(name).begin_array();
  for (const double value : values) json.value(value);
  json.end_array();
}

}  // namespace

Result<Baseline> fit_baseline(std::span<const BaselineStay> stays, double as_of_day,
                              const BaselineOptions& options) {
  WEIR_TRY_STATUS(check_options(options));
  if (!std::isfinite(as_of_day)) return fail(Errc::invalid_argument, "the baseline's as-of day is no number");
  Tally tally(options, as_of_day);
  for (const BaselineStay& stay : stays) {
    WEIR_TRY_STATUS(check_stay(stay));
    tally.add(stay);
  }
  Baseline baseline;
  baseline.options = options;
  baseline.as_of_day = as_of_day;
  if (tally.stages().empty()) return baseline;
  const Rates overall = overall_rates(tally.stages().at(""));
  const auto buckets = static_cast<std::uint32_t>(options.bucket_edges.size() + 1);
  std::map<Key, HazardCell> cells;
  for (const auto& [stage, sums] : tally.stages()) {
    const Rates prior = stage.empty() ? overall : shrunk_rates(sums, overall, options.stage_lead_days);
    for (std::uint32_t bucket = 0; bucket < buckets; ++bucket) {
      const Key key(stage, "", bucket);
      const auto found = tally.cells().find(key);
      cells[key] =
          cell_of(key, found == tally.cells().end() ? Sums{} : found->second, prior, options.stage_lead_days);
    }
  }
  for (const auto& [key, sums] : tally.cells()) {
    if (std::get<1>(key).empty()) continue;
    const HazardCell& parent = cells.at(Key(std::get<0>(key), "", std::get<2>(key)));
    cells[key] = cell_of(key, sums, rates_of(parent), options.shrink_lead_days);
  }
  for (auto& [key, cell] : cells) baseline.cells.push_back(std::move(cell));
  return baseline;
}

ExitChances Baseline::chances(std::string_view stage, double days_in_stage, std::string_view segment,
                              double horizon_days) const {
  if (cells.empty()) return {.lost = 0, .advanced = 0, .won = 0, .back = 0, .stays = 1};
  return roll(
      stretches(*this, stage_or_all(*this, stage), std::max(0.0, days_in_stage), segment, horizon_days), 1);
}

Rollout Baseline::rollout(std::string_view stage, double days_in_stage, std::string_view segment,
                          double horizon_days) const {
  Rollout result;
  if (cells.empty()) {
    result.known_stage = false;
    return result;
  }
  const std::string_view known = stage_or_all(*this, stage);
  result.known_stage = known == stage;
  const std::vector<Stretch> parts =
      stretches(*this, known, std::max(0.0, days_in_stage), result.known_stage ? segment : std::string_view(),
                horizon_days);
  std::vector<double> spent;
  result.probability = roll(parts, 1, &spent).lost;
  double variance = 0;
  double days = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double part = spent[i] / parts[i].rate_days;
    variance += parts[i].shape[kLost] * part * part;
    result.events += parts[i].exits[kLost] * spent[i];
    result.exposure_days += parts[i].exposure * spent[i];
    days += spent[i];
  }
  if (days > 0) {
    result.events /= days;
    result.exposure_days /= days;
  }
  result.low = result.high = result.probability;
  if (variance <= 0 || result.probability <= 0) return result;
  // The sum of the stretches' Gamma posteriors, matched by a Gamma of equal mean and variance.
  const double shape = result.probability * result.probability / variance;
  result.low = std::min(result.probability, roll(parts, gamma_quantile(shape, 0.05) / shape).lost);
  result.high = std::max(result.probability, roll(parts, gamma_quantile(shape + 0.5, 0.95) / shape).lost);
  return result;
}

std::string to_json(const Baseline& baseline) {
  JsonWriter json(0);
  json.begin_object().field("format", 1).field("as_of_day", baseline.as_of_day);
  write_numbers(json, "bucket_edges", baseline.options.bucket_edges);
  json.field("half_life_days", baseline.options.half_life_days);
  json.field("shrink_lead_days", baseline.options.shrink_lead_days);
  json.field("stage_lead_days", baseline.options.stage_lead_days);
  json.key("cells").begin_array();
  for (const HazardCell& cell : baseline.cells) {
    json.begin_object().field("stage", cell.stage).field("segment", cell.segment);
    json.field("bucket", static_cast<std::int64_t>(cell.bucket)).field("exposure_days", cell.exposure_days);
    write_numbers(json, "exits", cell.exits);
    write_numbers(json, "shape", cell.shape);
    json.field("rate_days", cell.rate_days).end_object();
  }
  json.end_array().end_object();
  return json.text();
}

Result<Baseline> baseline_from_json(std::string_view text) {
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  JsonFields fields(document);
  if (fields.count("format") != 1) return fail(Errc::invalid_data, "this is no baseline of format 1");
  Baseline baseline;
  baseline.as_of_day = fields.number("as_of_day");
  baseline.options.bucket_edges = fields.numbers("bucket_edges");
  baseline.options.half_life_days = fields.number("half_life_days");
  baseline.options.shrink_lead_days = fields.number("shrink_lead_days");
  baseline.options.stage_lead_days = fields.number("stage_lead_days");
  const nlohmann::json* cells = fields.array("cells");
  if (fields.missing()) return fail(Errc::invalid_data, "a baseline lacks " + *fields.missing());
  if (!check_options(baseline.options)) return fail(Errc::invalid_data, "a baseline's options make no sense");
  for (const nlohmann::json& item : *cells) {
    JsonFields content(item);
    HazardCell cell;
    cell.stage = content.text("stage");
    cell.segment = content.text("segment");
    const std::size_t bucket = content.count("bucket");
    cell.bucket =
        static_cast<std::uint32_t>(std::min<std::size_t>(bucket, std::numeric_limits<std::uint32_t>::max()));
    cell.exposure_days = content.number("exposure_days");
    cell.rate_days = content.number("rate_days");
    const bool filled =
        fill_exits(content.numbers("exits"), cell.exits) && fill_exits(content.numbers("shape"), cell.shape);
    if (content.missing() || !filled || !usable(cell, baseline.options.bucket_edges.size() + 1)) {
      return fail(Errc::invalid_data, "a cell of a baseline is incomplete or has figures that cannot be");
    }
    if (!baseline.cells.empty() && !(key_of(baseline.cells.back()) < key_of(cell))) {
      return fail(Errc::invalid_data, "the cells of a baseline are out of order");
    }
    baseline.cells.push_back(std::move(cell));
  }
  return baseline;
}

}  // namespace weir::risk
