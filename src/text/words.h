// Words of a text, as the lexicon compares them. Private to the room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::text {

struct Word {
  std::string stem;
  std::size_t begin{0};  // bytes of the text
  std::size_t end{0};
  bool starts_clause{false};  // a punctuation mark or a line end stands before it
};

// Lower case, umlauts written out (ä as ae, ß as ss), light stemming. "can't" and "cannot" are two words, can
// and not, with one span. A hyphen and a slash separate words and not clauses.
[[nodiscard]] std::vector<Word> words_of(std::string_view utf8);

}  // namespace weir::text
