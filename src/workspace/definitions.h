// What a workspace declares, as parsed: plain values with their places, so that every later error can point
// at a line. SQL is still text here; the engine binds it against the columns of contract or header.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/money.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::workspace {

// An SQL expression a user wrote, with its place.
struct Expression {
  std::string sql;
  Place place;
  [[nodiscard]] bool empty() const noexcept { return sql.empty(); }
};

enum class EntityKind : std::uint8_t {
  lead,
  opportunity,
  contact,
  account,
  anonymous,
  product,
  campaign,
  content,
  owner
};
inline constexpr int kEntityKinds = 9;
[[nodiscard]] const char* to_text(EntityKind kind) noexcept;
[[nodiscard]] std::optional<EntityKind> entity_kind(std::string_view name) noexcept;

// How a handle's value becomes a key. `email` and `phone` become keyed hashes; `domain` leaves out free mail.
enum class HandleScheme : std::uint8_t { id, email, phone, domain };

// `{ id: contact_id }`, `{ email: email }`: one way to name an entity.
struct HandleRule {
  EntityKind kind{EntityKind::contact};
  HandleScheme scheme{HandleScheme::id};
  Expression value;
  std::string name_space;  // empty: the source's
};

// One event per row where `when` holds and `occurred_at` is not null.
struct EventRule {
  std::string name;  // stable: `name:` when given, else the literal type, else "rule_<n>"; part of the
                     // event's identity
  bool type_is_literal{true};
  std::string type;      // when literal
  Expression type_from;  // else
  Expression occurred_at;
  Expression known_at;           // optional
  bool day_end{false};           // `day: end`
  Expression when;               // optional
  int rank{0};                   // declared order within one instant
  std::vector<HandleRule> keys;  // added to the source's; the same kind and scheme replaces it
  Expression amount, currency, direction, channel, text;       // optional
  std::vector<std::pair<std::string, Expression>> properties;  // `properties: { minutes: props_minutes }`
  Place place;
};

// `changes_of:` - a changed column becomes an event whose time is known up to the two deliveries around it.
// Its type is `deal.stage` for opportunity and column `stage`, `<kind>.<column>` in general; properties:
// from, to.
struct ChangeRule {
  std::string column;
  std::string type;  // defaults as above
  Expression
      first_at;  // `first: created_at`: when the first value began; without it the record's first delivery
  Place place;
};

// `entity: { account: { id: account, sector: sector } }`.
struct EntityRule {
  EntityKind kind{EntityKind::account};
  std::vector<HandleRule> handles;    // id, email, phone, domain
  std::vector<HandleRule> relations;  // members named like another kind: account: account_id
  std::vector<std::pair<std::string, Expression>> attributes;
  Expression when;  // optional
  Place place;
};

enum class SourceKind : std::uint8_t { log, snapshot };
enum class FileFormat : std::uint8_t { automatic, csv, jsonl, parquet, xes };

struct CsvOptions {
  std::optional<char> delimiter;  // found by itself when absent
  std::optional<char> quote;
  std::string encoding;  // "" found by itself; utf-8, latin-1 (windows-1252), utf-16
  std::vector<std::string> null_values;
  std::string date_format;  // strptime-like, e.g. "%m/%d/%Y"; "" from contract or inferred
};

struct Source {
  std::string name;
  std::vector<std::string> read;  // patterns relative to weir.yaml
  FileFormat format{FileFormat::automatic};
  CsvOptions csv;
  std::string contract;  // path, "" = inferred
  SourceKind kind{SourceKind::log};
  std::vector<std::string> key;    // normalised columns; may be empty for a log
  std::string name_space;          // "" = the workspace's
  std::string time_zone;           // of date-times without offset; "" = the workspace's
  std::string sequence;            // column that orders rows within one instant; ""
  std::string changed_at;          // column; ""
  std::string snapshot_file_name;  // "deals_%Y-%m-%d.csv"; ""
  std::string snapshot_column;     // column; ""
  bool complete{false};
  std::vector<HandleRule> keys;  // for all its events
  std::vector<EventRule> events;
  std::vector<ChangeRule> changes;
  std::vector<EntityRule> entities;
  Place place;
  Place key_place, contract_place, changed_at_place, snapshot_place, sequence_place, read_place;
};

struct Signal {
  std::string name;
  Expression when;
  Expression value;  // optional
  Place place;
};

// A condition that moves a stage: the name of a signal or an expression over event columns.
struct Condition {
  std::string signal;         // when it names one
  Expression expression;      // else
  bool contact_scope{false};  // `scope: contact`: also `via` events of the subject's contacts
  Place place{};
  [[nodiscard]] bool empty() const noexcept { return signal.empty() && expression.empty(); }
};

