#include "engine/draft_roles.h"

#include <algorithm>
#include <set>

#include "contract/batch.h"

namespace weir::engine {

using contract::ColumnType;
using contract::PersonalClass;
using workspace::EntityKind;
using workspace::HandleScheme;

namespace {

constexpr double kIsKeyOf = 0.5;  // a reference may name things that are spelled otherwise or long gone
constexpr double kSameThings = 0.8;
constexpr std::size_t kAttributeValues = 50;
constexpr std::size_t kLongestSourceName = 60;  // room for a number at its end

std::string percent(double share) {
  return std::to_string(static_cast<int>(share * 100 + 0.5)) + " %";
}

bool is_singular_of(std::string_view name, std::string_view stem) {
  return stem == name || (stem.size() == name.size() + 1 && stem.starts_with(name) && stem.back() == 's');
}

// How much speaks for a unique column as the key; 0 = nothing.
int key_rank(const TableProfile& table, const ColumnProfile& column, std::size_t position) {
  const std::string& name = column.field.name;
  const bool unique = names_identifier(name) ? column.is_nearly_unique() : column.is_unique();
  if (!column.is_name() || !unique || column.filled < table.rows) return 0;
  const auto kind = kind_of_column(name);
  if (name == "id") return 100;
  if (names_identifier(name) && names_facts(name) && names_facts(table.stem)) return 97;
  if (names_identifier(name)) return kind && kind == kind_of_file(table.stem) ? 98 : kind ? 94 : 80;
  if (column.field.personal != PersonalClass::none)
    return column.field.personal == PersonalClass::email ? 20 : 0;
  if (is_singular_of(name, table.stem)) return 85;
  if (kind) return 84;
  return position == 0 && column.field.type == ColumnType::text ? 60 : 0;
}

void guess_key(TableRole& role) {
  int best = 0;
  for (std::size_t i = 0; i < role.profile->columns.size(); ++i) {
    const ColumnProfile& column = role.profile->columns[i];
    const int rank = key_rank(*role.profile, column, i);
    if (rank <= best) continue;
    best = rank;
    role.key = &column;
  }
  if (role.key == nullptr) return;
  const std::string rows = std::to_string(role.profile->rows) + " rows";
  role.key_why = role.key->is_unique() ? "filled and unique in all " + rows
                                       : "filled in all " + rows + ", and only a few are repeated";
}

bool has_moment(const TableProfile& table) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [](const ColumnProfile& column) { return column.is_moment() && column.filled > 0; });
}

// A column of some other entity's keys, repeated: facts about it.
bool repeats_a_reference(const TableRole& role) {
  const auto& columns = role.profile->columns;
  return std::any_of(columns.begin(), columns.end(), [&](const ColumnProfile& column) {
    const bool refers =
        kind_of_column(column.field.name).has_value() || column.field.personal == PersonalClass::email;
    return &column != role.key && column.is_name() && refers &&
           (!column.is_unique() || names_facts(role.key->field.name));
  });
}

const ColumnProfile* event_type_of(const TableProfile& table) {
  const auto at = std::find_if(table.columns.begin(), table.columns.end(), [](const ColumnProfile& column) {
    return names_event_type(column.field.name) && column.field.type == ColumnType::text &&
           column.field.personal == PersonalClass::none && column.filled > 0;
  });
  return at == table.columns.end() ? nullptr : &*at;
}

const ColumnProfile* changed_of(const TableProfile& table) {
  const auto at = std::find_if(table.columns.begin(), table.columns.end(), [&](const ColumnProfile& column) {
    return column.is_moment() && column.filled == table.rows &&
           date_role(column.field.name) == DateRole::changed;
  });
  return at == table.columns.end() ? nullptr : &*at;
}

// `deal_id` in deals.csv, repeated but with a time of the last change: one row per saved version.
const ColumnProfile* key_of_versions(const TableProfile& table) {
  if (changed_of(table) == nullptr || names_facts(table.stem)) return nullptr;
  const auto at = std::find_if(table.columns.begin(), table.columns.end(), [&](const ColumnProfile& column) {
    const auto kind = kind_of_column(column.field.name);
    return column.is_name() && column.filled == table.rows && names_identifier(column.field.name) && kind &&
           kind == kind_of_file(table.stem);
  });
  return at == table.columns.end() ? nullptr : &*at;
}

