#include "engine/file_events.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "base/time.h"
#include "ingest/parquet_events.h"
#include "store/query_engine.h"
#include "timeline/text_index.h"
#include "timeline/transient_timelines.h"

namespace weir::engine {

using timeline::kNoHandle;
using timeline::TransientRows;
using timeline::TransientSignal;
using timeline::TransientTimelines;

namespace {

// The kinds that columns stand under in the store, in its order.
constexpr std::array kKeyKinds{timeline::kProduct, timeline::kCampaign};

constexpr double kMostMinor = 9e18;

// What became of the texts of a column: a number for each that was looked at.
class Numbers {
 public:
  static constexpr std::uint32_t kUnknown = 0xFFFFFFFF, kEmpty = 0xFFFFFFFE, kSeen = 0xFFFFFFFD,
                                 kWanted = 0xFFFFFFFC;
  // Numbers of texts that last stay.
  void take(const ingest::EventTexts& texts) {
    if (texts.list != list_ || texts.lasting < lasting_) lasting_ = 0;
    numbers_.resize(lasting_);
    numbers_.resize(texts.values.size(), kUnknown);
    lasting_ = texts.lasting;
    list_ = texts.list;
    texts_ = texts;
  }
  [[nodiscard]] std::uint32_t code(std::size_t row) const noexcept { return texts_.codes[row]; }
  [[nodiscard]] std::string_view text(std::uint32_t code) const noexcept { return texts_.values[code]; }
  // The text is looked at once.
  [[nodiscard]] bool is_none(std::size_t row) noexcept {
    const std::uint32_t place = code(row);
    if (place == ingest::kNoText) return true;
    std::uint32_t& number = numbers_[place];
    if (number == kUnknown) number = text(place).empty() ? kEmpty : kSeen;
    return number == kEmpty;
  }
  [[nodiscard]] std::uint32_t& operator[](std::uint32_t code) noexcept { return numbers_[code]; }

 private:
  std::vector<std::uint32_t> numbers_;
  std::size_t lasting_{0};
  std::uint64_t list_{0};
  ingest::EventTexts texts_;
};

class Reading {
 public:
  Reading(const FileEventsQuestion& question, bool are_days)
      : question_(question),
        timelines_({kKeyKinds.begin(),
                    kKeyKinds.begin() + static_cast<std::ptrdiff_t>(question.columns.keys.size())}),
        are_days_(are_days),
        with_amounts_(!question.columns.amount.empty()) {
    if (are_days) timelines_.set_known_after(kMicrosPerDay);
    keys_.resize(question.columns.keys.size());
    key_numbers_.resize(keys_.size());
  }

  Status take(const ingest::EventChunk& chunk) {
    subjects_.take(chunk.subjects);
    types_.take(chunk.types);
    for (std::size_t key = 0; key < keys_.size(); ++key) keys_[key].take(chunk.keys[key]);
    const std::size_t count = chunk.occurred_at.size();
    make_room(count);
    rows_.read += static_cast<std::int64_t>(count);
    for (std::size_t row = 0; row < count; ++row) {
      if (subjects_.is_none(row)) {
        ++rows_.without_subject;
      } else if (chunk.occurred_at[row] == ingest::kNoTime) {
        ++rows_.without_time;
      } else {
        WEIR_TRY(const std::uint32_t type, type_of(row));
        if (type == Numbers::kEmpty) {
          ++rows_.without_type;
          continue;
        }
        timelines_.see(chunk.occurred_at[row]);
        if (is_kept_[type] != 0) keep(chunk, row, type);
      }
    }
    number_subjects();
    TransientRows rows;
    rows.subjects = std::span(kept_subjects_).first(kept_);
    rows.occurred_at = std::span(times_).first(kept_);
    rows.signals = std::span(signals_).first(kept_);
    for (const auto& numbers : key_numbers_) rows.keys.emplace_back(std::span(numbers).first(kept_));
    if (with_amounts_) rows.amounts = std::span(amounts_).first(kept_);
    if (timelines_.add(rows)) return {};
    return fail(Errc::out_of_range, "there are more events than the " +
                                        std::to_string(TransientTimelines::kMostRows) +
                                        " that can be looked at together; ask of fewer files");
  }

