#include "demo/truth.h"

#include "base/fixed_math.h"
#include "base/json.h"
#include "demo/crm_exports.h"
#include "demo/hazards.h"
#include "demo/true_chances.h"

namespace weir::demo {
namespace {

void write_cell(JsonWriter& json, const Cell& cell) {
  json.key("segment").begin_object();
  for (const auto& [segment, value] : cell.named()) json.field(segment, value);
  json.end_object();
}

void write_leak(JsonWriter& json, const PlantedLeak& leak, const LeakTally& tally) {
  json.begin_object()
      .field("id", leak.id)
      .field("funnel", to_text(leak.funnel))
      .field("kind", to_text(leak.kind));
  json.field("from", stage_name(leak.funnel, leak.stage))
      .field("to", stage_name(leak.funnel, leak.stage + 1));
  write_cell(json, leak.cell);
  json.field("onset", WallClock::date_text(leak.onset)).key("end").null();
  json.field("factor", leak.factor).field("driver", leak.driver);
  json.field("expected", tally.expected).field("observed", tally.observed);
  if (leak.kind == LeakKind::loss) json.field("recorded", tally.recorded);
  json.key("period").begin_object();
  json.field("from", WallClock::date_text(kPeriodBegin)).field("to", WallClock::date_text(kPeriodEnd));
  json.field("expected", tally.expected_in_period).field("observed", tally.observed_in_period);
  json.field("evidence", poisson_evidence(tally.observed_in_period, tally.expected_in_period)).end_object();
  json.field("subjects_lost", tally.missing_at_window).end_object();
}

void write_delivery(JsonWriter& json, const Delivery& delivery) {
  const DirtCounts& counts = delivery.counts();
  json.key(delivery.name()).begin_object();
  json.field("files", counts.files)
      .field("rows", counts.rows)
      .field("late", counts.late)
      .field("duplicate", counts.duplicate);
  json.field("broken", counts.broken()).field("repaired", counts.repaired).field("bad_time", counts.bad_time);
  json.field("ragged", counts.ragged)
      .field("bad_amount", counts.bad_amount)
      .field("unknown_choice", counts.unknown_choice);
  json.field("invalid_json", counts.invalid_json).end_object();
}

void write_raw_rows(JsonWriter& json, std::string_view name, const std::vector<std::string>& rows) {
  json.key(name).begin_array();
  for (const std::string& row : rows) json.raw(row);
  json.end_array();
}

std::string day_or_null(int day) {
  return day < 0 || day == kNever ? "null" : "\"" + WallClock::date_text(day) + "\"";
}

std::string name_of(const Pursuit& pursuit) {
  const bool is_lead = pursuit.funnel == FunnelName::leads;
  return (is_lead ? "L-" : "D-") + std::to_string((is_lead ? kLeadIds : kDealIds) + pursuit.number);
}

}  // namespace

bool keeps_chances(int day) noexcept {
  constexpr int kHalfYear = 182;
  constexpr int kEvery = 28;
  return day == kDays || (day >= kDays - kHalfYear && day % kEvery == 0);
}

double poisson_evidence(std::int64_t observed, double expected) {
  if (expected <= 0) return 0;
  if (observed == 0) return expected;
  const auto count = static_cast<double>(observed);
  return count * fixed_math::log(count / expected) - (count - expected);
}

void Truth::add_subject(const Pursuit& pursuit) {
  const bool open = pursuit.outcome == Outcome::open;
  std::string row = "[\"";
  row += name_of(pursuit) + "\",\"";
  row += open ? "open" : pursuit.outcome == Outcome::won ? "won" : "lost";
  row += "\",\"" + std::string(stage_name(pursuit.funnel, pursuit.stage)) + "\"," +
         json_number(pursuit.engagement);
  row += "," + day_or_null(pursuit.gone_day) + "," +
         day_or_null(pursuit.outcome == Outcome::lost ? pursuit.record_day : -1);
  if (open && pursuit.gone_day < 0) {
    const DayHazards hazards = hazards_on(pursuit, kDays, 1).actual;
    row += "," + json_number(hazards.advance) + "," + json_number(hazards.loss);
  } else {
    row += ",null,null";
  }
  subjects_.push_back(row + "]");
}

void Truth::add_chances(const Pursuit& pursuit, int day, const Rhythm& rhythm) {
  const TrueChances chances = true_chances(pursuit, day, kChanceDays, rhythm);
  std::string row = "[\"" + name_of(pursuit) + "\"," + day_or_null(day) + ",";
  row += pursuit.gone_day < 0 ? "true" : "false";
  row += "," + json_number(chances.lost) + "," + json_number(chances.recorded) + "," +
         json_number(chances.advanced);
  chances_.push_back(row + "]");
}

void Truth::finish() {
  for (std::size_t i = 0; i < kLeaks; ++i) {
    LeakTally& tally = tallies_[i];
    if (planted_leaks()[i].kind != LeakKind::silence || tally.days_before == 0) continue;
    const double rate = static_cast<double>(tally.events_before) / static_cast<double>(tally.days_before);
    tally.expected = rate * static_cast<double>(tally.days_after);
    tally.expected_in_period = rate * static_cast<double>(tally.days_in_period);
    tally.missing_at_window = static_cast<double>(tally.observed) - tally.expected;
  }
}

std::string Truth::to_json(std::uint64_t seed, std::string_view size, const Register& parties,
                           const std::vector<const Delivery*>& deliveries, std::int64_t unknown_owner_rows,
                           std::int64_t name_variants, std::int64_t rows_lost_in_outage) const {
  JsonWriter json(1);
  json.begin_object()
      .field("seed", std::to_string(seed))
      .field("size", size)
      .field("as_of", WallClock::date_text(kDays));
  json.key("leaks").begin_array();
  for (std::size_t i = 0; i < kLeaks; ++i) write_leak(json, planted_leaks()[i], tallies_[i]);
  json.end_array().key("gaps").begin_array().begin_object();
  const PermanentGap& gap = permanent_gap();
  json.field("funnel", to_text(gap.funnel))
      .field("from", stage_name(gap.funnel, gap.stage))
      .field("to", stage_name(gap.funnel, gap.stage + 1));
  write_cell(json, gap.cell);
  json.field("factor", gap.factor).end_object().end_array().key("seasons").begin_array();
  for (const Season& season : seasons()) {
    json.begin_object()
        .field("from", WallClock::date_text(season.begin))
        .field("to", WallClock::date_text(season.end));
    json.field("touches", season.touches).field("moves", season.moves).end_object();
  }
  json.end_array()
      .key("outage")
      .begin_object()
      .field("source", "web")
      .field("from", WallClock::date_text(kOutageBegin));
  json.field("to", WallClock::date_text(kOutageEnd)).field("rows_lost", rows_lost_in_outage).end_object();
  json.key("dirt")
      .begin_object()
      .field("revised_close_dates", revised_)
      .field("unknown_owner_rows", unknown_owner_rows);
  json.field("name_variants", name_variants).end_object();
  json.key("exports").begin_object();
  for (const Delivery* delivery : deliveries) write_delivery(json, *delivery);
  json.end_object().key("people_columns").raw("[\"name\",\"email\",\"phone\"]");
  std::vector<std::string> people;
  for (const Contact& contact : parties.contacts()) {
    people.push_back("[" + json_quote(contact.first_name + " " + contact.last_name) + "," +
                     json_quote(contact.email) + "," + json_quote(contact.phone) + "]");
  }
  write_raw_rows(json, "people", people);
  json.key("subject_columns")
      .raw(
          "[\"id\",\"outcome\",\"stage\",\"engagement\",\"lost_on\",\"recorded_on\",\"advance_per_day\","
          "\"loss_per_day\"]");
  write_raw_rows(json, "subjects", subjects_);
  json.key("chance_columns")
      .raw("[\"id\",\"on\",\"alive\",\"lost_within_30d\",\"recorded_within_30d\",\"advances_within_30d\"]");
  write_raw_rows(json, "chances", chances_);
  json.key("recorded_in_time").begin_object();
  for (const FunnelName funnel : {FunnelName::leads, FunnelName::deals})
    json.field(to_text(funnel), recorded_in_time(funnel, kChanceDays));
  json.end_object();
  json.end_object();
  return json.text() + "\n";
}

}  // namespace weir::demo