void guess_kind(TableRole& role) {
  const TableProfile& table = *role.profile;
  role.event_type = event_type_of(table);
  if (role.key == nullptr) {
    role.key = key_of_versions(table);
    role.key_why = "the file's own key by its name";
    role.kind_why = "rows are saved versions, each with its time of change";
    if (role.key != nullptr) return;
  }
  if (role.key == nullptr) {
    role.is_log = has_moment(table);
    role.kind_why = "no column is filled and unique, and rows have a time";
    if (!role.is_log) role.left_out = "no column is filled and unique, and no row has a time";
    return;
  }
  role.kind_why = "one row per " + role.key->field.name;
  if (table.delivery.files > 1 && table.delivery.dated_name.empty() && changed_of(table) == nullptr) {
    role.is_log = has_moment(table);
    role.kind_why = "several files with a time in each row, and nothing that says when states were taken";
    if (!role.is_log) role.left_out = "there are several files of it, and nothing says when each was taken";
    return;
  }
  const bool key_of_facts =
      names_facts(role.key->field.name) || (role.key->field.name == "id" && names_facts(table.stem));
  if (key_of_facts && has_moment(table) && repeats_a_reference(role)) {
    role.is_log = true;
    role.kind_why = "rows are facts with a time about others' keys";
  }
}

void guess_about(TableRole& role) {
  if (role.is_log || !role.left_out.empty()) return;
  const std::string& name = role.key->field.name;
  const auto by_file = kind_of_file(role.profile->stem);
  role.about = kind_of_column(name);
  role.about_why = "its key is called " + name;
  if (role.about) return;
  role.about = by_file;
  role.about_why = "by the name of the file";
  if (role.about) return;
  if (role.key->field.personal == PersonalClass::email) role.about = EntityKind::contact;
  const auto& columns = role.profile->columns;
  const bool staged = std::any_of(columns.begin(), columns.end(), [](const ColumnProfile& column) {
    return stage_column_rank(column.field.name) >= 9;
  });
  if (staged) role.about = EntityKind::opportunity;
  role.about_why = staged ? "it has a column of stages" : "its key is an e-mail address";
  if (!role.about) role.left_out = "neither its key '" + name + "' nor its name says whose records these are";
}

// A sheet that lists the columns of the others.
void leave_out_dictionaries(std::vector<TableRole>& roles) {
  std::set<std::string> names;
  for (const TableRole& role : roles) {
    for (const auto& field : role.profile->contract.fields) names.insert(field.source_name);
  }
  for (TableRole& role : roles) {
    for (const ColumnProfile& column : role.profile->columns) {
      const auto known = std::count_if(column.values.begin(), column.values.end(),
                                       [&](const auto& value) { return names.contains(value.first); });
      if (known >= 3 && static_cast<std::size_t>(known) * 5 >= column.values.size() * 4)
        role.left_out = "it lists columns of the other files";
    }
  }
}

// The larger of two files about the same entities is theirs, the other tells what became of some of them.
void guess_outcomes(std::vector<TableRole>& roles) {
  for (TableRole& role : roles) {
    if (!role.is_subject() || !role.left_out.empty()) continue;
    for (std::size_t other = 0; other < roles.size(); ++other) {
      const TableRole& larger = roles[other];
      if (&larger == &role || larger.about != role.about || !larger.left_out.empty() ||
          larger.profile->rows <= role.profile->rows)
        continue;
      if (overlap(*role.key, *larger.key) >= kSameThings) role.outcome_of = static_cast<int>(other);
    }
  }
}

struct Candidate {
  Reference reference;
  int rank{0};
};

Candidate reference_of(const std::vector<TableRole>& roles, const TableRole& role,
                       const ColumnProfile& column) {
  Candidate candidate;
  const std::string& name = column.field.name;
  candidate.reference.column = name;
  for (std::size_t other = 0; other < roles.size(); ++other) {
    const TableRole& target = roles[other];
    if (&target == &role || !target.about || !target.left_out.empty() || target.outcome_of >= 0) continue;
    const bool named = name == target.key->field.name || kind_of_column(name) == target.about;
    const double share = named ? overlap(column, *target.key) : 0;
    if (share < kIsKeyOf) continue;
    candidate.reference.kind = *target.about;
    candidate.reference.table = static_cast<int>(other);
    candidate.reference.why =
        percent(share) + " of its values are keys of " + file_name(target.profile->delivery.sample);
    candidate.rank = 100 + static_cast<int>(share * 10);
    return candidate;
  }
  const auto kind = kind_of_column(name);
  if (!kind || (name.ends_with("_name") && *kind != EntityKind::owner && *kind != EntityKind::account))
    return candidate;
  candidate.reference.kind = *kind;
  candidate.reference.why = "by its name";
  candidate.rank = names_identifier(name) ? 10 : name.ends_with("_name") ? 1 : 5;
  return candidate;
}

