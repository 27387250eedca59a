// Finds stated reasons against buying in notes and mails, English and German, by a lexicon of phrases with
// light stemming; what is negated or dismissed ("not too expensive", "no budget problem", "price is not the
// problem") is none. Pure and thread-safe. O(length). Any bytes go in; those that are no UTF-8 separate
// words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::text {

enum class ObjectionKind : std::uint8_t { price, competitor, timing, authority, need };
[[nodiscard]] const char* to_text(ObjectionKind kind) noexcept;

struct Spotted {
  ObjectionKind kind{ObjectionKind::price};
  std::size_t begin{0};  // bytes of the text: the evidence is text.substr(begin, end - begin)
  std::size_t end{0};
  std::string phrase;  // of the lexicon
};

// In order of the text; of phrases of one kind that overlap only the longest, the first of equally long ones.
// Only the first kLongestNote bytes are read.
inline constexpr std::size_t kLongestNote = 65'536;
[[nodiscard]] std::vector<Spotted> spot_objections(std::string_view utf8);

// "price" ...: the kind of the first objection; "" when there is none.
[[nodiscard]] std::string first_objection(std::string_view utf8);
// All kinds once, sorted by name, with commas: "price,timing"; "" when there is none.
[[nodiscard]] std::string all_objections(std::string_view utf8);

// Changes whenever the same text could give another answer.
[[nodiscard]] std::string_view lexicon_version() noexcept;

}  // namespace weir::text
