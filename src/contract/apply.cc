#include "contract/apply.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <unordered_set>
#include <utility>

#include "base/hash.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/short_text.h"
#include "contract/time_reader.h"
#include "contract/values.h"

namespace weir::contract {
namespace {

constexpr std::size_t kMaxShownValue = 40;

enum class Clause : std::uint8_t {
  type,
  ambiguous,
  required,
  unique,
  allowed,
  pattern,
  too_long,
  minimum,
  maximum,
  min_length,
  max_length
};

const char* clause_name(Clause clause) noexcept {
  switch (clause) {
    case Clause::type:
    case Clause::ambiguous:
      return "type";
    case Clause::required:
      return "required";
    case Clause::unique:
      return "unique";
    case Clause::allowed:
      return "enum";
    case Clause::pattern:
    case Clause::too_long:
      return "pattern";
    case Clause::minimum:
    case Clause::maximum:
    case Clause::min_length:
    case Clause::max_length:
      return "range";
  }
  return "type";
}

// Matching in polynomial time and without recursion over the text where the library can (no back references
// then).
std::regex compile_pattern(const std::string& pattern) {
#ifdef __GLIBCXX__
  return std::regex(pattern,
                    std::regex::ECMAScript | std::regex::nosubs | std::regex_constants::__polynomial);
#else
  return std::regex(pattern, std::regex::ECMAScript | std::regex::nosubs);
#endif
}

// The values of a unique field: an open table, because one allocation per value would double the cost of a
// record.
class SeenValues {
 public:
  // False when it was there.
  bool insert(const ContentHash& value) {
    if ((count_ + 1) * 2 > slots_.size()) grow();
    ContentHash& slot = slot_of(value);
    if (!slot.is_null()) return false;
    slot = value;
    ++count_;
    return true;
  }
  [[nodiscard]] bool contains(const ContentHash& value) {
    return !slots_.empty() && !slot_of(value).is_null();
  }

