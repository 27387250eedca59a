#include "engine/file_events.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/time.h"
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

class Reading {
 public:
  Reading(const FileEventsQuestion& question, bool are_days)
      : question_(question),
        timelines_({kKeyKinds.begin(),
                    kKeyKinds.begin() + static_cast<std::ptrdiff_t>(question.columns.keys.size())}),
        are_days_(are_days),
        with_amounts_(!question.columns.amount.empty()) {
    if (are_days) timelines_.set_known_after(kMicrosPerDay);
    key_numbers_.resize(question.columns.keys.size());
  }

  Status take(const ingest::EventChunk& chunk) {
    clear();
    for (std::size_t row = 0; row < chunk.subjects.size(); ++row) {
      if (!is_whole(chunk, row)) continue;
      WEIR_TRY(const std::uint32_t signal, signal_of(chunk, row));
      timelines_.see(chunk.occurred_at[row]);
      if (is_kept_[signal] != 0) keep(chunk, row, signal);
    }
    TransientRows rows;
    rows.subjects = subjects_;
    rows.occurred_at = times_;
    rows.signals = signals_;
    rows.keys.assign(key_numbers_.begin(), key_numbers_.end());
    if (with_amounts_) rows.amounts = amounts_;
    if (timelines_.add(rows)) return {};
    return fail(Errc::out_of_range, "there are more events than the " +
                                        std::to_string(TransientTimelines::kMostRows) +
                                        " that can be looked at together; ask of fewer files");
  }

  FileEvents finish() {
    FileEvents events;
    std::vector<std::string> types;
    types.reserve(types_.size());
    for (std::uint32_t type = 0; type < types_.size(); ++type) types.emplace_back(types_.text(type));
    events.store = timelines_.finish(described_, types);
    for (std::size_t key = 0; key < question_.columns.keys.size(); ++key)
      events.keys.emplace_back(question_.columns.keys[key], kKeyKinds[key]);
    events.rows = rows_;
    events.some_keys_missing = some_keys_missing_;
    return events;
  }

 private:
  void clear() {
    subjects_.clear();
    times_.clear();
    signals_.clear();
    amounts_.clear();
    for (auto& numbers : key_numbers_) numbers.clear();
  }

  bool is_whole(const ingest::EventChunk& chunk, std::size_t row) {
    ++rows_.read;
    if (chunk.subjects[row].empty()) {
      ++rows_.without_subject;
    } else if (chunk.occurred_at[row] == ingest::kNoTime) {
      ++rows_.without_time;
    } else if (chunk.types[row].empty()) {
      ++rows_.without_type;
    } else {
      return true;
    }
    return false;
  }

  // A type, and with amounts whether the event has one.
  Result<std::uint32_t> signal_of(const ingest::EventChunk& chunk, std::size_t row) {
    const std::uint32_t type = types_.add(chunk.types[row]);
    if (type == described_.size() / signals_per_type()) {
      WEIR_TRY_STATUS(describe(type));
    }
    return with_amounts_ ? 2 * type + (is_amount(chunk.amounts[row]) ? 1U : 0U) : type;
  }
  [[nodiscard]] std::size_t signals_per_type() const noexcept { return with_amounts_ ? 2 : 1; }

  Status describe(std::uint32_t number) {
    if (described_.size() + signals_per_type() > TransientTimelines::kMostSignals)
      return fail(Errc::usage, "--type: column '" + question_.columns.type + "' has more than " +
                                   std::to_string(number) +
                                   " different values; which column says the kind of event?");
    const std::string type(types_.text(number));
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
      is_kept_.push_back(question_.all_types || at != ranked.end() ? 1 : 0);
    }
    return {};
  }

  void keep(const ingest::EventChunk& chunk, std::size_t row, std::uint32_t signal) {
    subjects_.push_back(chunk.subjects[row]);
    times_.push_back(chunk.occurred_at[row]);
    signals_.push_back(static_cast<std::uint16_t>(signal));
    for (std::size_t key = 0; key < key_numbers_.size(); ++key) {
      const std::string_view text = chunk.keys[key][row];
      key_numbers_[key].push_back(text.empty() ? kNoHandle : timelines_.key_number(key, text));
      some_keys_missing_ = some_keys_missing_ || (key == 0 && text.empty());
    }
    if (with_amounts_) amounts_.push_back(minor_of(chunk.amounts[row]));
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
  timeline::TextIndex types_;
  std::vector<TransientSignal> described_;
  std::vector<std::uint8_t> is_kept_;  // per signal
  FileRows rows_;
  bool some_keys_missing_{false};
  // Of a chunk: what is kept.
  std::vector<std::string_view> subjects_;
  std::vector<std::int64_t> times_, amounts_;
  std::vector<std::uint16_t> signals_;
  std::vector<std::vector<std::uint32_t>> key_numbers_;
};

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
  store::EngineOptions options;
  options.threads = 1;  // two read it a little sooner, and take half as much more of the processors
  WEIR_TRY(const auto engine, store::QueryEngine::open(options));
  WEIR_TRY(const auto columns, ingest::EventColumns::open(files, *engine, question.files, question.columns));
  Reading reading(question, columns.are_days());
  WEIR_TRY_STATUS(columns.scan([&](const ingest::EventChunk& chunk) { return reading.take(chunk); }));
  FileEvents events = reading.finish();
  const FileRows& rows = events.rows;
  if (rows.without_subject + rows.without_time + rows.without_type == rows.read)
    return fail(Errc::usage, "--events: no row of '" + question.files + "' has a subject, a time and a type");
  return events;
}

}  // namespace weir::engine