  FileEvents finish() {
    FileEvents events;
    std::vector<std::string> types;
    types.reserve(type_texts_.size());
    for (std::uint32_t type = 0; type < type_texts_.size(); ++type)
      types.emplace_back(type_texts_.text(type));
    events.store = timelines_.finish(described_, types);
    for (std::size_t key = 0; key < keys_.size(); ++key)
      events.keys.emplace_back(question_.columns.keys[key], kKeyKinds[key]);
    events.rows = rows_;
    events.some_keys_missing = some_keys_missing_;
    return events;
  }

 private:
  void make_room(std::size_t count) {
    kept_ = 0;
    if (count <= times_.size()) return;
    kept_subjects_.resize(count);
    times_.resize(count);
    signals_.resize(count);
    if (with_amounts_) amounts_.resize(count);
    for (auto& numbers : key_numbers_) numbers.resize(count);
  }

  // Or kEmpty.
  Result<std::uint32_t> type_of(std::size_t row) {
    if (types_.is_none(row)) return Numbers::kEmpty;
    const std::uint32_t code = types_.code(row);
    std::uint32_t& type = types_[code];
    if (type == Numbers::kSeen) {
      type = type_texts_.add(types_.text(code));
      if (type == is_kept_.size()) {
        WEIR_TRY_STATUS(describe(type));
      }
    }
    return type;
  }
  // A signal says a type, and with amounts whether the event has one.
  [[nodiscard]] std::size_t signals_per_type() const noexcept { return with_amounts_ ? 2 : 1; }

  Status describe(std::uint32_t number) {
    if (described_.size() + signals_per_type() > TransientTimelines::kMostSignals)
      return fail(Errc::usage, "--type: column '" + question_.columns.type + "' has more than " +
                                   std::to_string(number) +
                                   " different values; which column says the kind of event?");
    const std::string type(type_texts_.text(number));
    const auto& ranked = question_.ranked_types;
    const auto at = std::find(ranked.begin(), ranked.end(), type);
    const bool is_touch = std::find(question_.touch_types.begin(), question_.touch_types.end(), type) !=
                          question_.touch_types.end();
    TransientSignal signal;
    signal.type = static_cast<std::uint16_t>(number);
    signal.rank = at == ranked.end() ? 0 : static_cast<std::int32_t>(at - ranked.begin()) + 1;
    if (is_touch) signal.flags |= timeline::kRowTouch;
    if (are_days_) signal.flags |= timeline::kRowDay | timeline::kRowKnownApart;
    for (std::size_t i = 0; i < signals_per_type(); ++i) {
      if (i == 1) signal.flags |= timeline::kRowHasAmount;
      described_.push_back(signal);
    }
    is_kept_.push_back(question_.all_types || at != ranked.end() ? 1 : 0);
    return {};
  }

  void keep(const ingest::EventChunk& chunk, std::size_t row, std::uint32_t type) {
    const std::uint32_t subject = subjects_.code(row);
    kept_subjects_[kept_] = subject;
    if (std::uint32_t& number = subjects_[subject]; number == Numbers::kSeen) {
      number = Numbers::kWanted;
      new_subjects_.push_back(subject);
    }
    times_[kept_] = chunk.occurred_at[row];
    for (std::size_t key = 0; key < keys_.size(); ++key) {
      const std::uint32_t number = key_of(key, row);
      key_numbers_[key][kept_] = number;
      some_keys_missing_ = some_keys_missing_ || (key == 0 && number == kNoHandle);
    }
    if (with_amounts_) {
      const double amount = chunk.amounts[row];
      type = 2 * type + (is_amount(amount) ? 1U : 0U);
      amounts_[kept_] = minor_of(amount);
    }
    signals_[kept_++] = static_cast<std::uint16_t>(type);
  }
  std::uint32_t key_of(std::size_t key, std::size_t row) {
    Numbers& numbers = keys_[key];
    if (numbers.is_none(row)) return kNoHandle;
    std::uint32_t& number = numbers[numbers.code(row)];
    if (number == Numbers::kSeen) number = timelines_.key_number(key, numbers.text(numbers.code(row)));
    return number;
  }
  // From places in the file's list to numbers; those of new ones are looked up together.
  void number_subjects() {
    subject_texts_.clear();
    for (const std::uint32_t code : new_subjects_) subject_texts_.push_back(subjects_.text(code));
    found_.resize(new_subjects_.size());
    timelines_.number_subjects(subject_texts_, found_.data());
    for (std::size_t i = 0; i < found_.size(); ++i) subjects_[new_subjects_[i]] = found_[i];
    new_subjects_.clear();
    for (std::size_t i = 0; i < kept_; ++i) kept_subjects_[i] = subjects_[kept_subjects_[i]];
  }
  // A number that is none, or that no money has, is no amount.
  [[nodiscard]] bool is_amount(double amount) const noexcept {
    return std::abs(amount * static_cast<double>(question_.minor_per_major)) < kMostMinor;
  }
  [[nodiscard]] std::int64_t minor_of(double amount) const noexcept {
    return is_amount(amount) ? std::llround(amount * static_cast<double>(question_.minor_per_major))
                             : timeline::kNoAmount;
  }

