#include "contract/infer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include "base/json.h"
#include "contract/apply.h"
#include "contract/column_counts.h"
#include "contract/personal_names.h"
#include "contract/values.h"

namespace weir::contract {
namespace {

constexpr std::int64_t kToleratedShare = 100;  // one value in so many may differ from an inferred type

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

// A type holds when at most one in kToleratedShare values is against it; none, where `exactly`.
bool tolerated(std::int64_t against, std::int64_t values, bool exactly) noexcept {
  return values > 0 && (against == 0 || (!exactly && against * kToleratedShare <= values));
}

// Which of the time formats fits best; -1: none.
int best_format(const ColumnState& state, std::span<const TimeCandidate> formats, bool exactly,
                bool may_be_digits) {
  int best = -1;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (!tolerated(state.against(i), state.values, exactly)) continue;
    if (formats[i].text == "%Y%m%d" && !may_be_digits) continue;
    if (best < 0 || state.against(i) < state.against(static_cast<std::size_t>(best)))
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

std::string odd_values(std::int64_t against, std::int64_t values, std::string_view what) {
  if (against == 0) return {};
  return std::to_string(against) + " of " + std::to_string(values) + " sampled values are no " +
         std::string(what);
}

// A column of a source, whichever files have it.
struct ColumnName {
  std::string name;         // normalised
  std::string source_name;  // the first in alphabetical order, where files write it differently
  std::size_t position{0};  // the first one it has in any file
};

// Records by how many pairs of zero bits their hash ends in. While there are few records all of them count;
// of many, those with more such pairs: a sample that depends on what the records say, not on where they
// stand.
constexpr std::size_t kBuckets = 6;  // the last: one record in 1024
struct Bucket {
  std::int64_t rows{0};
  bool dropped{false};  // records beyond kSampledRows: they never count again
  std::vector<ColumnState> columns;
};
constexpr std::int64_t kSampledRows = 20'000;

std::uint64_t mixed(std::uint64_t hash) noexcept {
  hash ^= hash >> 32;
  hash *= 0xD6E8FEB86659FD93ULL;
  hash ^= hash >> 32;
  hash *= 0xD6E8FEB86659FD93ULL;
  return hash ^ (hash >> 32);
}

std::uint64_t text_hash(std::string_view text) noexcept {  // FNV-1a
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

constexpr int kCountsFormat = 1;

// What the counting depends on besides the values.
std::string declared_text(const InferOptions& options) {
  std::string text = options.date_format;
  for (const std::string& null : options.null_values) text += "\n" + null;
  return text;
}

}  // namespace

struct ContractInference::Impl {
  std::string source;
  InferOptions options;
  std::vector<TimeCandidate> formats;
  std::vector<ColumnName> names;
  std::array<Bucket, kBuckets> buckets;
  std::vector<std::size_t> column_of;  // of the file at hand: its i-th column is names[column_of[i]]
  std::vector<std::uint64_t> name_hash;
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
    observe_value(state, text, cell.kind == CellKind::exact, formats, !options.date_format.empty());
  }

  // The same for equal records, whatever the order of their columns.
  [[nodiscard]] std::size_t bucket_of(const RawBatch& raw, std::size_t row) const {
    std::uint64_t hash = 0;
    for (std::size_t c = 0; c < column_of.size(); ++c) {
      const std::string_view text = trimmed(raw.cell(row, c).text());
      if (!text.empty()) hash += mixed(text_hash(text) ^ name_hash[c]);
    }
    hash = mixed(hash);
    std::size_t bucket = 0;
    for (; bucket + 1 < kBuckets && (hash & 3U) == 0; hash >>= 2U) ++bucket;
    return bucket;
  }

  // From the first bucket that counts: as many records as the sample holds, and never none.
  [[nodiscard]] std::size_t first_bucket() const noexcept {
    std::int64_t rows = 0;
    std::size_t first = kBuckets - 1;
    for (std::size_t i = kBuckets; i-- > 0;) {
      rows += buckets[i].rows;
      if (rows > kSampledRows && i + 1 < kBuckets) break;
      first = i;
    }
    return first;
  }

  void drop_surplus() {
    const std::size_t first = first_bucket();
    for (std::size_t i = 0; i < first; ++i) {
      buckets[i].columns.clear();
      buckets[i].dropped = true;
    }
  }

  void begin_file(const std::vector<std::string>& source_names) {
    column_of.clear();
    name_hash.clear();
    const std::vector<std::string> normalised = normalised_names(source_names);
    for (std::size_t i = 0; i < normalised.size(); ++i) {
      auto known = std::find_if(names.begin(), names.end(),
                                [&](const ColumnName& each) { return each.name == normalised[i]; });
      if (known == names.end()) known = names.insert(names.end(), {normalised[i], source_names[i], i});
      known->source_name = std::min(known->source_name, source_names[i]);
      known->position = std::min(known->position, i);
      column_of.push_back(static_cast<std::size_t>(known - names.begin()));
      name_hash.push_back(text_hash(normalised[i]));
    }
  }

  [[nodiscard]] std::vector<ColumnState> sampled() const {
    std::vector<ColumnState> columns(names.size());
    for (std::size_t i = first_bucket(); i < kBuckets; ++i) {
      for (std::size_t c = 0; c < buckets[i].columns.size(); ++c) columns[c].add(buckets[i].columns[c]);
    }
    return columns;
  }

  // Month first or day first, as the columns say that leave no doubt; empty when none or both do.
  [[nodiscard]] std::optional<bool> proven_month_first(const std::vector<ColumnState>& columns) const {
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
    return state.against(static_cast<std::size_t>(twin)) == state.against(static_cast<std::size_t>(format));
  }

  [[nodiscard]] bool set_time_type(const ColumnState& state, Field& field, bool exactly,
                                   std::optional<bool> month_first) const {
    const int best = best_format(state, formats, exactly, names_time(field.name));
    const bool day = tolerated(state.iso_day, state.values, exactly) && !state.has(kLongIso);
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
    field.guess = odd_values(state.against(static_cast<std::size_t>(best)), state.values,
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
    if (state.has(kLeadingZero)) return false;
    if (tolerated(state.integer, state.values, exactly)) {
      field.type = names_measure(field.name) ? ColumnType::number : ColumnType::integer;
      field.guess = odd_values(state.integer, state.values, "whole number");
      return true;
    }
    if (state.has(kWideInteger)) return false;
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
        !state.has(kDigitWord) && (state.has(kLongWord) || (state.has(kTrueSeen) && state.has(kFalseSeen)));
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
    return std::any_of(names.begin(), names.end(), [](const ColumnName& column) {
      return column.name == "first_name" || column.name == "last_name" || column.name == "firstname" ||
             column.name == "email";
    });
  }
};

ContractInference::ContractInference(std::string source, InferOptions options)
    : impl_(std::make_unique<Impl>()) {
  impl_->source = std::move(source);
  impl_->options = std::move(options);
  impl_->formats = time_candidates(impl_->options.date_format);
}

ContractInference::ContractInference(std::string source, const std::vector<std::string>& source_names,
                                     InferOptions options)
    : ContractInference(std::move(source), std::move(options)) {
  begin_file(source_names);
}

ContractInference::ContractInference(ContractInference&&) noexcept = default;
ContractInference::~ContractInference() = default;

void ContractInference::begin_file(const std::vector<std::string>& source_names) {
  impl_->begin_file(source_names);
}

void ContractInference::observe(const RawBatch& raw) {
  for (std::size_t row = 0; row < raw.row_count(); ++row) {
    Bucket& bucket = impl_->buckets[impl_->bucket_of(raw, row)];
    ++bucket.rows;
    if (bucket.dropped) continue;
    if (bucket.columns.size() < impl_->names.size()) bucket.columns.resize(impl_->names.size());
    for (std::size_t c = 0; c < impl_->column_of.size(); ++c)
      impl_->observe_cell(bucket.columns[impl_->column_of[c]], raw.cell(row, c));
  }
  impl_->observed += static_cast<std::int64_t>(raw.row_count());
  impl_->drop_surplus();
}

std::int64_t ContractInference::observed() const noexcept {
  return impl_->observed;
}

bool ContractInference::has_columns() const noexcept {
  return !impl_->names.empty();
}

Contract ContractInference::finish() const {
  Contract contract;
  contract.id = impl_->source;
  contract.version = "0.1.0";
  contract.source = impl_->source;
  contract.inferred = true;
  const std::vector<ColumnState> columns = impl_->sampled();
  const auto month_first = impl_->proven_month_first(columns);
  const bool is_person_file = impl_->is_person_file();
  std::vector<std::size_t> order(columns.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto& left = impl_->names[a];
    const auto& right = impl_->names[b];
    return std::tie(left.position, left.name) < std::tie(right.position, right.name);
  });
  for (const std::size_t c : order) {
    const ColumnState& state = columns[c];
    Field field;
    field.name = impl_->names[c].name;
    field.source_name = impl_->names[c].source_name;
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

std::string ContractInference::counts() const {
  JsonWriter out(0);
  out.begin_object()
      .field("format", kCountsFormat)
      .field("declared", declared_text(impl_->options))
      .field("observed", impl_->observed);
  out.key("columns").begin_array();
  for (const ColumnName& column : impl_->names) {
    out.begin_object().field("name", column.name).field("source_name", column.source_name);
    out.field("position", static_cast<std::int64_t>(column.position)).end_object();
  }
  out.end_array().key("buckets").begin_array();
  for (const Bucket& bucket : impl_->buckets) {
    out.begin_object()
        .field("rows", bucket.rows)
        .field("dropped", bucket.dropped)
        .key("columns")
        .begin_array();
    for (ColumnState state : bucket.columns) {
      out.begin_array();
      for (const std::int64_t* sum : state.sums()) out.value(*sum);
      out.value(static_cast<std::int64_t>(state.seen));
      for (const std::int64_t against : state.times) out.value(against);
      out.end_array();
    }
    out.end_array().end_object();
  }
  return out.end_array().end_object().text();
}

Status ContractInference::restore(const std::string& counts) {
  using Json = nlohmann::json;
  const auto damaged = [] {
    return fail(Errc::damaged, "the counts of values that a contract was inferred from cannot be read");
  };
  const Json root = Json::parse(counts, nullptr, false);
  if (!root.is_object() || root.value("format", 0) != kCountsFormat) return damaged();
  if (root.value("declared", "") != declared_text(impl_->options)) {
    return fail(Errc::state, "the values were counted under another date_format or null_values");
  }
  struct {
    std::vector<ColumnName> names;
    std::array<Bucket, kBuckets> buckets;
  } fresh;
  const auto is_number = [](const Json& value) { return value.is_number_integer(); };
  if (!root.contains("columns") || !root.contains("buckets") || !root.at("buckets").is_array() ||
      root.at("buckets").size() != kBuckets)
    return damaged();
  for (const Json& column : root.at("columns")) {
    if (!column.is_object()) return damaged();
    fresh.names.push_back({column.value("name", ""), column.value("source_name", ""),
                           column.value("position", std::size_t{0})});
  }
  for (std::size_t i = 0; i < kBuckets; ++i) {
    const Json& from = root.at("buckets")[i];
    if (!from.is_object() || !from.contains("columns") || from.at("columns").size() > fresh.names.size())
      return damaged();
    Bucket& bucket = fresh.buckets[i];
    bucket.rows = from.value("rows", std::int64_t{0});
    bucket.dropped = from.value("dropped", false);
    for (const Json& list : from.at("columns")) {
      ColumnState& state = bucket.columns.emplace_back();
      const auto sums = state.sums();
      const bool fits = list.is_array() && list.size() > sums.size() &&
                        list.size() <= sums.size() + 1 + impl_->formats.size() &&
                        std::all_of(list.begin(), list.end(), is_number);
      if (!fits) return damaged();
      for (std::size_t k = 0; k < sums.size(); ++k) *sums[k] = list[k].get<std::int64_t>();
      state.seen = list[sums.size()].get<int>();
      for (std::size_t k = sums.size() + 1; k < list.size(); ++k)
        state.times.push_back(list[k].get<std::int64_t>());
    }
  }
  impl_->observed = root.value("observed", std::int64_t{0});
  impl_->names = std::move(fresh.names);
  impl_->buckets = std::move(fresh.buckets);
  return {};
}

}  // namespace weir::contract