struct Stage {
  std::string name;
  std::string phase;  // top | middle | bottom, or the user's word
  Condition enter;
  Condition exit;  // optional: leaves the stage without naming the next: counts as back to none
  std::optional<Micros> window;
  std::optional<Micros> sla;
  std::optional<int> rank;
  std::optional<Date> valid_from;
  Place place;
};

struct Segment {
  std::string name;
  Expression value;
};

struct Funnel {
  std::string name;
  EntityKind subject{EntityKind::opportunity};
  std::vector<Stage> stages;
  Condition won, lost;
  Expression money;                  // over the winning event's columns, major units
  std::optional<Micros> silent_for;  // dormant
  std::vector<Segment> segments;
  std::string next_funnel;  // chains
  std::optional<EntityKind> next_link;
  Place place;
  Place next_place;  // of `next`
};

// `{ count: [any_touch, reply], over: [7d, 30d] }`: one function of several things over several windows.
struct FeatureDeclaration {
  std::string function;  // "count"; "auto"
  std::vector<std::pair<std::string, Place>>
      of;                        // signals, event types, attributes or the function's own words
  std::vector<Micros> windows;   // zero: ever; empty: ever
  std::string scope{"contact"};  // own | contact | account
  Place place;
};

struct Check {
  std::string name;
  Expression when;
  std::string owner;
  Place place;
};

// What a model predicts of a subject that is open in a stage.
enum class RiskOutcome : std::uint8_t { lost, advance, won, dormant };
[[nodiscard]] const char* to_text(RiskOutcome outcome) noexcept;

// How a probability becomes a word.
struct Bands {
  bool by_capacity{false};  // else by probability
  double medium{0.15}, high{0.35}, critical{0.6};
  std::optional<int> high_count;      // by capacity: so many are `high`
  EntityKind per{EntityKind::owner};  // for each owner or account; `critical` is the first fifth of them
  Place place;
};

// The risk of an account from those of its open subjects: the highest; that any comes true; the mean weighted
// by amount.
enum class AccountRule : std::uint8_t { highest, any, amount };

// `- { funnel: deals, outcome: lost, horizon: 30d, landmarks: 7d }`.
struct Risk {
  std::string name;  // "deals/lost/30d", "deals/won/eventual"
  std::string funnel;
  RiskOutcome outcome{RiskOutcome::lost};
  std::optional<Micros> horizon;    // empty: eventual
  bool at_events{false};            // landmarks after each own event, else
  Micros every{7 * kMicrosPerDay};  // whole days, counted from a Monday, at 00:00 in the workspace's zone
  Bands bands;
  AccountRule accounts{AccountRule::highest};
  std::optional<double>
      recorded;            // the share of losses that is recorded within the horizon, when an audit knows it
  bool time_trend{false};  // learners see the time of a row, and are held at the newest; needs a horizon
  std::vector<std::string> exclude;  // features left out
  std::vector<std::string>
      allow;  // features kept although they look as if they were filled in after the fact
  Place place;
};

[[nodiscard]] std::string risk_name(const Risk& risk);

struct ContextFact {
  Date from;
  std::optional<Date> to;
  std::string what;
  Expression where;    // optional
  bool outage{false};  // `outage: SOURCE`: no evidence in this time
  std::string source;
  Place place;
};

struct Calendar {
  std::vector<int> weekend{5, 6};  // 0 = Monday
  int fiscal_year_starts{1};       // month
  std::string holidays;            // path to a CSV of dates; ""
};

struct Definitions {
  std::string directory;  // where weir.yaml lies
  std::string file;       // as shown in errors
  std::string name;
  std::string time_zone{"UTC"};
  Currency currency;
  std::string rates;  // path; ""
  Calendar calendar;
  std::string as_of;               // as written: a date or an instant; ""
  std::vector<std::string> touch;  // event types; empty = the default list
  std::vector<Source> sources;
  std::vector<Signal> signals;
  std::vector<Funnel> funnels;
  std::vector<FeatureDeclaration> features;  // empty: auto
  std::vector<ContextFact> context;
  std::vector<Check> checks;
  std::vector<Risk> risks;             // as declared; none: the engine takes its defaults
  std::vector<std::string> free_mail;  // added to the built-in list
  // Normal form of every section and definition: "source/pipeline" -> canonical JSON; its hash is the
  // version.
  std::map<std::string, std::string> normal_forms;
  Place as_of_place, time_zone_place, rates_place;
};

}  // namespace weir::workspace
