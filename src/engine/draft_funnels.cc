#include "engine/draft_funnels.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "contract/contract.h"

namespace weir::engine {

using workspace::EntityKind;

namespace {

constexpr std::size_t kSegmentValues = 30;
constexpr std::size_t kSegments = 8;
constexpr std::size_t kLongestStageName = 60;  // room for a number at its end
constexpr std::size_t kEnoughDurations = 30;
constexpr int kUsualWindowDays = 90;
constexpr int kUsualSilenceDays = 60;
constexpr int kLongestWindowDays = 720;
constexpr double kWindowShare = 0.99;
constexpr double kSilenceShare = 0.95;

struct DraftStage {
  std::string name;
  std::string enter;
  std::string why;
};

struct DraftSegment {
  std::string name;
  std::string value;
};

struct DraftFunnel {
  std::string name;
  EntityKind subject{EntityKind::opportunity};
  std::vector<DraftStage> stages;
  std::string won, lost;  // event types
  bool has_money{false};
  std::vector<DraftSegment> segments;
  std::vector<std::int64_t> days;    // from the first stage to the outcome, sorted
  std::vector<std::string> undated;  // open stages without a time
  bool next_deals{false};
};

// The roles whose events the subjects of `kind` have, the file of the subjects themselves first.
std::vector<std::size_t> members_of(std::span<const TableRole> roles, EntityKind kind) {
  std::vector<std::size_t> members;
  for (const int round : {0, 1, 2}) {
    for (std::size_t i = 0; i < roles.size(); ++i) {
      const TableRole& role = roles[i];
      if (!role.left_out.empty()) continue;
      const Reference* subject = role.is_log ? subject_of_log(role) : nullptr;
      const bool in_log = subject != nullptr && subject->kind == kind;
      const bool own = !role.is_log && role.about == kind;
      if ((round == 0 && own && role.outcome_of < 0) || (round == 1 && own && role.outcome_of >= 0) ||
          (round == 2 && in_log))
        members.push_back(i);
    }
  }
  return members;
}

bool is_marketing_qualified(const TableRole& role) {
  const auto key = words_of(role.key == nullptr ? "" : role.key->field.name);
  return std::find(key.begin(), key.end(), "mql") != key.end() ||
         role.profile->stem.find("marketing_qualified") != std::string::npos ||
         role.profile->stem.find("mql") != std::string::npos;
}

std::string stage_name(const std::string& wish, const std::vector<DraftStage>& stages) {
  std::string name = wish.empty() ? "stage" : wish.substr(0, kLongestStageName);
  if (contract::normalised_name(name) != name) name = "stage_" + std::to_string(stages.size() + 1);
  const auto taken = [&](const std::string& each) {
    return each == "won" || each == "lost" || each == "dormant" ||
           std::any_of(stages.begin(), stages.end(),
                       [&](const DraftStage& stage) { return stage.name == each; });
  };
  std::string unique = name;
  for (int n = 2; taken(unique); ++n) unique = name + "_" + std::to_string(n);
  return unique;
}

// "Engaging" begins where `engaged` does: names that begin alike.
bool has_a_date(const std::string& value, const std::vector<DraftStage>& stages, std::size_t dated) {
  constexpr std::size_t kAlike = 5;
  return std::any_of(
      stages.begin(), stages.begin() + static_cast<std::ptrdiff_t>(dated), [&](const DraftStage& stage) {
        return stage.name == value ||
               (value.size() >= kAlike && stage.name.compare(0, kAlike, value, 0, kAlike) == 0);
      });
}

void add_stages(const TableRole& role, const std::vector<DraftEvent>& events, DraftFunnel& funnel) {
  for (const DraftEvent& event : events) {
    if (!event.is_stage || event.kind != StageClass::open) continue;
    std::string name = event.type.substr(event.type.rfind('.') + 1);
    if (event.type == "lead.created" && is_marketing_qualified(role)) name = "mql";
    funnel.stages.push_back({stage_name(name, funnel.stages), "type = '" + event.type + "'",
                             "each has a date of its own; order by their dates"});
  }
  const std::size_t dated = funnel.stages.size();
  const bool history = std::any_of(events.begin(), events.end(),
                                   [](const DraftEvent& event) { return !event.stage_property.empty(); });
  for (const StageValue& each : role.stages) {
    if (each.word.kind != StageClass::open) continue;
    if (!history && !has_stage_changes(role)) {
      if (!role.has_history && !has_a_date(contract::normalised_name(each.value), funnel.stages, dated))
        funnel.undated.push_back(each.value);
      continue;
    }
    const std::string enter =
        "type = '" + type_prefix(funnel.subject) + ".stage' AND " + is_one_of("prop('to')", {each.value});
    const bool known = std::any_of(funnel.stages.begin(), funnel.stages.end(),
                                   [&](const DraftStage& stage) { return stage.enter == enter; });
    if (known) continue;  // from another file
    funnel.stages.push_back({stage_name(contract::normalised_name(each.value), funnel.stages), enter,
                             each.word.known ? "its place by what the word usually means"
                                             : "the word says nothing: its place is arbitrary"});
  }
}

// Days from the subjects' first stage to their outcome, by key over two files where the outcome has its own.
void add_durations(const TableRole& first, const DraftEvent& entry, const TableRole& last,
                   const DraftEvent& outcome, std::vector<std::int64_t>& days) {
  if (first.key == nullptr || last.key == nullptr) return;
  std::unordered_map<std::uint64_t, std::int64_t> entered;
  const auto& keys = first.key->row_hashes;
  for (std::size_t row = 0; row < keys.size(); ++row) {
    if (entry.occurred_at->moments[row] != kNoMoment) entered[keys[row]] = entry.occurred_at->moments[row];
  }
  const auto& ends = last.key->row_hashes;
  for (std::size_t row = 0; row < ends.size(); ++row) {
    const auto at = entered.find(ends[row]);
    const std::int64_t end = outcome.occurred_at->moments[row];
    if (at != entered.end() && end != kNoMoment && end >= at->second)
      days.push_back((end - at->second) / kMicrosPerDay);
  }
}

const DraftEvent* first_stage(const std::vector<DraftEvent>& events) {
  const auto at = std::find_if(events.begin(), events.end(), [](const DraftEvent& event) {
    return event.is_stage && event.kind == StageClass::open;
  });
  return at == events.end() ? nullptr : &*at;
}

void add_segment(DraftFunnel& funnel, const std::string& wish, const std::string& value) {
  std::string name = wish;
  if (contract::normalised_name(name) != name) return;
  const auto taken = [&] {
    return std::any_of(funnel.segments.begin(), funnel.segments.end(),
                       [&](const DraftSegment& each) { return each.name == name; });
  };
  if (taken()) {
    name = value;
    std::replace(name.begin(), name.end(), '.', '_');
  }
  if (!taken() && funnel.segments.size() < kSegments) funnel.segments.push_back({name, value});
}

void add_segments_of(const TableRole& role, DraftFunnel& funnel) {
  for (const ColumnProfile* column : role.attributes) {
    const bool comparable = column->values.size() >= 2 && column->values.size() <= kSegmentValues &&
                            static_cast<std::int64_t>(column->values.size()) * 2 <= column->filled &&
                            column->filled * 2 >= role.profile->rows;
    if (comparable)
      add_segment(funnel, column->field.name, std::string(to_text(*role.about)) + "." + column->field.name);
  }
}

void add_segments(std::span<const TableRole> roles, const TableRole& primary, DraftFunnel& funnel) {
  if (primary.about) add_segments_of(primary, funnel);
  for (const Reference& reference : primary.references) {
    const ColumnProfile* column = primary.profile->find(reference.column);
    if (reference.scheme == workspace::HandleScheme::id && column != nullptr && column->values.size() >= 2 &&
        column->values.size() <= kSegmentValues)
      add_segment(funnel, to_text(reference.kind), to_text(reference.kind));
    if (reference.table >= 0) add_segments_of(roles[static_cast<std::size_t>(reference.table)], funnel);
  }
}

// Empty when there is no stage or no way to win.
std::optional<DraftFunnel> draft_funnel(std::span<const TableRole> roles,
                                        std::span<const std::vector<DraftEvent>> events, EntityKind kind,
                                        DraftText& text) {
  DraftFunnel funnel;
  funnel.subject = kind;
  funnel.name = kind == EntityKind::opportunity ? "deals" : "leads";
  const std::vector<std::size_t> members = members_of(roles, kind);
  if (members.empty()) return std::nullopt;
  const TableRole& primary = roles[members.front()];
  const DraftEvent* entry = first_stage(events[members.front()]);
  for (const std::size_t member : members) {
    add_stages(roles[member], events[member], funnel);
    for (const DraftEvent& event : events[member]) {
      if (event.kind == StageClass::open) continue;
      (event.kind == StageClass::won ? funnel.won : funnel.lost) = event.type;
      funnel.has_money = funnel.has_money || event.has_amount;
      if (entry != nullptr) add_durations(primary, *entry, roles[member], event, funnel.days);
    }
  }
  std::sort(funnel.days.begin(), funnel.days.end());
  add_segments(roles, primary, funnel);
  funnel.next_deals =
      kind == EntityKind::lead && std::any_of(members.begin(), members.end(), [&](std::size_t member) {
        const auto& references = roles[member].references;
        return std::any_of(references.begin(), references.end(),
                           [](const Reference& each) { return each.kind == EntityKind::opportunity; });
      });
  if (!funnel.stages.empty() && !funnel.won.empty()) return funnel;
  text.remark("no funnel of " + funnel.name + ": " +
              (funnel.stages.empty() ? "no date says when a stage begins" : "nothing says when one is won"));
  return std::nullopt;
}

const char* phase_of(const DraftFunnel& funnel, std::size_t stage) {
  if (funnel.stages.size() == 1) return funnel.subject == EntityKind::lead ? "top" : "middle";
  return stage == 0 ? "top" : stage + 1 == funnel.stages.size() ? "bottom" : "middle";
}

std::int64_t days_at(const DraftFunnel& funnel, double share) {
  return funnel.days[static_cast<std::size_t>(share * static_cast<double>(funnel.days.size() - 1))];
}

// The share of the durations, rounded up to whole months of 30 days.
int days_of_share(const DraftFunnel& funnel, double share, int otherwise) {
  if (funnel.days.size() < kEnoughDurations) return otherwise;
  return std::clamp(
      static_cast<int>((std::min<std::int64_t>(days_at(funnel, share), kLongestWindowDays) + 29) / 30) * 30,
      30, kLongestWindowDays);
}

std::string reason_of_share(const DraftFunnel& funnel, double portion, const char* share, const char* usual) {
  if (funnel.days.size() < kEnoughDurations) return usual;
  return std::string(share) + " of the closed took " + std::to_string(days_at(funnel, portion)) +
         " days or less";
}

void write_funnel(const DraftFunnel& funnel, bool has_deals, DraftText& text) {
  text.line("  " + funnel.name + ":");
  text.line(std::string("    subject: ") + to_text(funnel.subject));
  text.line("    stages:");
  const std::string window = std::to_string(days_of_share(funnel, kWindowShare, kUsualWindowDays)) + "d";
  for (std::size_t i = 0; i < funnel.stages.size(); ++i) {
    const DraftStage& stage = funnel.stages[i];
    text.guess("      - { name: " + stage.name + ", phase: " + phase_of(funnel, i) +
                   ", enter: " + yaml_scalar(stage.enter) + ", window: " + window + " }",
               "stage " + stage.name,
               stage.why + "; window: " + reason_of_share(funnel, kWindowShare, "99 %", "a usual one"));
  }
  if (!funnel.undated.empty()) {
    std::string names;
    for (const std::string& each : funnel.undated) names += (names.empty() ? "" : ", ") + each;
    text.guess("      # no stage: " + yaml_scalar(names), "stages left out", "no file says when they begin");
    text.remark("no stages of " + funnel.name + ", as no file says when they begin: " + names);
  }
  text.line("    won:  { enter: type = '" + funnel.won + "'" + (funnel.has_money ? ", money: amount" : "") +
            " }");
  if (!funnel.lost.empty()) text.line("    lost: { enter: type = '" + funnel.lost + "' }");
  if (funnel.lost.empty())
    text.remark("nothing says which " + funnel.name +
                " were lost: all that are not won count as open or dormant");
  text.guess("    dormant: { silent_for: " +
                 std::to_string(days_of_share(funnel, kSilenceShare, kUsualSilenceDays)) + "d }",
             "silence of " + funnel.name, reason_of_share(funnel, kSilenceShare, "95 %", "a usual one"));
  if (!funnel.segments.empty()) {
    text.line("    segments:");
    for (const DraftSegment& segment : funnel.segments)
      text.line("      " + segment.name + ": " + segment.value);
  }
  if (funnel.next_deals && has_deals)
    text.guess("    next: { funnel: deals, link: opportunity }", "next of leads",
               "leads name their opportunity");
}

}  // namespace

void write_funnels(std::span<const TableRole> roles, std::span<const std::vector<DraftEvent>> events,
                   DraftText& text) {
  const auto leads = draft_funnel(roles, events, EntityKind::lead, text);
  const auto deals = draft_funnel(roles, events, EntityKind::opportunity, text);
  if (!leads && !deals) {
    text.remark("no file has leads or opportunities with dates: declare a funnel yourself");
    return;
  }
  text.line("");
  text.line("funnels:");
  if (leads) write_funnel(*leads, deals.has_value(), text);
  if (deals) write_funnel(*deals, true, text);
}

}  // namespace weir::engine
