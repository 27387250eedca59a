// The phrases. Private to the room.
#pragma once

#include <span>
#include <string_view>

#include "text/objections.h"

namespace weir::text {

// Words of a phrase are compared by stem; `_` stands for up to two words, `__` for up to five, none of
// which negates.
struct Phrase {
  ObjectionKind kind;
  std::string_view words;
};
[[nodiscard]] std::span<const Phrase> objection_phrases() noexcept;

// Negate what follows in the clause.
[[nodiscard]] std::span<const std::string_view> negating_words() noexcept;
// Undo a negation right behind it: not only.
[[nodiscard]] std::span<const std::string_view> affirming_words() noexcept;
// What an objection would be, if it were one: after a negation they dismiss it (price is not an issue).
[[nodiscard]] std::span<const std::string_view> trouble_words() noexcept;
// Say that it is settled, without a negation (budget is approved).
[[nodiscard]] std::span<const std::string_view> settled_words() noexcept;
// Begin another clause without a punctuation mark: but.
[[nodiscard]] std::span<const std::string_view> clause_words() noexcept;

}  // namespace weir::text
