#include "text/objections.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "text/objection_lexicon.h"
#include "text/words.h"

namespace weir::text {
namespace {

constexpr std::size_t kNegationWindow = 4;   // words before a phrase
constexpr std::size_t kDismissalWindow = 5;  // words behind it
constexpr std::size_t kShortGap = 2;         // words that `_` stands for
constexpr std::size_t kLongGap = 5;          // words that `__` stands for

using Stems = std::unordered_set<std::string>;

Stems stems_of(std::span<const std::string_view> words) {
  Stems stems;
  for (const std::string_view word : words) {
    for (Word& part : words_of(word)) stems.insert(std::move(part.stem));
  }
  return stems;
}

struct CompiledPhrase {
  ObjectionKind kind{ObjectionKind::price};
  std::string_view words;
  std::vector<std::string> stems;  // `_` and `__` as they are: no word is like them
};

CompiledPhrase compile(const Phrase& phrase) {
  CompiledPhrase compiled{phrase.kind, phrase.words, {}};
  std::string_view rest = phrase.words;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (word.front() == '_') {
      compiled.stems.emplace_back(word);
    } else {
      for (Word& part : words_of(word)) compiled.stems.push_back(std::move(part.stem));
    }
  }
  return compiled;
}

struct Lexicon {
  std::unordered_map<std::string, std::vector<CompiledPhrase>> by_first;  // in the lexicon's order
  Stems negating{stems_of(negating_words())};
  Stems affirming{stems_of(affirming_words())};
  Stems trouble{stems_of(trouble_words())};
  Stems settled{stems_of(settled_words())};
  Stems clause{stems_of(clause_words())};

  Lexicon() {
    for (const Phrase& phrase : objection_phrases()) {
      CompiledPhrase compiled = compile(phrase);
      by_first[compiled.stems.front()].push_back(std::move(compiled));
    }
  }
};

const Lexicon& lexicon() {
  static const Lexicon kLexicon;
  return kLexicon;
}

class Note {
 public:
  explicit Note(std::string_view utf8) : words_(words_of(utf8)) {
    for (Word& word : words_) word.starts_clause = word.starts_clause || lexicon().clause.contains(word.stem);
  }

  [[nodiscard]] std::vector<Spotted> spotted() const {
    std::vector<Spotted> all;
    for (std::size_t first = 0; first < words_.size(); ++first) {
      const auto phrases = lexicon().by_first.find(words_[first].stem);
      if (phrases == lexicon().by_first.end()) continue;
      for (const CompiledPhrase& phrase : phrases->second) {
        const std::optional<std::size_t> end = match(phrase.stems, 0, first, first);
        if (!end || is_negated(first) || is_dismissed(first, *end)) continue;
        all.push_back({phrase.kind, words_[first].begin, words_[*end - 1].end, std::string(phrase.words)});
      }
    }
    return all;
  }

 private:
  // The place behind the phrase, its stems from `next` on read from the word `at` on; the shortest gaps that
  // fit.
  [[nodiscard]] std::optional<std::size_t> match(const std::vector<std::string>& stems, std::size_t next,
                                                 std::size_t at, std::size_t first) const {
    if (next == stems.size()) return at;
    if (stems[next].front() == '_') {
      const std::size_t longest = stems[next].size() > 1 ? kLongGap : kShortGap;
      for (std::size_t gap = 0; gap <= longest; ++gap) {
        if (gap > 0 && (!same_clause(at + gap - 1, first) || negates(at + gap - 1))) return std::nullopt;
        if (const auto end = match(stems, next + 1, at + gap, first)) return end;
      }
      return std::nullopt;
    }
    if (at >= words_.size() || words_[at].stem != stems[next] || !same_clause(at, first)) return std::nullopt;
    return match(stems, next + 1, at + 1, first);
  }
  [[nodiscard]] bool same_clause(std::size_t at, std::size_t first) const noexcept {
    return at < words_.size() && (at == first || !words_[at].starts_clause);
  }

  [[nodiscard]] bool negates(std::size_t at) const {
    if (!lexicon().negating.contains(words_[at].stem)) return false;
    return at + 1 >= words_.size() || !lexicon().affirming.contains(words_[at + 1].stem);
  }
  [[nodiscard]] bool is_trouble(std::size_t at) const { return lexicon().trouble.contains(words_[at].stem); }

  // A negation in the same clause, a few words before.
  [[nodiscard]] bool is_negated(std::size_t first) const {
    for (std::size_t back = 1; back <= kNegationWindow && back <= first; ++back) {
      if (words_[first - back + 1].starts_clause) return false;
      if (negates(first - back)) return true;
    }
    return false;
  }

  // What comes behind says that it is none: "no budget problem", "... is not an issue", "... is resolved".
  [[nodiscard]] bool is_dismissed(std::size_t first, std::size_t end) const {
    if (negates(first) && end < words_.size() && !words_[end].starts_clause && is_trouble(end)) return true;
    bool negated = false;
    for (std::size_t at = end; at < std::min(words_.size(), end + kDismissalWindow); ++at) {
      if (words_[at].starts_clause) return false;
      if (lexicon().settled.contains(words_[at].stem)) return !negated;
      if (negated && is_trouble(at)) return true;
      negated = negated || negates(at);
    }
    return false;
  }

  std::vector<Word> words_;
};

// Longest first; then of each kind those that overlap none that is kept.
std::vector<Spotted> without_overlaps(std::vector<Spotted> all) {
  std::stable_sort(all.begin(), all.end(),
                   [](const Spotted& a, const Spotted& b) { return a.end - a.begin > b.end - b.begin; });
  std::vector<Spotted> kept;
  for (Spotted& candidate : all) {
    const bool covered = std::any_of(kept.begin(), kept.end(), [&](const Spotted& other) {
      return other.kind == candidate.kind && candidate.begin < other.end && other.begin < candidate.end;
    });
    if (!covered) kept.push_back(std::move(candidate));
  }
  std::sort(kept.begin(), kept.end(), [](const Spotted& a, const Spotted& b) {
    return std::pair(a.begin, a.kind) < std::pair(b.begin, b.kind);
  });
  return kept;
}

}  // namespace

const char* to_text(ObjectionKind kind) noexcept {
  switch (kind) {
    case ObjectionKind::price:
      return "price";
    case ObjectionKind::competitor:
      return "competitor";
    case ObjectionKind::timing:
      return "timing";
    case ObjectionKind::authority:
      return "authority";
    case ObjectionKind::need:
      return "need";
  }
  return "";
}

std::vector<Spotted> spot_objections(std::string_view utf8) {
  return without_overlaps(Note(utf8.substr(0, kLongestNote)).spotted());
}

std::string first_objection(std::string_view utf8) {
  const std::vector<Spotted> spotted = spot_objections(utf8);
  return spotted.empty() ? std::string() : to_text(spotted.front().kind);
}

std::string all_objections(std::string_view utf8) {
  std::set<std::string_view> kinds;
  for (const Spotted& spotted : spot_objections(utf8)) kinds.insert(to_text(spotted.kind));
  std::string all;
  for (const std::string_view kind : kinds) all += (all.empty() ? "" : ",") + std::string(kind);
  return all;
}

std::string_view lexicon_version() noexcept {
  return "1";
}

}  // namespace weir::text
