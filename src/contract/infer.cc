#include "contract/infer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "contract/apply.h"
#include "contract/personal_names.h"
#include "contract/time_format.h"
#include "contract/values.h"

namespace weir::contract {
namespace {

constexpr std::int64_t kToleratedShare = 100;  // one value in so many may differ from an inferred type
constexpr std::size_t kMaxTypedText = 64;      // longer texts are neither numbers nor times

constexpr std::array kDays = std::to_array<std::string_view>(
    {"%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%Y.%m.%d", "%m/%d/%y",
     "%d/%m/%y", "%d.%m.%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y"});
constexpr std::array kTimesOfDay =
    std::to_array<std::string_view>({" %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p"});
// Pairs that differ in the order of day and month only.
constexpr std::array kTwins = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"%m/%d/%Y", "%d/%m/%Y"}, {"%m-%d-%Y", "%d-%m-%Y"}, {"%m/%d/%y", "%d/%m/%y"}});

bool ends_with_word(std::string_view name, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return name == word ||
           (name.size() > word.size() && name.ends_with(word) && name[name.size() - word.size() - 1] == '_');
  });
}

bool names_time(std::string_view name) {
  static constexpr std::array kWords = std::to_array<std::string_view>(
      {"at", "on", "date", "day", "time", "timestamp", "ts", "datetime", "created", "updated", "modified"});
  return ends_with_word(name, kWords);
}

// Words whose digits are names: a few odd values among them are values, not mistakes.
bool names_key(std::string_view name) {
  static constexpr std::array kWords =
      std::to_array<std::string_view>({"id", "key", "code", "no", "number", "zip", "postcode", "ref",
                                       "reference", "sku", "uuid", "guid", "version", "name", "postal"});
  return ends_with_word(name, kWords);
}

// Sums of money and rates are numbers even when a sample shows whole ones only.
bool names_measure(std::string_view name) {
  static constexpr std::array kWords =
      std::to_array<std::string_view>({"amount", "value", "price", "revenue", "total", "cost", "mrr", "arr",
                                       "acv", "tcv", "spend", "budget", "rate", "score", "discount"});
  return ends_with_word(name, kWords);
}

// A candidate type for a column and how many values are against it.
struct Candidate {
  std::int64_t failures{0};
  bool alive{true};
  void count(bool good, std::int64_t values) noexcept {
    if (good) return;
    ++failures;
    alive = failures <= 2 + values / (kToleratedShare / 2);
  }
};

struct TimeCandidate {
  std::string text;
  TimeFormat format;
};

// Compiled once per inference.
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

struct ColumnState {
  std::int64_t values{0};
  std::int64_t nulls{0};
  Candidate integer, number, number_dot, number_comma, boolean, iso_day, iso_time, epoch_seconds,
      epoch_millis, json;
  std::vector<Candidate> times;
  bool is_long_iso{false};
  bool has_dot{false};
  bool has_leading_zero{false};
  bool has_wide_integer{false};
  std::int64_t ambiguous{0};
  int words_seen{0};  // bits: 1 true, 2 false, 4 a word longer than one letter, 8 a digit
  TextShape shape;
};

bool tolerated(const Candidate& candidate, std::int64_t values, bool exactly) noexcept {
  return candidate.alive && values > 0 &&
         (candidate.failures == 0 || (!exactly && candidate.failures * kToleratedShare <= values));
}