 private:
  // Where the value is or would be. A null hash means an empty slot; no value has it but with chance 2^-128.
  [[nodiscard]] ContentHash& slot_of(const ContentHash& value) noexcept {
    std::size_t at = static_cast<std::size_t>(value.low) & (slots_.size() - 1);
    while (!slots_[at].is_null() && slots_[at] != value) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }
  void grow() {
    std::vector<ContentHash> old(std::max<std::size_t>(slots_.size() * 2, 1024));
    old.swap(slots_);
    for (const ContentHash& value : old) {
      if (!value.is_null()) slot_of(value) = value;
    }
  }
  std::vector<ContentHash> slots_;  // a power of two of them
  std::size_t count_{0};
};

struct FieldPlan {
  const Field* field{nullptr};
  std::optional<TimeReader> time;
  std::optional<std::regex> pattern;
  std::unordered_set<std::string> allowed;
  SeenValues seen;          // of accepted records, for `unique`
  bool checks_text{false};  // enum, pattern or length
};

struct Breach {
  std::size_t row{0};
  std::size_t field{0};
  Clause clause{Clause::type};
};

std::string number_text(double value) {
  return json_number(value);
}

std::string type_reason(const Field& field) {
  switch (field.type) {
    case ColumnType::integer:
      return field.name + " is no whole number";
    case ColumnType::number:
      return field.name + " is no number";
    case ColumnType::boolean:
      return field.name + " is neither true nor false";
    case ColumnType::date:
      return field.name + " is no date" +
             (field.date_format.empty() ? "" : " of the form " + field.date_format);
    case ColumnType::timestamp:
      return field.name + " is no date and time" +
             (field.date_format.empty() ? "" : " of the form " + field.date_format);
    case ColumnType::json:
      return field.name + " is no JSON";
    case ColumnType::text:
      break;
  }
  return field.name + " is no " + to_text(field.type);
}

std::string reason_of(const Field& field, Clause clause) {
  switch (clause) {
    case Clause::type:
      return type_reason(field);
    case Clause::ambiguous:
      return field.name + " is ambiguous: the comma could group thousands or be a decimal mark";
    case Clause::required:
      return field.name + " is empty but required";
    case Clause::unique:
      return field.name + " repeats the value of an earlier record";
    case Clause::allowed:
      return field.name + " is none of the allowed values";
    case Clause::pattern:
      return field.name + " does not match its pattern";
    case Clause::too_long:
      return field.name + " is too long to match its pattern";
    case Clause::minimum:
      return field.name + " is below the minimum of " + number_text(*field.minimum);
    case Clause::maximum:
      return field.name + " is above the maximum of " + number_text(*field.maximum);
    case Clause::min_length:
      return field.name + " is shorter than " + std::to_string(*field.min_length) + " characters";
    case Clause::max_length:
      return field.name + " is longer than " + std::to_string(*field.max_length) + " characters";
  }
  return field.name + " breaks its contract";
}

// Rows one behind the other that stay when others go.
struct RowRun {
  std::size_t begin{0};
  std::size_t end{0};
};

std::vector<RowRun> good_runs(const std::vector<std::uint8_t>& bad) {
  std::vector<RowRun> runs;
  for (std::size_t row = 0; row < bad.size(); ++row) {
    if (bad[row] != 0) continue;
    if (runs.empty() || runs.back().end != row) runs.push_back({row, row});
    runs.back().end = row + 1;
  }
  return runs;
}

template <typename T>
void keep_only(std::vector<T>& values, const std::vector<RowRun>& runs) {
  if (values.empty()) return;
  T* const first = values.data();
  T* to = first;
  for (const RowRun& run : runs) to = std::copy(first + run.begin, first + run.end, to);
  values.resize(static_cast<std::size_t>(to - first));
}

void keep_only_texts(Column& column, const std::vector<RowRun>& runs) {
  std::size_t kept = 0;
  std::uint32_t end = 0;
  for (const RowRun& run : runs) {
    const std::uint32_t begin = column.offsets[run.begin];
    const std::uint32_t size = column.offsets[run.end] - begin;
    if (begin != end) std::copy_n(column.bytes.begin() + begin, size, column.bytes.begin() + end);
    for (std::size_t row = run.begin; row < run.end; ++row)
      column.offsets[kept++] = column.offsets[row] - begin + end;
    end += size;
  }
  column.offsets[kept] = end;
  column.offsets.resize(kept + 1);
  column.bytes.resize(end);
}

bool is_textual(ColumnType type) noexcept {
  return type == ColumnType::text || type == ColumnType::json;
}

}  // namespace

struct ContractChecker::Impl {
  Contract contract;
  Zone zone{Zone::utc()};
  std::vector<FieldPlan> plans;
  std::vector<int> column_of_field;
  std::vector<std::string> null_values;
  IdentityHasher hasher{HashKey{}};
  // Of the batch at hand:
  std::vector<std::uint8_t> bad;
  std::vector<Breach> breaches;

  Status compile(const Field& field) {
    FieldPlan plan;
    plan.field = &field;
    auto time = TimeReader::create(field.date_format, zone);
    if (!time) return fail(time.error().code, time.error().message, field.place);
    plan.time = *std::move(time);
    if (!field.pattern.empty()) {
      const Status good = check_pattern(field.pattern);
      if (!good) return fail(good.error().code, field.name + ": " + good.error().message, field.place);
      plan.pattern = compile_pattern(field.pattern);
    }
    plan.allowed.insert(field.allowed.begin(), field.allowed.end());
    plan.checks_text = !plan.allowed.empty() || plan.pattern || field.min_length || field.max_length;
    plans.push_back(std::move(plan));
    return {};
  }

  [[nodiscard]] bool is_declared_null(std::string_view text) const noexcept {
    return std::find(null_values.begin(), null_values.end(), text) != null_values.end();
  }

  // Whether a text of a text column stands for null.
  [[nodiscard]] bool is_null_text(const Cell& cell) const noexcept {
    if (cell.kind == CellKind::absent) return true;
    if (cell.kind == CellKind::exact) return false;
    if (cell.size == 0) return true;
    if (!null_values.empty()) return is_declared_null(cell.text());
    const char first = cell.bytes[0];
    const bool may_be = static_cast<int>(first == 'N') | static_cast<int>(first == 'n') |
                        static_cast<int>(first == '\\') | static_cast<int>(first == '#');
    if ((static_cast<int>(cell.size <= 4) & static_cast<int>(may_be)) == 0) return false;
    return cell.kind != CellKind::quoted && is_null_word(cell.text());
  }
  static bool is_null_word(std::string_view text) noexcept {
    return text == "NULL" || text == "null" || text == "\\N" || text == "#N/A" || text == "N/A";
  }