void guess_references(const std::vector<TableRole>& roles, TableRole& role) {
  std::vector<Candidate> best(workspace::kEntityKinds);
  for (const ColumnProfile& column : role.profile->columns) {
    const bool own_key = &column == role.key && !role.is_log;
    if (own_key || !column.is_name() || column.filled == 0 || &column == role.event_type) continue;
    Candidate candidate;
    if (column.field.personal == PersonalClass::email && role.about != EntityKind::contact &&
        role.about != EntityKind::lead) {
      candidate = {{EntityKind::contact, HandleScheme::email, column.field.name, -1, "e-mail addresses"}, 4};
    } else if (column.field.personal == PersonalClass::none) {
      candidate = reference_of(roles, role, column);
    }
    if (candidate.rank == 0 || candidate.reference.kind == role.about) continue;
    Candidate& so_far = best[static_cast<std::size_t>(candidate.reference.kind)];
    if (candidate.rank > so_far.rank) so_far = candidate;
  }
  for (const Candidate& candidate : best) {
    if (candidate.rank > 0) role.references.push_back(candidate.reference);
  }
}

// An event log of a process names its cases only: they are what moves through the stages.
void take_cases(TableRole& role) {
  for (const char* name : {"case_id", "case_concept_name", "case", "caseid"}) {
    const ColumnProfile* column = role.profile->find(name);
    if (column == nullptr || !column->is_name() || !role.references.empty()) continue;
    role.references.push_back({EntityKind::opportunity, HandleScheme::id, name, -1,
                               "the cases of the log are taken for opportunities"});
  }
  if (role.references.empty())
    role.left_out = "no column says whose its facts are: no lead, deal, contact, account ...";
}

bool refers(const TableRole& role, const ColumnProfile& column) {
  return std::any_of(role.references.begin(), role.references.end(),
                     [&](const Reference& each) { return each.column == column.field.name; });
}

void guess_stages(TableRole& role) {
  int best = 0;
  for (const ColumnProfile& column : role.profile->columns) {
    int rank = column.values.empty() || column.field.personal != PersonalClass::none
                   ? 0
                   : stage_column_rank(column.field.name);
    const bool speaks = std::any_of(column.values.begin(), column.values.end(),
                                    [](const auto& value) { return stage_word(value.first).known; });
    if (!speaks && rank < 9) rank = 0;
    if (rank <= best || refers(role, column)) continue;
    best = rank;
    role.stage = &column;
  }
  if (role.stage == nullptr) return;
  for (const auto& [value, count] : role.stage->values) role.stages.push_back({value, stage_word(value)});
  std::stable_sort(role.stages.begin(), role.stages.end(),
                   [](const StageValue& a, const StageValue& b) { return a.word.order < b.word.order; });
}

// Rows where both are known and `a` is not later, against those where it is.
bool mostly_before(const ColumnProfile& a, const ColumnProfile& b) {
  std::int64_t before = 0;
  std::int64_t after = 0;
  for (std::size_t row = 0; row < std::min(a.moments.size(), b.moments.size()); ++row) {
    if (a.moments[row] == kNoMoment || b.moments[row] == kNoMoment) continue;
    before += a.moments[row] < b.moments[row] ? 1 : 0;
    after += a.moments[row] > b.moments[row] ? 1 : 0;
  }
  return before > after;
}

void guess_dates(TableRole& role) {
  for (const ColumnProfile& column : role.profile->columns) {
    if (!column.is_moment() || column.filled == 0 || column.field.personal != PersonalClass::none) continue;
    const DateRole meaning = date_role(column.field.name);
    if (meaning == DateRole::planned) continue;
    if (meaning == DateRole::changed) {
      if (role.changed == nullptr && column.filled == role.profile->rows) role.changed = &column;
      continue;
    }
    const bool twice =
        meaning != DateRole::step && std::any_of(role.dates.begin(), role.dates.end(),
                                                 [&](const DateUse& each) { return each.role == meaning; });
    DateUse use{&column, twice ? DateRole::step : meaning,
                meaning == DateRole::created && !twice ? "created" : step_of_date(column.field.name)};
    if (use.step.empty()) use.step = column.field.name;
    role.dates.push_back(use);
  }
  std::vector<std::pair<int, DateUse>> ordered;
  for (const DateUse& use : role.dates) {
    int earlier = 0;
    for (const DateUse& other : role.dates)
      earlier += &other != &use && mostly_before(*other.column, *use.column) ? 1 : 0;
    ordered.emplace_back(use.role == DateRole::created ? -1 : earlier, use);
  }
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  role.dates.clear();
  for (auto& [place, use] : ordered) role.dates.push_back(use);
}

