#include "demo/note_texts.h"

#include <gtest/gtest.h>

#include "text/objections.h"

namespace weir::demo {
namespace {

// The lexicon was written with these notes in sight: this shows that signals on the demo's notes work, not
// how well the lexicon does on a stranger's.
TEST(NoteTexts, objections_are_spotted_and_small_talk_is_none) {
  Draws draws{Random{7}};
  int missed = 0;
  int wrong = 0;
  for (int i = 0; i < 400; ++i) {
    for (std::size_t kind = 0; kind < kObjections.size(); ++kind) {
      const bool german = i % 2 == 0;
      const std::string spotted =
          text::first_objection(objection_text(draws, static_cast<Objection>(kind), german, "Jo Ek"));
      missed += spotted == kObjections[kind] ? 0 : 1;
      wrong +=
          text::first_objection(answer_text(static_cast<Objection>(kind), german, "Jo Ek")).empty() ? 0 : 1;
      wrong += text::first_objection(neutral_text(draws, german, "Jo Ek")).empty() ? 0 : 1;
    }
  }
  EXPECT_LE(missed, 2000 * 0.02);
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace weir::demo