  void breach(std::size_t row, std::size_t field, Clause clause) {
    if (bad[row] != 0) return;
    bad[row] = 1;
    breaches.push_back({row, field, clause});
  }

  [[nodiscard]] std::optional<Clause> text_breach(const FieldPlan& plan, std::string_view text) const {
    if (!plan.checks_text) return std::nullopt;
    const Field& field = *plan.field;
    if (!plan.allowed.empty() && !plan.allowed.contains(std::string(text))) return Clause::allowed;
    if (field.min_length || field.max_length) {
      const std::size_t length = character_count(text);
      if (field.min_length && length < *field.min_length) return Clause::min_length;
      if (field.max_length && length > *field.max_length) return Clause::max_length;
    }
    if (!plan.pattern) return std::nullopt;
    if (text.size() > kMaxPatternText) return Clause::too_long;
    return std::regex_search(text.begin(), text.end(), *plan.pattern) ? std::nullopt
                                                                      : std::optional(Clause::pattern);
  }

  [[nodiscard]] static std::optional<Clause> range_breach(const Field& field, double value) noexcept {
    if (field.minimum && value < *field.minimum) return Clause::minimum;
    if (field.maximum && value > *field.maximum) return Clause::maximum;
    return std::nullopt;
  }

  // `convert(cell, text)` appends to the column and gives nothing, or gives the clause that is broken.
  template <typename Convert>
  void convert_values(const RawBatch& raw, std::size_t f, Column& column, Convert&& convert) {
    const FieldPlan& plan = plans[f];
    const int source = column_of_field.empty() ? static_cast<int>(f) : column_of_field[f];
    const bool textual = is_textual(column.type);
    for (std::size_t row = 0; row < raw.row_count(); ++row) {
      const Cell cell = source < 0 ? Cell{} : raw.cell(row, static_cast<std::size_t>(source));
      const std::string_view text = textual ? cell.text() : trimmed(cell.text());
      if (textual ? is_null_text(cell) : text.empty()) {
        column.append_null();
        if (plan.field->required) breach(row, f, Clause::required);
        continue;
      }
      std::optional<Clause> clause = convert(cell, text);
      if (clause) {
        column.append_null();
        const bool is_null =
            !textual && *clause == Clause::type && (is_declared_null(text) || is_usual_null(text));
        if (is_null && !plan.field->required) continue;
        breach(row, f, is_null ? Clause::required : *clause);
        continue;
      }
      clause = text_breach(plan, text);
      if (clause) breach(row, f, *clause);
    }
  }

  // Values of a text column stand as they are. What `column` held is written over.
  void convert_texts(const RawBatch& raw, std::size_t f, Column& column) {
    constexpr std::size_t kWide = 32;  // bytes copied at once, where so many can be read
    const FieldPlan& plan = plans[f];
    const int source = column_of_field.empty() ? static_cast<int>(f) : column_of_field[f];
    const std::size_t rows = raw.row_count();
    const std::less_equal<const char*> is_before;
    const char* const begin = raw.text.data();
    const char* const last_wide = raw.text.size() < kWide ? nullptr : begin + raw.text.size() - kWide;
    column.valid.assign(rows, 0);
    column.offsets.resize(rows + 1);
    std::size_t end = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      column.offsets[row] = static_cast<std::uint32_t>(end);
      const Cell cell = source < 0 ? Cell{} : raw.cell(row, static_cast<std::size_t>(source));
      if (is_null_text(cell)) {
        if (plan.field->required) breach(row, f, Clause::required);
        continue;
      }
      column.valid[row] = 1;
      const std::size_t room = std::max<std::size_t>(cell.size, kWide);
      if (end + room > column.bytes.size())
        column.bytes.resize(std::max(end + room, 2 * column.bytes.size()));
      char* const to = column.bytes.data() + end;
      if (cell.size <= kWide && last_wide != nullptr && is_before(begin, cell.bytes) &&
          is_before(cell.bytes, last_wide)) {
        std::memcpy(to, cell.bytes, kWide);
      } else {
        copy_text(to, cell.bytes, cell.size);
      }
      end += cell.size;
      if (plan.checks_text) {
        if (const auto clause = text_breach(plan, cell.text())) breach(row, f, *clause);
      }
    }
    column.offsets[rows] = static_cast<std::uint32_t>(end);
    column.bytes.resize(end);
  }