bool is_plain_integer(std::string_view text) noexcept {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool within_epoch(std::string_view text, std::int64_t unit) {
  const auto value = is_plain_integer(text) ? parse_integer(text) : std::nullopt;
  return value && *value >= 631'152'000 * unit && *value <= 4'102'444'800 * unit;  // 1990 to 2100
}

void observe_numbers(ColumnState& state, std::string_view text) {
  const std::int64_t seen = state.values;
  const bool plain = is_plain_integer(text);
  const std::string_view digits = !text.empty() && text.front() == '-' ? text.substr(1) : text;
  state.has_leading_zero = state.has_leading_zero || (plain && digits.size() > 1 && digits.front() == '0');
  const bool all_digits = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  state.has_wide_integer = state.has_wide_integer || (all_digits && digits.size() > 15);
  if (state.integer.alive) state.integer.count(plain, seen);
  if (!state.number.alive && !state.number_dot.alive && !state.number_comma.alive) return;
  const auto good = [&](char mark) { return parse_number(text, mark).state == ParsedNumber::State::good; };
  state.has_dot = state.has_dot || text.find('.') != std::string_view::npos;
  const ParsedNumber open = parse_number(text, 0);
  if (open.state == ParsedNumber::State::ambiguous) ++state.ambiguous;
  state.number.count(open.state == ParsedNumber::State::good, seen);
  const bool has_mark = text.find_first_of(".,") != std::string_view::npos;
  state.number_dot.count(has_mark ? good('.') : open.state == ParsedNumber::State::good, seen);
  state.number_comma.count(has_mark ? good(',') : open.state == ParsedNumber::State::good, seen);
}

void observe_boolean(ColumnState& state, std::string_view text) {
  if (!state.boolean.alive) return;
  const auto value = parse_boolean(text);
  state.boolean.count(value.has_value(), state.values);
  if (!value) return;
  state.words_seen |= *value ? 1 : 2;
  if (text.size() > 1) state.words_seen |= 4;
  if (text == "0" || text == "1") state.words_seen |= 8;
}

void observe_times(ColumnState& state, std::string_view text, std::span<const TimeCandidate> formats) {
  const std::int64_t seen = state.values;
  const bool digit_first = text.front() >= '0' && text.front() <= '9';
  if (state.iso_day.alive) state.iso_day.count(digit_first && parse_iso_day(text).has_value(), seen);
  if (state.iso_time.alive) {
    const bool good = digit_first && text.size() >= 10 && text[4] == '-' &&
                      (text.size() == 10 ? parse_date(text).has_value() : parse_civil_time(text).has_value());
    state.iso_time.count(good, seen);
    state.is_long_iso = state.is_long_iso || (good && text.size() > 10);
  }
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (state.times[i].alive) state.times[i].count(formats[i].format.parse(text).has_value(), seen);
  }
  if (state.epoch_seconds.alive) state.epoch_seconds.count(within_epoch(text, 1), seen);
  if (state.epoch_millis.alive) state.epoch_millis.count(within_epoch(text, 1000), seen);
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

// Which of the time formats fits best; -1: none.
int best_format(const ColumnState& state, std::span<const TimeCandidate> formats, bool exactly,
                bool may_be_digits) {
  int best = -1;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (!tolerated(state.times[i], state.values, exactly)) continue;
    if (formats[i].text == "%Y%m%d" && !may_be_digits) continue;
    if (best < 0 || state.times[i].failures < state.times[static_cast<std::size_t>(best)].failures)
      best = static_cast<int>(i);
  }
  return best;
}

std::string swapped_order(std::string_view format) {
  for (const auto& [month_first, day_first] : kTwins) {
    if (format.starts_with(month_first))
      return std::string(day_first) + std::string(format.substr(month_first.size()));
    if (format.starts_with(day_first))
      return std::string(month_first) + std::string(format.substr(day_first.size()));
  }
  return {};
}

bool is_month_first(std::string_view format) noexcept {
  return format.starts_with("%m");
}

std::string odd_values(const Candidate& candidate, std::int64_t values, std::string_view what) {
  if (candidate.failures == 0) return {};
  return std::to_string(candidate.failures) + " of " + std::to_string(values) + " sampled values are no " +
         std::string(what);
}

}  // namespace

struct ContractInference::Impl {
  std::string source;
  std::vector<std::string> source_names;
  std::vector<std::string> names;
  InferOptions options;
  std::vector<TimeCandidate> formats;
  std::vector<ColumnState> columns;
  std::int64_t observed{0};

  [[nodiscard]] bool is_null(const Cell& cell, std::string_view text) const {
    if (cell.kind == CellKind::absent) return true;
    if (text.empty()) return true;
    const auto& declared = options.null_values;
    return std::find(declared.begin(), declared.end(), text) != declared.end() || is_usual_null(text);
  }

