// Reads the JSON objects that most lines of most files are: members that are texts without escapes, numbers,
// true, false and null. Whatever else is JSON, or is none, is left to the full parser. Room-internal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::ingest {

struct FlatMember {
  enum class Kind : std::uint8_t {
    text,
    number,  // in the form that weir writes for its value
    real,    // a number whose text may have to be rewritten
    truth,   // true or false
    null,
  };
  std::string_view key;
  std::string_view value;  // of a text without its quotes
  Kind kind{Kind::null};
  bool is_expected{false};  // the key is the one expected at this place
};

// How a member begins that is expected where it stands: `"key":`. "" for a key that is not plain ASCII: it is
// read as any other.
[[nodiscard]] std::string flat_opening(std::string_view key);

// How many bytes behind a text may be read.
inline constexpr std::size_t kFlatJsonPadding = 16;

// Replaces `members`, which point into `text`. False: the full parser has to look at the text, which may be
// JSON or not; what is in `members` then means nothing. Of a text that it takes, the full parser would give
// the same. `openings`: of the members that are likely, in their order; they only save time.
[[nodiscard]] bool read_flat_object(std::string_view text, std::span<const std::string> openings,
                                    std::vector<FlatMember>& members);

}  // namespace weir::ingest
