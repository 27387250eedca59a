// YAML as a person would write it, with the reasons of guesses at the ends of lines. Private to the draft.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/draft.h"

namespace weir::engine {

class DraftText {
 public:
  void line(const std::string& text) {
    text_ += text + "\n";
    ++lines_;
  }
  // "text   # guess: why", and an entry in the list of guesses.
  void guess(const std::string& text, const std::string& what, const std::string& why);
  void remark(const std::string& text) { remarks_.push_back(text); }
  [[nodiscard]] Draft take() { return {std::move(text_), std::move(guesses_), std::move(remarks_)}; }

 private:
  std::string text_;
  int lines_{0};
  std::vector<Guess> guesses_;
  std::vector<std::string> remarks_;
};

// An expression, path or name where YAML takes it as it is, else in double quotes.
[[nodiscard]] std::string yaml_scalar(std::string_view text);

// `stage = 'Won'` or `stage IN ('Won', 'Closed Won')`; "" without values.
[[nodiscard]] std::string is_one_of(const std::string& column, const std::vector<std::string>& values);

}  // namespace weir::engine