  void observe_cell(ColumnState& state, const Cell& cell) const {
    const std::string_view text = trimmed(cell.text());
    if (is_null(cell, text)) {
      ++state.nulls;
      return;
    }
    ++state.values;
    observe_shape(state.shape, text);
    const bool structure = text.front() == '{' || text.front() == '[';
    if (state.json.alive) {
      state.json.count(structure && (cell.kind == CellKind::exact || nlohmann::json::accept(text)),
                       state.values);
    }
    if (text.size() > kMaxTypedText) {
      fail_all(state);
      return;
    }
    observe_numbers(state, text);
    observe_boolean(state, text);
    observe_times(state, text, formats);
  }

  static void fail_all(ColumnState& state) {
    for (Candidate* each :
         {&state.integer, &state.number, &state.number_dot, &state.number_comma, &state.boolean,
          &state.iso_day, &state.iso_time, &state.epoch_seconds, &state.epoch_millis}) {
      each->count(false, state.values);
    }
    for (Candidate& each : state.times) each.count(false, state.values);
  }

  // Month first or day first, as the columns say that leave no doubt; empty when none or both do.
  [[nodiscard]] std::optional<bool> proven_month_first() const {
    bool month = false;
    bool day = false;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const int best = best_format(columns[c], formats, false, false);
      if (best < 0 || is_undecided(columns[c], best)) continue;
      const std::string& format = formats[static_cast<std::size_t>(best)].text;
      if (swapped_order(format).empty()) continue;
      (is_month_first(format) ? month : day) = true;
    }
    return month == day ? std::nullopt : std::optional(month);
  }

  [[nodiscard]] int index_of(std::string_view format) const {
    for (std::size_t i = 0; i < formats.size(); ++i) {
      if (formats[i].text == format) return static_cast<int>(i);
    }
    return -1;
  }

  // The other order of day and month fits as well.
  [[nodiscard]] bool is_undecided(const ColumnState& state, int format) const {
    const int twin = index_of(swapped_order(formats[static_cast<std::size_t>(format)].text));
    if (twin < 0 || formats[static_cast<std::size_t>(format)].text == options.date_format) return false;
    const auto& mine = state.times[static_cast<std::size_t>(format)];
    const auto& other = state.times[static_cast<std::size_t>(twin)];
    return other.alive && other.failures == mine.failures;
  }

  [[nodiscard]] bool set_time_type(const ColumnState& state, Field& field, bool exactly,
                                   std::optional<bool> month_first) const {
    const int best = best_format(state, formats, exactly, names_time(field.name));
    const bool day = tolerated(state.iso_day, state.values, exactly) && !state.is_long_iso;
    if (day || tolerated(state.iso_time, state.values, exactly)) {
      field.type = day ? ColumnType::date : ColumnType::timestamp;
      field.guess = day ? odd_values(state.iso_day, state.values, "date")
                        : odd_values(state.iso_time, state.values, "date and time");
      return true;
    }
    if (best < 0) return set_epoch_type(state, field);
    const auto& chosen = formats[static_cast<std::size_t>(best)];
    field.type = chosen.format.has_time() ? ColumnType::timestamp : ColumnType::date;
    field.date_format = chosen.text;
    field.guess = odd_values(state.times[static_cast<std::size_t>(best)], state.values,
                             "date of the form " + chosen.text);
    if (!is_undecided(state, best)) return true;
    if (month_first && *month_first != is_month_first(chosen.text))
      field.date_format = swapped_order(chosen.text);
    field.guess =
        std::string("ambiguous: day and month could be swapped in all sampled values; ") +
        (month_first ? "other columns of the file have this order" : "the month was taken to stand first");
    return true;
  }

  [[nodiscard]] static bool set_epoch_type(const ColumnState& state, Field& field) {
    if (!names_time(field.name)) return false;
    const bool seconds = tolerated(state.epoch_seconds, state.values, true);
    if (!seconds && !tolerated(state.epoch_millis, state.values, true)) return false;
    field.type = ColumnType::timestamp;
    field.date_format = seconds ? "epoch_s" : "epoch_ms";
    field.guess = std::string("whole numbers in a column named like a time are taken for ") +
                  (seconds ? "seconds" : "milliseconds") + " since 1970";
    return true;
  }

  [[nodiscard]] static bool set_number_type(const ColumnState& state, Field& field, bool exactly) {
    if (state.has_leading_zero) return false;
    if (tolerated(state.integer, state.values, exactly)) {
      field.type = names_measure(field.name) ? ColumnType::number : ColumnType::integer;
      field.guess = odd_values(state.integer, state.values, "whole number");
      return true;
    }
    if (state.has_wide_integer) return false;
    const bool open = tolerated(state.number, state.values, exactly);
    const bool dot = tolerated(state.number_dot, state.values, exactly);
    const bool comma = tolerated(state.number_comma, state.values, exactly);
    if (!open && !dot && !comma) return false;
    field.type = ColumnType::number;
    if (state.ambiguous > 0) field.decimal_mark = dot ? '.' : comma ? ',' : '\0';
    field.guess = odd_values(field.decimal_mark == ','   ? state.number_comma
                             : field.decimal_mark == '.' ? state.number_dot
                                                         : state.number,
                             state.values, "number");
    if (dot && comma && state.ambiguous > 0) field.guess = "ambiguous: commas were taken to group thousands";
    return true;
  }

  void set_type(const ColumnState& state, Field& field, std::optional<bool> month_first) const {
    const bool exactly = names_key(field.name);
    const bool is_word =
        (state.words_seen & 8) == 0 && ((state.words_seen & 4) != 0 || (state.words_seen & 3) == 3);
    if (tolerated(state.json, state.values, true)) {
      field.type = ColumnType::json;
    } else if (tolerated(state.boolean, state.values, true) && is_word) {
      field.type = ColumnType::boolean;
    } else if (!set_time_type(state, field, exactly, month_first) &&
               !set_number_type(state, field, exactly)) {
      field.type = ColumnType::text;
    }
  }

  [[nodiscard]] bool is_person_file() const {
    if (names_persons(source)) return true;
    return std::any_of(names.begin(), names.end(), [](const std::string& name) {
      return name == "first_name" || name == "last_name" || name == "firstname" || name == "email";
    });
  }
};

