#include "contract/personal_names.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

namespace weir::contract {
namespace {

constexpr std::array kColleagues = std::to_array<std::string_view>(
    {"owner", "agent", "rep", "manager", "sdr", "bdr", "sr", "csm", "ae", "assignee", "assigned",
     "supervisor", "salesperson", "salesman", "executive", "colleague", "employee", "staff"});
constexpr std::array kEmailWords = std::to_array<std::string_view>({"email", "mail", "emails"});
constexpr std::array kPhoneWords =
    std::to_array<std::string_view>({"phone", "mobile", "cell", "fax", "telephone", "tel", "cellphone"});
constexpr std::array kPersonNames = std::to_array<std::string_view>(
    {"first_name", "last_name", "firstname", "lastname", "given_name", "family_name", "middle_name",
     "surname", "full_name", "fullname", "forename", "maiden_name", "contact_name", "lead_name",
     "person_name", "contact_full_name", "display_name", "nick_name", "nickname"});
constexpr std::array kPersonSources = std::to_array<std::string_view>(
    {"contact", "contacts", "person", "persons", "people", "lead", "leads", "user", "users", "attendee",
     "attendees", "subscriber", "subscribers", "prospect", "prospects", "identifies"});
constexpr std::array kFreeTexts = std::to_array<std::string_view>(
    {"description", "notes", "note", "body", "message", "comment", "comments", "subject", "text",
     "transcript", "feedback", "remark", "remarks", "bio", "html", "abstract", "snippet"});
constexpr std::array kOthers = std::to_array<std::string_view>(
    {"dob", "date_of_birth", "birth_date", "birthdate", "birthday", "ssn", "soc_sec_id",
     "social_security_number", "passport", "passport_number", "ip", "ip_address"});

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string_view> words_of(std::string_view name) {
  std::vector<std::string_view> words;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('_', begin), name.size());
    if (end > begin) words.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

template <std::size_t N>
bool any_in(const std::array<std::string_view, N>& words, std::string_view name) {
  const auto parts = words_of(name);
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return is_in(words, part); });
}

// The same name at the end of a flattened path: properties_first_name.
template <std::size_t N>
bool ends_in(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view each) {
    return name == each ||
           (name.size() > each.size() && name.ends_with(each) && name[name.size() - each.size() - 1] == '_');
  });
}

double share(std::int64_t part, const TextShape& shape) noexcept {
  return shape.values == 0 ? 0 : static_cast<double>(part) / static_cast<double>(shape.values);
}

// A column that is called e-mail holds e-mails, hashed or broken ones as well: `property_email_1`,
// `email_address`.
bool names_email(std::string_view name) {
  while (!name.empty() && ((name.back() >= '0' && name.back() <= '9') || name.back() == '_'))
    name.remove_suffix(1);
  if (name.ends_with("_address")) name.remove_suffix(std::string_view("_address").size());
  const auto words = words_of(name);
  return !words.empty() && is_in(kEmailWords, words.back());
}

bool is_free_text(std::string_view name, const TextShape& shape) {
  if (shape.values == 0) return ends_in(kFreeTexts, name);
  const double length = share(shape.characters, shape);
  const bool has_words = share(shape.spaced, shape) >= 0.5;
  if (ends_in(kFreeTexts, name)) return has_words && length >= 12;
  return has_words && length >= 80;
}

}  // namespace

bool looks_like_email(std::string_view text) noexcept {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || text.size() > 254 ||
      text.find('@', at + 1) != std::string_view::npos)
    return false;
  const std::size_t dot = text.find('.', at);
  return dot != std::string_view::npos && dot > at + 1 && dot + 1 < text.size() &&
         text.find_first_of(" \t,;<>") == std::string_view::npos;
}

bool looks_like_phone(std::string_view text) noexcept {
  std::size_t digits = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      ++digits;
    } else if (std::string_view("+-. ()/x").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return digits >= 7 && digits <= 15 && text.size() <= 25;
}

bool names_colleague(std::string_view name) {
  return any_in(kColleagues, name) || name.ends_with("created_by") || name.ends_with("updated_by") ||
         name.ends_with("modified_by");
}

bool names_persons(std::string_view source) {
  return any_in(kPersonSources, source);
}

PersonalClass personal_class_of(std::string_view name, const TextShape& shape, ColumnType type,
                                bool is_person_file) {
  if (ends_in(kOthers, name)) return PersonalClass::other;
  if (names_colleague(name)) return PersonalClass::none;
  const bool textual = type == ColumnType::text;
  if (textual && (share(shape.emails, shape) >= 0.3 || names_email(name))) return PersonalClass::email;
  const bool named_phone = any_in(kPhoneWords, name);
  if (named_phone && (shape.values == 0 || share(shape.phones, shape) >= 0.5) && type != ColumnType::boolean)
    return PersonalClass::phone;
  if (textual && share(shape.marked_phones, shape) >= 0.8) return PersonalClass::phone;
  if (!textual) return PersonalClass::none;
  if (ends_in(kPersonNames, name) || (name == "name" && is_person_file)) return PersonalClass::name;
  return is_free_text(name, shape) ? PersonalClass::free_text : PersonalClass::none;
}

}  // namespace weir::contract
