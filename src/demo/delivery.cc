#include "demo/delivery.h"

#include <algorithm>

namespace weir::demo {
namespace {

constexpr double kBroken = 0.003;
constexpr double kLate = 0.004;
constexpr double kDuplicate = 0.004;
// The first weeks are clean: whoever sets up an export looks at it for a while.
constexpr int kDirtBegin = 60;
constexpr std::size_t kBufferBytes = std::size_t{1} << 18U;

// UTF-8 of at most two bytes per character as Latin-1.
std::string to_latin_1(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80 || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const auto follow = static_cast<unsigned char>(text[++i]);
    out += static_cast<char>(((lead & 0x03U) << 6U) | (follow & 0x3FU));
  }
  return out;
}

}  // namespace

Delivery::Delivery(FileSystem& files, std::string directory, DeliveryPlan plan, Draws draws)
    : files_(&files), directory_(std::move(directory)), plan_(std::move(plan)), draws_(draws) {}

int Delivery::next_delivery(int day) const noexcept {
  return day + (plan_.every == Every::week ? 7 : 31);
}

Delivery::Fate Delivery::draw_fate(int day) {
  const double draw = draws_.uniform();
  if (day < kDirtBegin || next_delivery(day) >= kDays) return Fate::clean;
  if (draw < kBroken) return Fate::broken;
  if (draw < kBroken + kLate) return Fate::late;
  if (draw < kBroken + kLate + kDuplicate) return Fate::duplicate;
  return Fate::clean;
}

void Delivery::place(Fate fate, int day, Wall at, std::string line, std::string broken_line) {
  switch (fate) {
    case Fate::clean:
      add_clean(day, at, std::move(line));
      return;
    case Fate::late:
      ++counts_.late;
      add_clean(next_delivery(day), at, std::move(line));
      return;
    case Fate::duplicate:
      ++counts_.duplicate;
      add_clean(next_delivery(day), at, line);
      add_clean(day, at, std::move(line));
      return;
    case Fate::broken:
      add_clean(day, at, std::move(broken_line));
      if (!plan_.repairs) return;
      ++counts_.repaired;
      add_clean(next_delivery(day), at, std::move(line));
      return;
  }
}

void Delivery::add(int day, Wall at, const CsvRow& row) {
  if (day >= kDays) return;
  const Fate fate = draw_fate(day);
  place(fate, day, at, row.line(), fate == Fate::broken ? break_row(row) : "");
}

void Delivery::add(int day, Wall at, const std::string& json_line) {
  if (day >= kDays) return;
  const Fate fate = draw_fate(day);
  if (fate == Fate::broken) ++counts_.invalid_json;
  place(fate, day, at, json_line, fate == Fate::broken ? json_line.substr(0, json_line.size() * 3 / 5) : "");
}

void Delivery::add_clean(int day, Wall at, std::string line) {
  if (day < kDays) waiting_[day].push_back({at, std::move(line)});
}

std::string Delivery::break_row(const CsvRow& row) {
  const int kind = draws_.between(0, 3);
  if (kind == 0 && plan_.amount_cell >= 0) {
    ++counts_.bad_amount;
    return row.with_cell(static_cast<std::size_t>(plan_.amount_cell), "auf Anfrage");
  }
  if (kind == 1 && plan_.choice_cell >= 0) {
    ++counts_.unknown_choice;
    return row.with_cell(static_cast<std::size_t>(plan_.choice_cell), "Stage 7");
  }
  if (kind <= 2 && plan_.time_cell >= 0) {
    ++counts_.bad_time;
    return row.with_cell(static_cast<std::size_t>(plan_.time_cell),
                         draws_.chance(0.5) ? "2026-02-31 25:10:00" : "gestern");
  }
  ++counts_.ragged;
  return row.cut_to(row.size() - 2);
}

bool Delivery::ends_file(int day) const noexcept {
  if (day + 1 >= kDays) return true;
  if (plan_.every == Every::week) return weekday_at(day + 1) == 0;
  return year_month_day(date_at(day + 1)).day == 1;
}

std::string Delivery::path_of(int day) const {
  std::string stamp;
  if (plan_.every == Every::week) {
    stamp = WallClock::date_text(
        std::min(day - weekday_at(day) + 7, kDays));  // the day on which the delivery is taken
  } else {
    stamp = WallClock::date_text(day).substr(0, 7);
  }
  return join_path(directory_,
                   "exports/" + plan_.name + "_" + stamp + (plan_.header.empty() ? ".jsonl" : ".csv"));
}

Status Delivery::open(int day) {
  const std::string path = path_of(day);
  WEIR_TRY_STATUS(files_->make_directories(parent_path(path)));
  WEIR_TRY(file_, files_->create(path));
  ++counts_.files;
  if (!plan_.header.empty()) buffer_ += plan_.header + "\n";
  return {};
}

Status Delivery::close_day(int day) {
  if (auto found = waiting_.find(day); found != waiting_.end()) {
    if (!file_) WEIR_TRY_STATUS(open(day));
    std::vector<Row>& rows = found->second;
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Row& left, const Row& right) { return left.at < right.at; });
    for (const Row& row : rows) {
      buffer_ += plan_.latin_1 ? to_latin_1(row.line) : row.line;
      buffer_ += '\n';
    }
    counts_.rows += static_cast<std::int64_t>(rows.size());
    waiting_.erase(found);
  }
  if (file_ && (buffer_.size() > kBufferBytes || ends_file(day))) {
    WEIR_TRY_STATUS(file_->append(buffer_));
    buffer_.clear();
  }
  if (ends_file(day)) file_.reset();
  return {};
}

}  // namespace weir::demo