  void convert_column(const RawBatch& raw, std::size_t f, Column& column) {
    const FieldPlan& plan = plans[f];
    const Field& field = *plan.field;
    const bool has_range = field.minimum || field.maximum;
    switch (field.type) {
      case ColumnType::text:
        return convert_texts(raw, f, column);
      case ColumnType::json:
        return convert_values(raw, f, column,
                              [&](const Cell& cell, std::string_view text) -> std::optional<Clause> {
                                if (cell.kind != CellKind::exact && !nlohmann::json::accept(text))
                                  return Clause::type;
                                column.append_text(text);
                                return std::nullopt;
                              });
      case ColumnType::integer:
        return convert_values(
            raw, f, column, [&](const Cell&, std::string_view text) -> std::optional<Clause> {
              const auto value = parse_integer(text);
              if (!value) return Clause::type;
              const auto broken = has_range ? range_breach(field, static_cast<double>(*value)) : std::nullopt;
              if (!broken) column.append_integer(*value);
              return broken;
            });
      case ColumnType::number:
        return convert_values(
            raw, f, column, [&](const Cell&, std::string_view text) -> std::optional<Clause> {
              const ParsedNumber number = parse_number(text, field.decimal_mark);
              if (number.state != ParsedNumber::State::good) {
                return number.state == ParsedNumber::State::ambiguous ? Clause::ambiguous : Clause::type;
              }
              const auto broken = has_range ? range_breach(field, number.value) : std::nullopt;
              if (!broken) column.append_number(number.value);
              return broken;
            });
      case ColumnType::boolean:
        return convert_values(raw, f, column,
                              [&](const Cell&, std::string_view text) -> std::optional<Clause> {
                                const auto value = parse_boolean(text);
                                if (!value) return Clause::type;
                                column.append_integer(*value ? 1 : 0);
                                return std::nullopt;
                              });
      case ColumnType::date:
        return convert_times(raw, f, column, [&](std::string_view text) { return plan.time->day(text); });
      case ColumnType::timestamp:
        return convert_times(raw, f, column, [&](std::string_view text) { return plan.time->instant(text); });
    }
  }

  template <typename Value>
  void convert_times(const RawBatch& raw, std::size_t f, Column& column, Value&& value_of) {
    convert_values(raw, f, column, [&](const Cell&, std::string_view text) -> std::optional<Clause> {
      const std::optional<std::int64_t> value = value_of(text);
      if (!value) return Clause::type;
      column.append_integer(*value);
      return std::nullopt;
    });
  }

  // Identity of a typed value, so that `1` and `1.0` of an integer column are one.
  [[nodiscard]] ContentHash value_hash(const Column& column, std::size_t row) {
    hasher.begin();
    if (is_textual(column.type)) {
      hasher.add(column.text(row));
    } else if (column.type == ColumnType::number) {
      hasher.add(number_text(column.numbers[row]));
    } else {
      hasher.add(column.integers[row]);
    }
    return hasher.finish<ContentHash>();
  }

  // Last of all clauses and record by record: only a record that stands takes a value.
  void check_unique(const RecordBatch& out) {
    std::vector<std::size_t> unique_fields;
    for (std::size_t f = 0; f < plans.size(); ++f) {
      if (plans[f].field->unique) unique_fields.push_back(f);
    }
    if (unique_fields.empty()) return;
    std::vector<std::pair<std::size_t, ContentHash>> values;
    for (std::size_t row = 0; row < bad.size(); ++row) {
      if (bad[row] != 0) continue;
      values.clear();
      for (const std::size_t f : unique_fields) {
        if (out.columns[f].is_null(row)) continue;
        values.emplace_back(f, value_hash(out.columns[f], row));
        if (plans[f].seen.contains(values.back().second)) breach(row, f, Clause::unique);
      }
      if (bad[row] != 0) continue;
      for (const auto& [f, hash] : values) plans[f].seen.insert(hash);
    }
  }

  [[nodiscard]] std::string payload_of(const RawBatch& raw, std::size_t row) const {
    if (!raw.payloads.empty()) return std::string(raw.payloads[row]);
    JsonWriter json(0);
    json.begin_object();
    for (std::size_t f = 0; f < plans.size(); ++f) {
      const int source = column_of_field.empty() ? static_cast<int>(f) : column_of_field[f];
      if (source < 0) continue;
      const Cell& cell = raw.cell(row, static_cast<std::size_t>(source));
      json.key(plans[f].field->name);
      if (cell.kind == CellKind::absent) {
        json.null();
      } else {
        json.value(cell.text());
      }
    }
    return json.end_object().text();
  }

