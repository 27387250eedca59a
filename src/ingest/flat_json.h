// Reads the JSON objects that most lines of most files are: members that are texts without escapes, numbers,
// true, false and null. Whatever else is JSON, or is none, is left to the full parser. Room-internal.
#pragma once

#include <cstddef>
#include <cstdint>
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
};

// How many bytes behind a text may be read.
inline constexpr std::size_t kFlatJsonPadding = 16;

// Replaces `members`, which point into `text`. False: the full parser has to look at the text, which may be
// JSON or not; what is in `members` then means nothing. Of a text that it takes, the full parser would give
// the same.
[[nodiscard]] bool read_flat_object(std::string_view text, std::vector<FlatMember>& members);

}  // namespace weir::ingest