  const FileEventsQuestion& question_;
  TransientTimelines timelines_;
  bool are_days_, with_amounts_;
  timeline::TextIndex type_texts_;
  std::vector<TransientSignal> described_;
  std::vector<std::uint8_t> is_kept_;  // per type
  FileRows rows_;
  bool some_keys_missing_{false};
  Numbers subjects_, types_;
  std::vector<Numbers> keys_;
  // Of a chunk: what is kept.
  std::size_t kept_{0};
  std::vector<std::uint32_t> kept_subjects_, new_subjects_, found_;
  std::vector<std::string_view> subject_texts_;
  std::vector<std::int64_t> times_, amounts_;
  std::vector<std::uint16_t> signals_;
  std::vector<std::vector<std::uint32_t>> key_numbers_;
};

// Without the query engine where that can be.
Result<std::optional<FileEvents>> read_parquet(FileSystem& files, const FileEventsQuestion& question) {
  const auto columns = ingest::ParquetEvents::open(files, question.files, question.columns);
  if (!columns) return std::optional<FileEvents>();
  Reading reading(question, columns->are_days());
  WEIR_TRY(const bool is_read,
           columns->scan([&](const ingest::EventChunk& chunk) { return reading.take(chunk); }));
  if (!is_read) return std::optional<FileEvents>();
  return std::optional(reading.finish());
}

Result<FileEvents> read_with_engine(FileSystem& files, const FileEventsQuestion& question) {
  store::EngineOptions options;
  options.threads = 1;  // two read it a little sooner, and take half as much more of the processors
  WEIR_TRY(const auto engine, store::QueryEngine::open(options));
  WEIR_TRY(const auto columns, ingest::EventColumns::open(files, *engine, question.files, question.columns));
  Reading reading(question, columns.are_days());
  WEIR_TRY_STATUS(columns.scan([&](const ingest::EventChunk& chunk) { return reading.take(chunk); }));
  return reading.finish();
}

}  // namespace

std::vector<std::string> left_out(const FileRows& rows, const std::string& what) {
  std::vector<std::string> sentences;
  for (const auto& [count, column] :
       {std::pair(rows.without_subject, "subject"), std::pair(rows.without_time, "time"),
        std::pair(rows.without_type, "type")}) {
    if (count > 0)
      sentences.push_back(std::to_string(count) + " of " + std::to_string(rows.read) + " rows have no " +
                          column + " and are in no " + what);
  }
  return sentences;
}

Result<FileEvents> read_file_events(FileSystem& files, const FileEventsQuestion& question) {
  WEIR_CHECK(question.columns.keys.size() <= kKeyKinds.size(), "more keys than there is room for");
  WEIR_TRY(auto read, read_parquet(files, question));
  if (!read) {
    WEIR_TRY(read, read_with_engine(files, question));
  }
  FileEvents events = std::move(*read);
  const FileRows& rows = events.rows;
  if (rows.without_subject + rows.without_time + rows.without_type == rows.read)
    return fail(Errc::usage, "--events: no row of '" + question.files + "' has a subject, a time and a type");
  return events;
}

}  // namespace weir::engine
