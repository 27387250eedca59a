#include "text/words.h"

#include <array>
#include <cstdint>
#include <utility>

namespace weir::text {
namespace {

struct Symbol {
  char32_t code{0xFFFD};
  std::size_t length{1};
};

// One code point; whatever is no UTF-8 is U+FFFD of one byte.
Symbol symbol_at(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : (first >= 0xE0 ? 3 : 2);
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return {};
  char32_t code = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return {};
    code = code << 6U | (byte(at + i) & 0x3FU);
  }
  return {code, length};
}

enum class Role : std::uint8_t { letter, apostrophe, joint, mark };

Role role_of(char32_t code) noexcept {
  if ((code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9'))
    return Role::letter;
  if (code == '\'' || code == 0x2019) return Role::apostrophe;
  if (code == ' ' || code == '\t' || code == '-' || code == '/' || code == '"' || code == '&' ||
      code == '_' || code == 0xA0)
    return Role::joint;
  if (code < 0xC0 || code == 0xD7 || code == 0xF7 || code == 0xFFFD) return Role::mark;
  if (code == 0x2010 || code == 0x2011) return Role::joint;
  if (code == 0x201C || code == 0x201D || code == 0x201E || code == 0x2018 || code == 0x201A)
    return Role::joint;  // quotation marks
  return code >= 0x2000 && code < 0x2C00 ? Role::mark : Role::letter;
}

void append_folded(std::string& word, char32_t code, std::string_view bytes) {
  switch (code) {
    case 0xC4:
    case 0xE4:
      word += "ae";
      return;
    case 0xD6:
    case 0xF6:
      word += "oe";
      return;
    case 0xDC:
    case 0xFC:
      word += "ue";
      return;
    case 0xDF:
    case 0x1E9E:
      word += "ss";
      return;
    default:
      break;
  }
  if (code >= 'A' && code <= 'Z') {
    word += static_cast<char>(code - 'A' + 'a');
  } else if (code == 0x2019) {
    word += '\'';
  } else {
    word.append(bytes);
  }
}

// Endings that English and German words change by, taken off while four letters stay. Both the text and the
// lexicon go through it, so a stem need not be a word.
std::string stem_of(std::string word) {
  static constexpr std::array<std::string_view, 9> kEndings{"ing", "ed", "es", "en", "em",
                                                            "er",  "e",  "n",  "s"};
  for (int round = 0; round < 3; ++round) {
    bool cut = false;
    for (const std::string_view ending : kEndings) {
      if (word.size() < ending.size() + 4 || !std::string_view(word).ends_with(ending)) continue;
      word.resize(word.size() - ending.size());
      cut = true;
      break;
    }
    if (!cut) break;
  }
  return word;
}

// "can't", "cannot" and "won't" as two words.
void push_word(std::vector<Word>& words, std::string folded, std::size_t begin, std::size_t end,
               bool starts_clause) {
  while (!folded.empty() && folded.back() == '\'') folded.pop_back();
  if (folded.empty()) return;
  std::string before;
  if (folded == "cannot" || folded == "cant") before = "can";
  if (folded == "won't") before = "will";
  if (before.empty() && folded.size() > 3 && folded.ends_with("n't"))
    before = folded == "can't" ? "can" : folded.substr(0, folded.size() - 3);
  if (!before.empty()) {
    words.push_back({stem_of(before), begin, end, starts_clause});
    words.push_back({"not", begin, end, false});
    return;
  }
  if (folded.ends_with("'s") && folded.size() > 2) folded.resize(folded.size() - 2);
  words.push_back({stem_of(std::move(folded)), begin, end, starts_clause});
}

}  // namespace

std::vector<Word> words_of(std::string_view utf8) {
  std::vector<Word> words;
  std::string folded;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool starts_clause = true;
  const auto close = [&] {
    if (folded.empty()) return;
    push_word(words, std::move(folded), begin, end, starts_clause);
    folded.clear();
    starts_clause = false;
  };
  for (std::size_t at = 0; at < utf8.size();) {
    const Symbol symbol = symbol_at(utf8, at);
    const Role role = role_of(symbol.code);
    if (role == Role::letter || (role == Role::apostrophe && !folded.empty())) {
      if (folded.empty()) begin = at;
      append_folded(folded, symbol.code, utf8.substr(at, symbol.length));
      if (role == Role::letter) end = at + symbol.length;
    } else {
      close();
      if (role == Role::mark) starts_clause = true;
    }
    at += symbol.length;
  }
  close();
  return words;
}

}  // namespace weir::text
