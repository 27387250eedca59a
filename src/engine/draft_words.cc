#include "engine/draft_words.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "contract/contract.h"

namespace weir::engine {

using workspace::EntityKind;

namespace {

using Words = std::vector<std::string>;
struct KindWord {
  std::string_view word;
  EntityKind kind;
};
struct RankedWord {
  std::string_view word;
  int rank;
};

constexpr std::array kKindWords = std::to_array<KindWord>({{"opportunity", EntityKind::opportunity},
                                                           {"opp", EntityKind::opportunity},
                                                           {"oppty", EntityKind::opportunity},
                                                           {"deal", EntityKind::opportunity},
                                                           {"lead", EntityKind::lead},
                                                           {"mql", EntityKind::lead},
                                                           {"sql", EntityKind::lead},
                                                           {"prospect", EntityKind::lead},
                                                           {"inquiry", EntityKind::lead},
                                                           {"enquiry", EntityKind::lead},
                                                           {"contact", EntityKind::contact},
                                                           {"person", EntityKind::contact},
                                                           {"account", EntityKind::account},
                                                           {"company", EntityKind::account},
                                                           {"customer", EntityKind::account},
                                                           {"organization", EntityKind::account},
                                                           {"organisation", EntityKind::account},
                                                           {"client", EntityKind::account},
                                                           {"org", EntityKind::account},
                                                           {"firm", EntityKind::account},
                                                           {"owner", EntityKind::owner},
                                                           {"agent", EntityKind::owner},
                                                           {"rep", EntityKind::owner},
                                                           {"salesperson", EntityKind::owner},
                                                           {"assignee", EntityKind::owner},
                                                           {"ae", EntityKind::owner},
                                                           {"sr", EntityKind::owner},
                                                           {"sdr", EntityKind::owner},
                                                           {"bdr", EntityKind::owner},
                                                           {"product", EntityKind::product},
                                                           {"sku", EntityKind::product},
                                                           {"campaign", EntityKind::campaign},
                                                           {"content", EntityKind::content},
                                                           {"page", EntityKind::content},
                                                           {"asset", EntityKind::content},
                                                           {"anonymous", EntityKind::anonymous},
                                                           {"visitor", EntityKind::anonymous},
                                                           {"cookie", EntityKind::anonymous}});
// What only files are called.
constexpr std::array kFileWords = std::to_array<KindWord>({{"pipeline", EntityKind::opportunity},
                                                           {"people", EntityKind::contact},
                                                           {"user", EntityKind::owner},
                                                           {"team", EntityKind::owner},
                                                           {"employee", EntityKind::owner},
                                                           {"seller", EntityKind::owner},
                                                           {"staff", EntityKind::owner}});
constexpr std::array kIdWords =
    std::to_array<std::string_view>({"id", "key", "uuid", "guid", "code", "no", "number", "nr"});
constexpr std::array kFactWords = std::to_array<std::string_view>(
    {"event", "activity", "history", "log", "touch", "email", "engagement", "task", "call", "visit",
     "meeting", "click", "interaction", "message", "change", "note", "conversion", "registration", "ticket"});
constexpr std::array kTypeNames = std::to_array<std::string_view>(
    {"event", "event_type", "event_name", "activity", "activity_type", "activity_name", "action",
     "action_type", "type", "touch_type", "concept_name"});
constexpr std::array kOutcomeWords =
    std::to_array<std::string_view>({"reason", "lost", "loss", "won", "win", "closed", "outcome",
                                     "probability", "forecast", "converted", "competitor"});
constexpr std::array kPlannedWords = std::to_array<std::string_view>(
    {"expected", "estimated", "forecast", "planned", "due", "next", "target", "renewal", "birth", "birthday",
     "founded", "established", "expiry", "expires"});
constexpr std::array kChangedWords = std::to_array<std::string_view>(
    {"updated", "modified", "changed", "lastmodified", "systemmodstamp", "update"});
constexpr std::array kWonDates =
    std::to_array<std::string_view>({"won", "win", "sold", "signed", "converted", "conversion"});
constexpr std::array kLostDates =
    std::to_array<std::string_view>({"lost", "loss", "rejected", "disqualified", "churned"});
constexpr std::array kCloseDates =
    std::to_array<std::string_view>({"close", "closed", "closing", "closedate", "end", "ended"});
constexpr std::array kCreateDates = std::to_array<std::string_view>(
    {"create", "created", "creation", "createdate", "createdat", "open", "opened", "added", "start",
     "started", "registered", "signup", "first", "received"});
constexpr std::array kDateWords = std::to_array<std::string_view>(
    {"date", "at", "on", "time", "timestamp", "day", "datetime", "ts", "utc"});
constexpr std::array kParticiples =
    std::to_array<std::pair<std::string_view, std::string_view>>({{"engage", "engaged"},
                                                                  {"qualify", "qualified"},
                                                                  {"qualification", "qualified"},
                                                                  {"accept", "accepted"},
                                                                  {"contact", "contacted"},
                                                                  {"propose", "proposed"},
                                                                  {"assign", "assigned"},
                                                                  {"respond", "responded"},
                                                                  {"negotiate", "negotiated"},
                                                                  {"order", "ordered"}});
constexpr std::array kStageColumns = std::to_array<RankedWord>({{"stage", 9},
                                                                {"dealstage", 9},
                                                                {"stagename", 9},
                                                                {"phase", 6},
                                                                {"status", 5},
                                                                {"outcome", 4},
                                                                {"result", 3},
                                                                {"state", 2}});
constexpr std::array kFormerWords =
    std::to_array<std::string_view>({"from", "previous", "old", "prior", "last"});
constexpr std::array kMoneyColumns = std::to_array<RankedWord>({{"amount", 9},
                                                                {"acv", 8},
                                                                {"arr", 8},
                                                                {"tcv", 8},
                                                                {"mrr", 7},
                                                                {"value", 7},
                                                                {"total", 5},
                                                                {"price", 4},
                                                                {"revenue", 3}});
constexpr std::array kNoMoney =
    std::to_array<std::string_view>({"declared", "expected", "annual", "monthly", "probability", "weighted",
                                     "id", "count", "list", "score", "percent", "employees"});
constexpr std::array kLostWords = std::to_array<std::string_view>(
    {"lost", "dead", "disqualified", "unqualified", "rejected", "abandoned", "churned", "cancelled",
     "canceled", "junk", "declined", "failed", "nurture", "closedlost"});
constexpr std::array kWonWords =
    std::to_array<std::string_view>({"won", "win", "signed", "sold", "converted", "customer", "closedwon"});
// Beginnings of words with their usual place in a funnel.
constexpr std::array kStageOrder = std::to_array<RankedWord>(
    {{"new", 0},       {"creat", 0},        {"subscrib", 2},  {"prospect", 5},     {"lead", 6},
     {"mql", 8},       {"market", 8},       {"attempt", 10},  {"contact", 12},     {"connect", 12},
     {"work", 14},     {"engag", 15},       {"qualif", 20},   {"sal", 21},         {"sql", 22},
     {"discover", 25}, {"need", 25},        {"analys", 26},   {"appointment", 28}, {"meeting", 30},
     {"demo", 30},     {"present", 31},     {"evaluat", 35},  {"trial", 35},       {"poc", 36},
     {"pilot", 36},    {"proposition", 38}, {"solution", 38}, {"proposal", 40},    {"quot", 42},
     {"pric", 42},     {"decision", 45},    {"bought", 46},   {"negotiat", 50},    {"review", 50},
     {"procure", 58},  {"legal", 58},       {"contract", 60}, {"verbal", 62},      {"commit", 62},
     {"pending", 65}});
constexpr int kUnknownOrder = 33;

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

template <std::size_t N>
bool any_in(const std::array<std::string_view, N>& words, const Words& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) { return is_in(words, part); });
}