ContractInference::ContractInference(std::string source, const std::vector<std::string>& source_names,
                                     InferOptions options)
    : impl_(std::make_unique<Impl>()) {
  impl_->source = std::move(source);
  impl_->source_names = source_names;
  impl_->names = normalised_names(source_names);
  impl_->options = std::move(options);
  impl_->formats = time_candidates(impl_->options.date_format);
  impl_->columns.resize(source_names.size());
  for (ColumnState& state : impl_->columns) state.times.resize(impl_->formats.size());
}

ContractInference::~ContractInference() = default;

void ContractInference::observe(const RawBatch& raw, std::size_t first_row, std::size_t step) {
  for (std::size_t row = first_row; row < raw.row_count(); row += step) {
    for (std::size_t c = 0; c < impl_->columns.size(); ++c)
      impl_->observe_cell(impl_->columns[c], raw.cell(row, c));
    ++impl_->observed;
  }
}

std::int64_t ContractInference::observed() const noexcept {
  return impl_->observed;
}

Contract ContractInference::finish() const {
  Contract contract;
  contract.id = impl_->source;
  contract.version = "0.1.0";
  contract.source = impl_->source;
  contract.inferred = true;
  const auto month_first = impl_->proven_month_first();
  const bool is_person_file = impl_->is_person_file();
  for (std::size_t c = 0; c < impl_->columns.size(); ++c) {
    const ColumnState& state = impl_->columns[c];
    Field field;
    field.name = impl_->names[c];
    field.source_name = impl_->source_names[c];
    impl_->set_type(state, field, month_first);
    field.personal = personal_class_of(field.name, state.shape, field.type, is_person_file);
    if (field.personal == PersonalClass::phone) {  // digits of a phone number are no quantity
      field.type = ColumnType::text;
      field.guess.clear();
    }
    field.required = impl_->options.infer_required && state.nulls == 0 && state.values > 0;
    contract.fields.push_back(std::move(field));
  }
  set_normal_form(contract);
  return contract;
}

}  // namespace weir::contract
