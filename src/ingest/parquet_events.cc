#include "ingest/parquet_events.h"

#include <algorithm>
#include <utility>

namespace weir::ingest {

using store::ParquetFile;
using store::ParquetIntegers;
using store::ParquetKind;
using store::ParquetNumbers;
using store::ParquetTexts;

namespace {

constexpr std::uint64_t kChunkRows = 8'192;

static_assert(ParquetTexts::kNone == kNoText && ParquetIntegers::kNone == kNoTime);

bool is_text(const std::optional<ParquetFile::Column>& column) {
  return column && (column->kind == ParquetKind::text || column->kind == ParquetKind::whole);
}

bool is_time(const std::optional<ParquetFile::Column>& column) {
  return column && (column->kind == ParquetKind::instant || column->kind == ParquetKind::day);
}

bool is_number(const std::optional<ParquetFile::Column>& column) {
  return column && (column->kind == ParquetKind::number || column->kind == ParquetKind::whole);
}

}  // namespace

// Those of one file that are asked for.
class ParquetEvents::Columns {
 public:
  explicit Columns(const File& file)
      : subject_(*file.file, file.subject), time_(*file.file, file.time), type_(*file.file, file.type) {
    for (const auto key : file.keys) keys_.emplace_back(*file.file, key);
    if (file.amount) amount_.emplace(*file.file, *file.amount);
    chunk_.keys.resize(keys_.size());
  }
  // `list`: numbers the lists of texts.
  [[nodiscard]] bool start(std::size_t group, std::uint64_t list) {
    list_ = list;
    const bool are_texts =
        subject_.start(group) && type_.start(group) &&
        std::all_of(keys_.begin(), keys_.end(), [&](auto& key) { return key.start(group); });
    return are_texts && time_.start(group) && (!amount_ || amount_->start(group));
  }
  [[nodiscard]] bool read(std::size_t count) {
    const bool are_texts =
        subject_.read(count) && type_.read(count) &&
        std::all_of(keys_.begin(), keys_.end(), [&](auto& key) { return key.read(count); });
    if (!are_texts || !time_.read(count) || !(!amount_ || amount_->read(count))) return false;
    chunk_.subjects = shown(subject_);
    chunk_.types = shown(type_);
    for (std::size_t key = 0; key < keys_.size(); ++key) chunk_.keys[key] = shown(keys_[key]);
    chunk_.occurred_at = time_.values();
    if (amount_) chunk_.amounts = amount_->values();
    // The query engine's signs of for ever stand for no instant.
    const auto is_for_ever = [](std::int64_t at) { return at == INT64_MAX || at == -INT64_MAX; };
    if (std::any_of(chunk_.occurred_at.begin(), chunk_.occurred_at.end(), is_for_ever)) {
      times_.assign(chunk_.occurred_at.begin(), chunk_.occurred_at.end());
      std::replace_if(times_.begin(), times_.end(), is_for_ever, kNoTime);
      chunk_.occurred_at = times_;
    }
    return true;
  }
  [[nodiscard]] const EventChunk& chunk() const noexcept { return chunk_; }

 private:
  [[nodiscard]] EventTexts shown(const ParquetTexts& column) const noexcept {
    return {column.codes(), column.values(), column.lasting(), list_};
  }
  ParquetTexts subject_;
  ParquetIntegers time_;
  ParquetTexts type_;
  std::vector<ParquetTexts> keys_;
  std::optional<ParquetNumbers> amount_;
  std::vector<std::int64_t> times_;
  EventChunk chunk_;
  std::uint64_t list_{0};
};

bool ParquetEvents::add(std::unique_ptr<ParquetFile> file, const EventColumnNames& names) {
  const auto subject = file->find(names.subject), time = file->find(names.time),
             type = file->find(names.type);
  if (!is_text(subject) || !is_time(time) || !is_text(type)) return false;
  File found;
  found.subject = *subject;
  found.time = *time;
  found.type = *type;
  for (const auto& name : names.keys) {
    const auto key = file->find(name);
    if (!is_text(key)) return false;
    found.keys.push_back(*key);
  }
  if (!names.amount.empty()) {
    found.amount = file->find(names.amount);
    if (!is_number(found.amount)) return false;
  }
  // Of files that disagree the first says what the others' columns are; the query engine knows how.
  const bool are_days = time->kind == ParquetKind::day;
  if (!files_.empty()) {
    const File& first = files_.front();
    const bool agree = subject->kind == first.subject.kind && type->kind == first.type.kind &&
                       are_days == are_days_ &&
                       std::equal(found.keys.begin(), found.keys.end(), first.keys.begin(),
                                  [](auto a, auto b) { return a.kind == b.kind; }) &&
                       (!found.amount || found.amount->kind == first.amount->kind);
    if (!agree) return false;
  }
  are_days_ = are_days;
  found.file = std::move(file);
  files_.push_back(std::move(found));
  return true;
}

std::optional<ParquetEvents> ParquetEvents::open(FileSystem& files, const std::string& pattern,
                                                 const EventColumnNames& names) {
  const auto paths = files.glob(pattern);
  if (!paths.has_value() || paths.value().empty()) return std::nullopt;
  ParquetEvents events;
  for (const auto& path : paths.value()) {
    // A folder's "name=value" is a column to the query engine.
    if (!path.ends_with(".parquet") || path.find('=') != std::string::npos) return std::nullopt;
    auto file = ParquetFile::open(files, path);
    if (file == nullptr || !events.add(std::move(file), names)) return std::nullopt;
  }
  return events;
}

Result<bool> ParquetEvents::scan(const EventChunkVisitor& visit) const {
  std::uint64_t list = 0;
  for (const File& file : files_) {
    Columns columns(file);
    for (std::size_t group = 0; group < file.file->group_count(); ++group) {
      if (!columns.start(group, ++list)) return false;
      for (std::uint64_t left = file.file->rows_of(group); left > 0;) {
        const std::uint64_t count = std::min(left, kChunkRows);
        if (!columns.read(static_cast<std::size_t>(count))) return false;
        WEIR_TRY_STATUS(visit(columns.chunk()));
        left -= count;
      }
    }
  }
  return true;
}

}  // namespace weir::ingest
