// Makes the runs: per handle the rows that name it, with their times and signals beside them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "timeline/section_file.h"
#include "timeline/spool.h"
#include "timeline/timeline_store.h"

namespace weir::timeline {

// With more signals than that runs have none.
inline constexpr std::size_t kMostRunSignals = std::size_t{1} << 16U;

// How times stand in runs: four or eight bytes each. `occurred`: the coding of rows' times.
[[nodiscard]] inline Coding run_coding(Coding occurred) noexcept {
  occurred.has_null = 0;
  occurred.width = occurred.width <= sizeof(std::uint32_t) ? sizeof(std::uint32_t) : sizeof(std::uint64_t);
  return occurred;
}

// A row that names a handle. `Code` is the width of times.
template <typename Code>
struct Place {
  Code time{0};
  Handle handle{0};
  Row row{0};
  std::uint32_t signal{0};
};

// Places come in the order of rows and are wanted by handle: they are dealt out to ranges of handles, each of
// which is then ordered by itself. So neither memory nor caches see more than one range at a time.
template <typename Code>
class RunWriter {
 public:
  // `counts`: per handle how many places will come.
  RunWriter(SectionWriter& out, SpoolPlace& place, const std::vector<std::uint64_t>& counts);

  // In the order of rows.
  [[nodiscard]] Status add(const Place<Code>& place) {
    return ranges_[range_of_[place.handle]].append({reinterpret_cast<const char*>(&place), sizeof place});
  }
  // Writes the sections.
  [[nodiscard]] Status finish(const Coding& times, std::size_t signal_count);

 private:
  [[nodiscard]] Status write_range(std::size_t range);
  [[nodiscard]] Status write_one(std::size_t range);
  [[nodiscard]] Status write_places(const std::vector<Place<Code>>& places);
  [[nodiscard]] Status copy(std::uint32_t id, const Coding& coding, Spool& from);

  SectionWriter& out_;
  std::vector<std::uint64_t> offsets_{0};  // of the runs
  std::vector<Spool> ranges_;              // the places of a range of handles
  std::vector<Handle> first_{0};           // of each range
  std::vector<std::uint8_t> range_of_;     // per handle
  bool has_signals_{true};
  Spool times_, signals_;  // of runs, until their sections begin
};

extern template class RunWriter<std::uint32_t>;
extern template class RunWriter<std::uint64_t>;

}  // namespace weir::timeline