// "companies" is company, "leads" is lead; "sales" and "status" stay as good as unread.
std::string singular(const std::string& word) {
  if (word.size() > 4 && word.ends_with("ies")) return word.substr(0, word.size() - 3) + "y";
  if (word.size() > 3 && word.ends_with("s") && !word.ends_with("ss")) return word.substr(0, word.size() - 1);
  return word;
}

std::optional<EntityKind> kind_in(std::span<const KindWord> words, const std::string& word) {
  const auto at =
      std::find_if(words.begin(), words.end(), [&](const KindWord& each) { return each.word == word; });
  return at == words.end() ? std::nullopt : std::optional(at->kind);
}

int best_rank(std::span<const RankedWord> ranked, const Words& parts) {
  int best = 0;
  for (const RankedWord& each : ranked) {
    if (std::find(parts.begin(), parts.end(), each.word) != parts.end()) best = std::max(best, each.rank);
  }
  return best;
}

bool has(const Words& parts, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [&](std::string_view beginning) { return part.starts_with(beginning); });
  });
}

}  // namespace

std::vector<std::string> words_of(std::string_view name) {
  Words words;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('_', begin), name.size());
    if (end > begin) words.emplace_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::optional<EntityKind> kind_of_column(std::string_view name) {
  Words words = words_of(name);
  while (words.size() > 1 && (is_in(kIdWords, words.back()) || words.back() == "name")) words.pop_back();
  return words.empty() ? std::nullopt : kind_in(kKindWords, words.back());
}

