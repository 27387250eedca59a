#include "engine/text_functions.h"

#include "text/objections.h"

namespace weir::engine {
namespace {

std::optional<std::string> unless_empty(std::string answer) {
  if (answer.empty()) return std::nullopt;
  return answer;
}

}  // namespace

const store::TextFunctions& text_functions() {
  static const store::TextFunctions kFunctions{
      {"objection", std::string(text::lexicon_version()),
       [](std::string_view note) { return unless_empty(text::first_objection(note)); }},
      {"objections", std::string(text::lexicon_version()),
       [](std::string_view note) { return unless_empty(text::all_objections(note)); }}};
  return kFunctions;
}

}  // namespace weir::engine
