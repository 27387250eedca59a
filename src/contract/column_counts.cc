#include "contract/column_counts.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "contract/values.h"

namespace weir::contract {
namespace {

constexpr std::size_t kMaxTypedText = 64;  // longer texts are neither numbers nor times

constexpr std::array kDays = std::to_array<std::string_view>(
    {"%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%Y.%m.%d", "%m/%d/%y",
     "%d/%m/%y", "%d.%m.%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y"});
constexpr std::array kTimesOfDay =
    std::to_array<std::string_view>({" %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p"});
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_plain_integer(std::string_view text) noexcept {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  return !text.empty() && text.size() <= 18 && std::all_of(text.begin(), text.end(), is_digit);
}

bool within_epoch(std::string_view text, std::int64_t unit) {
  const auto value = is_plain_integer(text) ? parse_integer(text) : std::nullopt;
  return value && *value >= 631'152'000 * unit && *value <= 4'102'444'800 * unit;  // 1990 to 2100
}

void count(std::int64_t& against, bool good) noexcept {
  against += good ? 0 : 1;
}

void observe_numbers(ColumnState& state, std::string_view text) {
  const bool plain = is_plain_integer(text);
  const std::string_view digits = text.front() == '-' ? text.substr(1) : text;
  if (plain && digits.size() > 1 && digits.front() == '0') state.seen |= kLeadingZero;
  const bool all_digits = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (all_digits && digits.size() > 15) state.seen |= kWideInteger;
  count(state.integer, plain);
  if (plain) return;
  const bool is_word =
      (text.front() >= 'a' && text.front() <= 'z') || (text.front() >= 'A' && text.front() <= 'Z');
  const ParsedNumber open = is_word ? ParsedNumber{} : parse_number(text, 0);
  if (open.state == ParsedNumber::State::ambiguous) ++state.ambiguous;
  const bool is_open = open.state == ParsedNumber::State::good;
  const bool has_mark = !is_word && text.find_first_of(".,") != std::string_view::npos;
  const auto good = [&](char mark) {
    return has_mark ? parse_number(text, mark).state == ParsedNumber::State::good : is_open;
  };
  count(state.number, is_open);
  count(state.number_dot, good('.'));
  count(state.number_comma, good(','));
}

void observe_boolean(ColumnState& state, std::string_view text) {
  const auto value = parse_boolean(text);
  count(state.boolean, value.has_value());
  if (!value) return;
  state.seen |= *value ? kTrueSeen : kFalseSeen;
  if (text.size() > 1) state.seen |= kLongWord;
  if (text == "0" || text == "1") state.seen |= kDigitWord;
}

bool is_iso_like(std::string_view text) noexcept {
  return text.size() > 4 && text[4] == '-' && std::all_of(text.begin(), text.begin() + 4, is_digit);
}

// Whether one of the usual formats could fit: they have two separators or eight digits in a row, and no ISO
// form.
bool may_be_formatted(std::string_view text) noexcept {
  if (text.size() < 6 || is_iso_like(text)) return false;
  if (text.size() == 8 && std::all_of(text.begin(), text.end(), is_digit)) return true;
  const auto separators = std::count_if(text.begin(), text.end(),
                                        [](char c) { return c == '/' || c == '.' || c == '-' || c == ' '; });
  return separators >= 2 && std::any_of(text.begin(), text.end(), is_digit);
}

void observe_times(ColumnState& state, std::string_view text, std::span<const TimeCandidate> formats,
                   bool has_declared) {
  const bool iso = is_iso_like(text);
  count(state.iso_day, iso && parse_iso_day(text).has_value());
  const bool good = iso && parse_instant(text, Zone::utc()).has_value();
  count(state.iso_time, good);
  if (good && text.find(':') != std::string_view::npos) state.seen |= kLongIso;
  if (has_declared || may_be_formatted(text)) {
    state.times.resize(formats.size());
    for (std::size_t i = 0; i < formats.size(); ++i)
      count(state.times[i], formats[i].format.parse(text).has_value());
  } else {
    ++state.no_time;
  }
  count(state.epoch_seconds, within_epoch(text, 1));
  count(state.epoch_millis, within_epoch(text, 1000));
}

void observe_shape(TextShape& shape, std::string_view text) {
  ++shape.values;
  shape.characters += static_cast<std::int64_t>(text.size());
  if (text.find(' ') != std::string_view::npos) ++shape.spaced;
  if (looks_like_email(text)) ++shape.emails;
  if (!looks_like_phone(text)) return;
  ++shape.phones;
  const bool dashed = std::count(text.begin(), text.end(), '-') >= 2 && text.size() != 10;  // a date has 10
  if (text.front() == '+' || text.front() == '(' || dashed) ++shape.marked_phones;
}

}  // namespace

std::vector<TimeCandidate> time_candidates(const std::string& declared) {
  std::vector<TimeCandidate> all;
  const auto add = [&](std::string text) {
    auto format = TimeFormat::compile(text);
    if (format) all.push_back({std::move(text), *std::move(format)});
  };
  if (!declared.empty()) add(declared);
  for (const std::string_view day : kDays) add(std::string(day));
  for (const std::string_view day : kDays) {
    for (const std::string_view time : kTimesOfDay) add(std::string(day) + std::string(time));
  }
  add("%Y%m%d");
  return all;
}

void observe_value(ColumnState& state, std::string_view text, bool is_document,
                   std::span<const TimeCandidate> formats, bool has_declared) {
  ++state.values;
  observe_shape(state.shape, text);
  const bool structure = text.front() == '{' || text.front() == '[';
  count(state.json, structure && (is_document || nlohmann::json::accept(text)));
  if (text.size() > kMaxTypedText) {
    for (std::int64_t* each :
         {&state.integer, &state.number, &state.number_dot, &state.number_comma, &state.boolean,
          &state.iso_day, &state.iso_time, &state.epoch_seconds, &state.epoch_millis, &state.no_time}) {
      ++*each;
    }
    return;
  }
  observe_numbers(state, text);
  observe_boolean(state, text);
  observe_times(state, text, formats, has_declared);
}

}  // namespace weir::contract
