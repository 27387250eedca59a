// What the columns of an export file hold: the facts that a drafted workspace is guessed from.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/file_system.h"
#include "base/zone.h"
#include "contract/contract.h"
#include "engine/draft_deliveries.h"
#include "store/query_engine.h"

namespace weir::engine {

// No more records than this are looked at.
inline constexpr std::int64_t kDraftRows = 1'000'000;
// A column with more values than this is no list of stages, types or segments.
inline constexpr std::size_t kListedValues = 60;
inline constexpr std::int64_t kNoMoment = std::numeric_limits<std::int64_t>::min();

struct ColumnProfile {
  contract::Field field;
  std::int64_t filled{0};
  std::unordered_set<std::uint64_t> hashes;    // of the values of text and whole numbers
  std::vector<std::uint64_t> row_hashes;       // per row, 0 = null; only of nearly unique columns
  std::map<std::string, std::int64_t> values;  // of a text with at most kListedValues of them; else empty
  std::vector<std::int64_t> moments;           // per row, UTC microseconds; of dates and timestamps
  std::string sample;                          // the first value of a text
  [[nodiscard]] bool is_moment() const noexcept;
  [[nodiscard]] bool is_number() const noexcept;
  [[nodiscard]] bool is_name() const noexcept;  // text or whole number: may be a key
  [[nodiscard]] bool is_unique() const noexcept {
    return filled > 0 && static_cast<std::int64_t>(hashes.size()) == filled;
  }
  // But for one in a hundred: deliveries repeat rows.
  [[nodiscard]] bool is_nearly_unique() const noexcept {
    return filled > 0 && static_cast<std::int64_t>(hashes.size()) * 100 >= filled * 99;
  }
};

struct TableProfile {
  Delivery delivery;
  std::string stem;  // normalised file name without date and ending: sales_pipeline
  contract::Contract contract;
  std::vector<ColumnProfile> columns;  // those of the contract
  std::int64_t rows{0};
  std::string no_table;  // why this is no table; "" = it is one
  [[nodiscard]] const ColumnProfile* find(std::string_view name) const noexcept;
};

// Fails when the file cannot be read; one that is no table comes back with its reason.
[[nodiscard]] Result<TableProfile> profile_table(FileSystem& files, store::QueryEngine& engine,
                                                 const Delivery& delivery, const Zone& zone);

// The share of the values of `from` that stand in `to` as well.
[[nodiscard]] double overlap(const ColumnProfile& from, const ColumnProfile& to) noexcept;

}  // namespace weir::engine
