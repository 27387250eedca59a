// Writes a section whose values are those of a file with others in between. Private to the merge.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "timeline/section_file.h"

namespace weir::timeline {

// Large pieces pass to the file as they are, small ones wait for each other. Not thread-safe.
class SectionMerger {
 public:
  explicit SectionMerger(SectionWriter& out) : out_(out), buffer_(kBuffer + kSpill, '\0') {}

  // `places`: per added value how many values of the base come before it, growing. `same`: the base's values
  // where they stand in the new section as they are. Else `base(i, to)`, and always `added(j, to)`, put a
  // value to `to`, where kSpill bytes may be written.
  template <typename Base, typename Added>
  [[nodiscard]] Status write(std::uint32_t id, const Coding& coding, std::size_t base_count,
                             const std::optional<std::string_view>& same,
                             const std::vector<std::uint64_t>& places, const Base& base, const Added& added) {
    WEIR_TRY_STATUS(out_.begin(id, coding));
    std::size_t at = 0;
    for (std::size_t j = 0; coding.width > 0 && j <= places.size(); ++j) {
      const std::size_t end = j < places.size() ? places[j] : base_count;
      if (same) WEIR_TRY_STATUS(put(same->substr(at * coding.width, (end - at) * coding.width)));
      while (!same && at < end) {
        WEIR_TRY_STATUS(make_room(coding.width));
        const std::size_t count = std::min(end - at, (kBuffer - used_) / coding.width);
        char* to = buffer_.data() + used_;
        for (const std::size_t stop = at + count; at < stop; ++at, to += coding.width) base(at, to);
        used_ += count * coding.width;
      }
      at = end;
      if (j == places.size()) break;
      WEIR_TRY_STATUS(make_room(coding.width));
      added(j, buffer_.data() + used_);
      used_ += coding.width;
    }
    WEIR_TRY_STATUS(flush());
    return out_.end(base_count + places.size());
  }

 private:
  static constexpr std::size_t kBuffer = std::size_t{1} << 18U;
  static constexpr std::size_t kSpill = 64;
  static constexpr std::size_t kLarge = std::size_t{1} << 16U;

  [[nodiscard]] Status flush() {
    const std::size_t used = used_;
    used_ = 0;
    return used == 0 ? Status{} : out_.append({buffer_.data(), used});
  }
  [[nodiscard]] Status make_room(std::size_t bytes) { return kBuffer - used_ < bytes ? flush() : Status{}; }
  [[nodiscard]] Status put(std::string_view bytes) {
    if (bytes.size() >= kLarge) WEIR_TRY_STATUS(flush());
    // What is summed up is written while the caches still have it.
    for (; bytes.size() >= kLarge; bytes.remove_prefix(std::min(bytes.size(), kBuffer)))
      WEIR_TRY_STATUS(out_.append(bytes.substr(0, kBuffer)));
    WEIR_TRY_STATUS(make_room(bytes.size()));
    std::memcpy(buffer_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
    return {};
  }

  SectionWriter& out_;
  std::string buffer_;
  std::size_t used_{0};
};

}  // namespace weir::timeline