std::optional<EntityKind> kind_of_file(std::string_view stem) {
  const Words words = words_of(stem);
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    const std::string one = singular(*word);
    if (const auto kind = kind_in(kKindWords, one)) return kind;
    if (const auto kind = kind_in(kFileWords, one)) return kind;
    if (const auto kind = kind_in(kFileWords, *word)) return kind;
  }
  return std::nullopt;
}

bool names_identifier(std::string_view name) {
  const Words words = words_of(name);
  return !words.empty() && is_in(kIdWords, words.back());
}

bool names_facts(std::string_view stem) {
  const Words words = words_of(stem);
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return is_in(kFactWords, word) || is_in(kFactWords, singular(word));
  });
}

bool names_event_type(std::string_view name) {
  return is_in(kTypeNames, name);
}

bool names_outcome(std::string_view name) {
  return any_in(kOutcomeWords, words_of(name));
}

DateRole date_role(std::string_view name) {
  const Words words = words_of(name);
  if (any_in(kPlannedWords, words)) return DateRole::planned;
  if (any_in(kChangedWords, words)) return DateRole::changed;
  if (any_in(kWonDates, words)) return DateRole::won;
  if (any_in(kLostDates, words)) return DateRole::lost;
  if (any_in(kCloseDates, words)) return DateRole::closed;
  if (any_in(kCreateDates, words) || step_of_date(name).empty()) return DateRole::created;
  return DateRole::step;
}

std::string step_of_date(std::string_view name) {
  Words words = words_of(name);
  std::erase_if(words, [](const std::string& word) { return is_in(kDateWords, word); });
  std::string step;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    for (const auto& [verb, participle] : kParticiples) {
      if (i + 1 == words.size() && word == verb) word = participle;
    }
    step += (step.empty() ? "" : "_") + word;
  }
  return step;
}

int stage_column_rank(std::string_view name) {
  const Words words = words_of(name);
  return any_in(kFormerWords, words) ? 0 : best_rank(kStageColumns, words);
}

int money_column_rank(std::string_view name) {
  const Words words = words_of(name);
  return any_in(kNoMoney, words) ? 0 : best_rank(kMoneyColumns, words);
}

StageWord stage_word(std::string_view value) {
  const Words words = words_of(contract::normalised_name(value));
  if (any_in(kLostWords, words) || (words.size() == 2 && words[0] == "no" && words[1] == "decision"))
    return {StageClass::lost, 0, true};
  if (any_in(kWonWords, words)) return {StageClass::won, 0, true};
  // The last word that says something decides: "Proposal Review" stands behind "Proposal".
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    for (const RankedWord& each : kStageOrder) {
      if (word->starts_with(each.word)) return {StageClass::open, each.rank, true};
    }
  }
  return {StageClass::open, kUnknownOrder, false};
}

std::string usual_event_type(std::string_view value) {
  const Words words = words_of(contract::normalised_name(value));
  const auto act = [&](std::initializer_list<std::pair<std::string_view, const char*>> acts,
                       const char* otherwise) -> std::string {
    for (const auto& [beginning, type] : acts) {
      if (has(words, {beginning})) return type;
    }
    return otherwise;
  };
  if (has(words, {"unsubscri"})) return "email.unsubscribed";
  if (has(words, {"email", "mail"})) {
    return act({{"open", "email.opened"},
                {"click", "email.clicked"},
                {"repl", "email.replied"},
                {"bounc", "email.bounced"},
                {"deliver", "email.delivered"},
                {"sen", "email.sent"}},
               "");
  }
  if (has(words, {"meeting", "demo"})) {
    return act({{"no", "meeting.no_show"},
                {"resched", "meeting.moved"},
                {"mov", "meeting.moved"},
                {"book", "meeting.booked"},
                {"schedul", "meeting.booked"}},
               "meeting.held");
  }
  if (has(words, {"webinar"})) return act({{"regist", "webinar.registered"}}, "webinar.attended");
  if (has(words, {"ticket"}))
    return act({{"open", "ticket.opened"}, {"answer", "ticket.answered"}, {"clos", "ticket.closed"}}, "");
  if (has(words, {"call"})) return "call.logged";
  if (has(words, {"note"})) return "note.logged";
  if (has(words, {"form"})) return "form.submitted";
  if (has(words, {"page", "visit"})) return "page.viewed";
  if (has(words, {"download", "content"})) return "content.viewed";
  return "";
}

}  // namespace weir::engine