bool holds_currencies(const ColumnProfile& column) {
  return !column.values.empty() &&
         std::all_of(column.values.begin(), column.values.end(), [](const auto& value) {
           return value.first.size() == 3 && Currency::parse(value.first).has_value();
         });
}

void guess_money(TableRole& role) {
  int best = 0;
  for (const ColumnProfile& column : role.profile->columns) {
    const auto words = words_of(column.field.name);
    if (std::find(words.begin(), words.end(), "currency") != words.end() && holds_currencies(column))
      role.currency = &column;
    const int rank = column.is_number() && &column != role.key && !refers(role, column)
                         ? money_column_rank(column.field.name)
                         : 0;
    // What companies turn over is no deal's value.
    if (rank <= best || (rank <= 3 && role.about != EntityKind::opportunity)) continue;
    best = rank;
    role.money = &column;
  }
}

// Of leads and opportunities only what is no outcome and has few values.
bool is_attribute(const TableRole& role, const ColumnProfile& column) {
  const auto& field = column.field;
  if (&column == role.key || column.filled == 0 || column.is_moment() || field.type == ColumnType::json ||
      refers(role, column))
    return false;
  if (field.personal != PersonalClass::none && role.about != EntityKind::owner) return false;
  if (workspace::entity_kind(field.name) || field.name == "id" || field.name == "email" ||
      field.name == "phone" || field.name == "domain")
    return false;
  if (field.name == "when" || field.name == "namespace") return false;
  if (!role.is_subject()) return true;
  return !column.values.empty() && column.values.size() <= kAttributeValues && &column != role.stage &&
         &column != role.currency && !names_outcome(field.name);
}

void guess_rest(TableRole& role) {
  for (const ColumnProfile& column : role.profile->columns) {
    if (role.is_log && column.field.personal == PersonalClass::free_text && role.text == nullptr)
      role.text = &column;
    if (role.about && role.outcome_of < 0 && is_attribute(role, column)) role.attributes.push_back(&column);
  }
}

// A log of moves knows more than the changes between deliveries.
void find_histories(std::vector<TableRole>& roles) {
  for (TableRole& role : roles) {
    role.has_history =
        role.is_subject() && std::any_of(roles.begin(), roles.end(), [&](const TableRole& log) {
          const bool names_it = std::any_of(log.references.begin(), log.references.end(),
                                            [&](const Reference& each) { return each.kind == role.about; });
          return log.is_log && log.left_out.empty() && log.stage != nullptr && names_it;
        });
  }
}

void name_sources(std::vector<TableRole>& roles) {
  std::set<std::string> taken{"weir"};
  for (TableRole& role : roles) {
    std::string name = role.profile->stem.empty() ? "source" : role.profile->stem;
    if (name.size() > kLongestSourceName) name.resize(kLongestSourceName);
    if (contract::normalised_name(name) != name) name = "source";
    std::string unique = name;
    for (int n = 2; !taken.insert(unique).second; ++n) unique = name + "_" + std::to_string(n);
    role.source = unique;
  }
}

}  // namespace

bool TableRole::is_subject() const noexcept {
  return about == EntityKind::lead || about == EntityKind::opportunity;
}

bool TableRole::has(StageClass kind) const noexcept {
  return std::any_of(stages.begin(), stages.end(),
                     [&](const StageValue& each) { return each.word.kind == kind; });
}

std::vector<TableRole> guess_roles(std::span<const TableProfile> tables) {
  std::vector<TableRole> roles(tables.size());
  for (std::size_t i = 0; i < tables.size(); ++i) {
    roles[i].profile = &tables[i];
    roles[i].left_out = tables[i].no_table;
  }
  leave_out_dictionaries(roles);
  for (TableRole& role : roles) {
    if (!role.left_out.empty()) continue;
    guess_key(role);
    guess_kind(role);
    guess_about(role);
  }
  guess_outcomes(roles);
  name_sources(roles);
  for (TableRole& role : roles) {
    if (!role.left_out.empty()) continue;
    guess_references(roles, role);
    if (role.is_log) take_cases(role);
    if (!role.left_out.empty()) continue;
    if (role.is_subject() || role.is_log) guess_stages(role);
    guess_dates(role);
    if (role.is_subject() || role.is_log) guess_money(role);
    guess_rest(role);
  }
  find_histories(roles);
  return roles;
}

}  // namespace weir::engine
