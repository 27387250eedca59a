#include "timeline/repeated_records.h"

#include <algorithm>
#include <bit>

#include "timeline/row_columns.h"

namespace weir::timeline {

Result<std::vector<std::uint64_t>> repeated_records(store::QueryEngine& engine, const std::string& table,
                                                    std::size_t records) {
  constexpr std::size_t kAtOnce = std::size_t{1} << 25U;
  const std::size_t parts = records / kAtOnce + 1;
  std::vector<std::uint64_t> several;
  std::vector<std::uint64_t> ids;
  for (std::size_t part = 0; part < parts; ++part) {
    ids.clear();
    ids.reserve(records / parts + records / parts / 64 + 1);
    WEIR_TRY_STATUS(
        engine.query("SELECT weir_record FROM " + table, [&](const store::QueryChunk& chunk) -> Status {
          for (std::size_t row = 0; row < chunk.row_count(); ++row) {
            const std::uint64_t id = chunk.uuid(0, row).first;
            if ((id >> 32U) * parts >> 32U == part) ids.push_back(id);
          }
          return {};
        }));
    sort_by_upper_half(ids);
    for (std::size_t begin = 0, end = 0; begin < ids.size(); begin = end) {
      for (end = begin + 1; end < ids.size() && ids[end] >> 32U == ids[begin] >> 32U;) ++end;
      if (end - begin == 1) continue;
      std::sort(ids.begin() + static_cast<std::ptrdiff_t>(begin),
                ids.begin() + static_cast<std::ptrdiff_t>(end));
      for (std::size_t i = begin + 1; i < end; ++i) {
        if (ids[i] == ids[i - 1] && (several.empty() || several.back() != ids[i])) several.push_back(ids[i]);
      }
    }
  }
  return several;
}

// Most ids find their place among so many bits free, so that few are searched for.
Result<bool> have_common_records(store::QueryEngine& engine, const std::string& few,
                                 const std::string& many) {
  std::vector<std::uint64_t> ids;
  WEIR_TRY_STATUS(
      engine.query("SELECT weir_record FROM " + few, [&](const store::QueryChunk& chunk) -> Status {
        for (std::size_t row = 0; row < chunk.row_count(); ++row) ids.push_back(chunk.uuid(0, row).first);
        return {};
      }));
  std::sort(ids.begin(), ids.end());
  constexpr std::size_t kBitsPerId = 32;
  const std::size_t bits = std::bit_ceil(ids.size() * kBitsPerId + 64);
  const auto place = [&](std::uint64_t id) { return id & (bits - 1); };
  std::vector<std::uint64_t> filter(bits / 64);
  for (const std::uint64_t id : ids) filter[place(id) / 64] |= std::uint64_t{1} << place(id) % 64;
  bool common = false;
  WEIR_TRY_STATUS(
      engine.query("SELECT weir_record FROM " + many, [&](const store::QueryChunk& chunk) -> Status {
        for (std::size_t row = 0; row < chunk.row_count() && !common; ++row) {
          const std::uint64_t id = chunk.uuid(0, row).first;
          if ((filter[place(id) / 64] >> place(id) % 64 & 1U) == 0) continue;
          common = std::binary_search(ids.begin(), ids.end(), id);
        }
        return {};
      }));
  return common;
}

}  // namespace weir::timeline