  [[nodiscard]] Rejected rejected_record(const RawBatch& raw, const Breach& broken) const {
    const Field& field = *plans[broken.field].field;
    Rejected record;
    record.row = raw.rows[broken.row];
    record.line = raw.lines.empty() ? 0 : raw.lines[broken.row];
    record.field = field.name;
    record.clause = clause_name(broken.clause);
    record.reason = reason_of(field, broken.clause);
    record.payload = payload_of(raw, broken.row);
    const int source =
        column_of_field.empty() ? static_cast<int>(broken.field) : column_of_field[broken.field];
    if (field.personal == PersonalClass::none && source >= 0 && broken.clause != Clause::required) {
      const std::string_view text = raw.cell(broken.row, static_cast<std::size_t>(source)).text();
      record.reason +=
          ": '" + std::string(cut_text(text, kMaxShownValue)) + (text.size() > kMaxShownValue ? "...'" : "'");
    }
    return record;
  }

  void remove_bad(RecordBatch& out) const {
    const std::vector<RowRun> good = good_runs(bad);
    for (Column& column : out.columns) {
      if (is_textual(column.type)) {
        keep_only_texts(column, good);
      } else {
        keep_only(column.integers, good);
        keep_only(column.numbers, good);
      }
      keep_only(column.valid, good);
    }
    keep_only(out.rows, good);
  }
};

ContractChecker::ContractChecker(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
ContractChecker::~ContractChecker() = default;

Result<std::unique_ptr<ContractChecker>> ContractChecker::create(
    const Contract& contract, const Zone& zone, const std::vector<std::string>& null_values) {
  auto impl = std::make_unique<Impl>();
  impl->contract = contract;
  impl->zone = zone;
  impl->null_values = null_values;
  for (const Field& field : impl->contract.fields) WEIR_TRY_STATUS(impl->compile(field));
  return std::unique_ptr<ContractChecker>(new ContractChecker(std::move(impl)));
}

void ContractChecker::bind(std::vector<int> column_of_field) {
  impl_->column_of_field = std::move(column_of_field);
}

const Contract& ContractChecker::contract() const noexcept {
  return impl_->contract;
}

void ContractChecker::apply(const RawBatch& raw, RecordBatch& out, std::vector<Rejected>& rejected) {
  Impl& self = *impl_;
  self.bad.assign(raw.row_count(), 0);
  self.breaches.clear();
  out.names.resize(self.plans.size());
  out.columns.resize(self.plans.size());
  for (std::size_t f = 0; f < self.plans.size(); ++f) {
    out.names[f] = self.plans[f].field->name;
    // A column of texts writes over what the batch before had.
    const ColumnType type = self.plans[f].field->type;
    if (type != ColumnType::text || out.columns[f].type != ColumnType::text) out.columns[f].clear();
    out.columns[f].type = type;
    self.convert_column(raw, f, out.columns[f]);
  }
  out.rows = raw.rows;
  self.check_unique(out);
  if (self.breaches.empty()) return;
  std::sort(self.breaches.begin(), self.breaches.end(),
            [](const Breach& a, const Breach& b) { return a.row < b.row; });
  for (const Breach& broken : self.breaches) rejected.push_back(self.rejected_record(raw, broken));
  self.remove_bad(out);
}

Status check_pattern(const std::string& pattern) {
  try {
    static_cast<void>(compile_pattern(pattern));
    return {};
  } catch (const std::regex_error& error) {
    const bool back_reference = error.code() == std::regex_constants::error_complexity;
    return fail(Errc::configuration,
                "the pattern '" + std::string(cut_text(pattern, 60)) + "' " +
                    (back_reference ? "refers back to a group, which is not supported"
                                    : "is no ECMAScript regular expression: " + std::string(error.what())));
  }
}

bool is_usual_null(std::string_view text) noexcept {
  if (text.size() > 9) return false;
  std::array<char, 9> small{};
  std::transform(text.begin(), text.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  const std::string_view word(small.data(), text.size());
  for (const std::string_view null :
       {"null", "(null)", "\\n", "#n/a", "n/a", "na", "nan", "nat", "none", "nil", "-", "--", "undefined"}) {
    if (word == null) return true;
  }
  return false;
}

}  // namespace weir::contract
