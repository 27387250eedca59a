#include "timeline/added_rows.h"

#include <array>

#include "timeline/section_file.h"
#include "timeline/sections.h"

namespace weir::timeline {
namespace {

// A row by what rows are ordered by, as RowColumn says it.
class OrderedKeys {
 public:
  explicit OrderedKeys(const TimelineStore& store) : events_(store.proofs().event) {
    constexpr std::array<std::uint32_t, kColumns> kSections{kOccurred, kRank,      kSequence,
                                                            kKnown,    kRetracted, kSourceRow};
    for (std::size_t i = 0; i < kColumns; ++i) {
      const SectionEntry* entry = store.sections().find(kSections[i]);
      columns_[i] = Column<std::int64_t>(store.sections().bytes(*entry).data(), entry->count, entry->coding);
    }
  }
  [[nodiscard]] std::int64_t time(std::uint64_t row) const noexcept { return columns_[0][row]; }
  // Whether the row comes before one of another store.
  [[nodiscard]] bool is_before(std::uint64_t row, const OrderedKeys& other,
                               std::uint64_t other_row) const noexcept {
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (i == kBehindId && events_[row] != other.events_[other_row])
        return events_[row] < other.events_[other_row];
      const std::int64_t left = columns_[i][row];
      const std::int64_t right = other.columns_[i][other_row];
      if (left != right) return left < right;
    }
    return false;
  }

 private:
  static constexpr std::size_t kColumns = 6;
  static constexpr std::size_t kBehindId = 3;  // the id stands before this one
  std::array<Column<std::int64_t>, kColumns> columns_;
  std::span<const EventId> events_;
};

}  // namespace

// Added rows come in order: each is looked for from where the one before was found, in steps that double. Of
// rows that are equal those of the base come first.
AddedRows::AddedRows(const TimelineStore& base, const TimelineStore& added) : base_rows_(base.row_count()) {
  const OrderedKeys keys(base);
  const OrderedKeys added_keys(added);
  std::uint64_t low = 0;
  for (std::uint64_t row = 0; row < added.row_count(); ++row) {
    const auto comes_later = [&](std::uint64_t base_row) {
      return added_keys.is_before(row, keys, base_row);
    };
    std::uint64_t step = 1;
    while (low + step <= base_rows_ && !comes_later(low + step - 1)) {
      low += step;
      step *= 2;
    }
    std::uint64_t high = std::min(base_rows_, low + step - 1);
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (comes_later(middle)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    places_.push_back(low);
  }
  first_ = places_.empty() ? base_rows_ : places_.front();
  std::uint32_t passed = 0;
  for (std::uint64_t block = 0; block <= (base_rows_ >> kShift) + 1; ++block) {
    while (passed < places_.size() && places_[passed] < block << kShift) ++passed;
    before_.push_back(passed);
  }
}

}  // namespace weir::timeline
