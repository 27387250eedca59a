#include "features/context_versions.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "base/hash.h"

namespace weir::features {
namespace {

using timeline::Handle;

std::array<std::vector<DayValue>*, 3> sums_of(ContextTables& tables) {
  return {&tables.account_open, &tables.account_touches, &tables.owner_open};
}
std::array<const std::vector<DayValue>*, 3> sums_of(const ContextTables& tables) {
  return {&tables.account_open, &tables.account_touches, &tables.owner_open};
}

// What a day adds, as bytes.
class DayText {
 public:
  void clear() noexcept { bytes_.clear(); }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  void tag(char what) { bytes_ += what; }
  template <typename Number>
  void number(Number number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void text(std::string_view text) {
    number(std::uint64_t{text.size()});
    bytes_ += text;
  }

 private:
  std::string bytes_;
};

// The values of a table by the day on which they begin, entities in order.
struct ByDay {
  std::vector<std::size_t> begins;  // per day, one more than days
  std::vector<std::size_t> places;  // into the table
};

ByDay by_day(const std::vector<DayValue>& values, std::int32_t first_day, std::size_t days) {
  ByDay sorted;
  sorted.begins.assign(days + 1, 0);
  const auto day_of = [&](const DayValue& value) {
    return static_cast<std::size_t>(std::int64_t{value.day} - first_day);
  };
  for (const DayValue& value : values) {
    if (day_of(value) < days) ++sorted.begins[day_of(value) + 1];
  }
  for (std::size_t day = 0; day < days; ++day) sorted.begins[day + 1] += sorted.begins[day];
  sorted.places.resize(sorted.begins[days]);
  std::vector<std::size_t> next(sorted.begins.begin(), sorted.begins.end() - 1);
  for (std::size_t place = 0; place < values.size(); ++place) {
    if (day_of(values[place]) < days) sorted.places[next[day_of(values[place])]++] = place;
  }
  return sorted;
}

// The cell above each: that of the region, else that of all, which has none (its own place).
std::vector<std::size_t> cells_above(const AliveTables& alive) {
  std::vector<std::size_t> above;
  for (const CalendarCell& cell : alive.cells) {
    const std::size_t own = above.size();
    above.push_back(cell.industry.empty() ? (cell.region.empty() ? own : 0) : alive.cell_of(cell.region, ""));
  }
  return above;
}

class Chain {
 public:
  explicit Chain(const KeptContext& kept)
      : kept_(kept),
        tables_(kept.tables),
        above_(cells_above(kept.tables.alive)),
        days_(tables_.calendar_factor.size()) {
    for (const auto* sums : sums_of(tables_)) sums_.push_back(by_day(*sums, tables_.first_day, days_));
    epoch_ = tables_.alive.epochs.begin();
  }

  std::vector<std::uint64_t> versions() {
    std::vector<std::uint64_t> versions;
    if (days_ == 0) return versions;
    std::string link = blake2b_hex(std::string(kContextMethod) + (tables_.alive.empty() ? "" : " alive") +
                                   " from " + std::to_string(tables_.first_day));
    for (std::size_t day = 0; day < days_; ++day) {
      text_.clear();
      add_sums(day);
      add_factors(day);
      add_parameters(tables_.first_day + static_cast<std::int32_t>(day));
      if (!text_.bytes().empty()) link = blake2b_hex(link + std::to_string(day) + ":" + text_.bytes());
      versions.push_back(std::stoull(link.substr(0, 12), nullptr, 16));
    }
    return versions;
  }

 private:
  void add_sums(std::size_t day) {
    for (std::size_t table = 0; table < sums_.size(); ++table) {
      const auto& values = *sums_of(tables_)[table];
      for (std::size_t at = sums_[table].begins[day]; at < sums_[table].begins[day + 1]; ++at) {
        const DayValue& value = values[sums_[table].places[at]];
        const EntityName& entity = kept_.entities[value.entity];
        text_.tag(static_cast<char>('0' + table));
        text_.number(entity.kind);
        text_.text(entity.text);
        text_.number(value.value);
      }
    }
  }
  void add_factors(std::size_t day) {
    const double factor = tables_.calendar_factor[day];
    if (!std::isnan(factor)) {
      text_.tag('c');
      text_.number(factor);
    }
    const auto bits = [&](std::size_t cell) {
      return std::bit_cast<std::uint64_t>(tables_.alive.cells[cell].factor[day]);
    };
    for (std::size_t cell = 0; cell < above_.size(); ++cell) {
      const std::uint64_t usual =
          above_[cell] == cell ? std::bit_cast<std::uint64_t>(1.0) : bits(above_[cell]);
      if (bits(cell) == usual) continue;
      text_.tag('f');
      text_.text(tables_.alive.cells[cell].region);
      text_.text(tables_.alive.cells[cell].industry);
      text_.number(bits(cell));
    }
  }
  void add_parameters(std::int32_t day) {
    for (; epoch_ != tables_.alive.epochs.end() && epoch_->day <= day; ++epoch_) {
      const AliveParameters& p = epoch_->parameters;
      text_.tag('p');
      for (const double parameter : {p.dies, p.revives, p.quiet, p.shape, p.days}) text_.number(parameter);
    }
  }

  const KeptContext& kept_;
  const ContextTables& tables_;
  std::vector<std::size_t> above_;
  std::size_t days_;
  std::vector<ByDay> sums_;
  std::vector<AliveTables::Epoch>::const_iterator epoch_;
  DayText text_;
};

}  // namespace

KeptContext detach(const ContextTables& tables, const timeline::TimelineStore& store) {
  KeptContext kept;
  kept.tables = tables;
  std::vector<Handle> handles;
  for (const auto* sums : sums_of(tables)) {
    for (const DayValue& value : *sums) {
      if (handles.empty() || handles.back() != value.entity) handles.push_back(value.entity);
    }
  }
  std::sort(handles.begin(), handles.end());
  handles.erase(std::unique(handles.begin(), handles.end()), handles.end());
  // Handles are sorted by kind and text, so their order stays.
  for (const Handle handle : handles)
    kept.entities.push_back({store.handle_kind(handle), std::string(store.handle_text(handle))});
  for (auto* sums : sums_of(kept.tables)) {
    for (DayValue& value : *sums) {
      value.entity = static_cast<Handle>(std::lower_bound(handles.begin(), handles.end(), value.entity) -
                                         handles.begin());
    }
  }
  return kept;
}

ContextTables attach(KeptContext kept, const timeline::TimelineStore& store) {
  std::vector<Handle> handles;
  handles.reserve(kept.entities.size());
  for (const EntityName& entity : kept.entities)
    handles.push_back(store.find_handle(entity.kind, entity.text));
  for (auto* sums : sums_of(kept.tables)) {
    for (DayValue& value : *sums) value.entity = handles[value.entity];
    std::erase_if(*sums, [](const DayValue& value) { return value.entity == timeline::kNoHandle; });
  }
  return std::move(kept.tables);
}

std::string version_text(std::uint64_t version) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(12, '0');
  for (std::size_t at = text.size(); at-- > 0; version >>= 4U) text[at] = kDigits[version & 15U];
  return text;
}

std::vector<std::uint64_t> day_versions(const KeptContext& kept) {
  return Chain(kept).versions();
}

}  // namespace weir::features
