#include "text/objections.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace weir::text {
namespace {

TEST(Objections, finds_each_kind_in_both_languages) {
  const std::vector<std::pair<std::string, std::string>> notes{
      {"They say it's way TOO EXPENSIVE for them.", "price"},
      {"Das ist uns leider zu teuer.", "price"},
      {"We cannot afford this before the merger", "price"},
      {"Budget für dieses Jahr ist schon ausgeschöpft", "price"},
      {"She is talking to competitors as well", "competitor"},
      {"Er hat ein Angebot vom Wettbewerber", "competitor"},
      {"Not the right time for us, sorry", "timing"},
      {"Projekt wurde auf Eis gelegt", "timing"},
      {"I can't decide that on my own", "authority"},
      {"Das darf ich nicht allein entscheiden", "authority"},
      {"We don't see the need for it", "need"},
      {"Derzeit kein Bedarf.", "need"}};
  for (const auto& [note, kind] : notes) EXPECT_EQ(first_objection(note), kind) << note;
}

TEST(Objections, negated_and_dismissed_ones_are_none) {
  for (const char* note : {"It is not too expensive.",
                           "It isn't too expensive for us",
                           "They do not think it is too expensive",
                           "No budget problem.",
                           "no budget issues on their side",
                           "Price is not the problem",
                           "the price isn't an issue for them",
                           "price is not an issue, the schedule matters",
                           "Der Preis ist kein Problem",
                           "Preis ist nicht das Thema",
                           "Das ist nicht zu teuer",
                           "Kein Budgetproblem",
                           "Too expensive is not a concern any more",
                           "zu teuer war kein Thema mehr",
                           "No competitor involved",
                           "The price objection is resolved",
                           "",
                           "   ",
                           "Good call, next step is a demo",
                           "They have never been too busy for a call"}) {
    EXPECT_EQ(first_objection(note), "") << note;
  }
}

TEST(Objections, a_negation_ends_with_its_clause) {
  EXPECT_EQ(first_objection("No, it is too expensive"), "price");
  EXPECT_EQ(first_objection("They did not reply. Too expensive, we heard."), "price");
  EXPECT_EQ(first_objection("Not a fan but too expensive anyway"), "price");
  EXPECT_EQ(first_objection("It is not only too expensive, it is slow"), "price");
  EXPECT_EQ(first_objection("Nicht nur zu teuer"), "price");
  EXPECT_EQ(first_objection("Price is not the problem, no capacity in the team"), "timing");
}

TEST(Objections, give_the_bytes_that_say_so) {
  const std::string note = "Gespräch: „zu teuer“, sagt er; außerdem kein guter Zeitpunkt.";
  const auto spotted = spot_objections(note);
  ASSERT_EQ(spotted.size(), 2U);
  EXPECT_EQ(note.substr(spotted[0].begin, spotted[0].end - spotted[0].begin), "zu teuer");
  EXPECT_EQ(spotted[0].phrase, "zu teuer");
  EXPECT_EQ(note.substr(spotted[1].begin, spotted[1].end - spotted[1].begin), "kein guter Zeitpunkt");
  EXPECT_EQ(all_objections(note), "price,timing");
}

TEST(Objections, overlapping_phrases_of_one_kind_count_once) {
  const auto spotted = spot_objections("kein konkreter Bedarf");
  ASSERT_EQ(spotted.size(), 1U);
  EXPECT_EQ(spotted[0].phrase, "kein konkreter bedarf");
}

TEST(Objections, stems_and_spellings) {
  EXPECT_EQ(first_objection("Die Preise sind uns zu hoch"), "price");
  EXPECT_EQ(first_objection("keine Kapazitaeten"), "timing");
  EXPECT_EQ(first_objection("UEBERSTEIGT UNSER BUDGET"), "price");
  EXPECT_EQ(first_objection("They can\xE2\x80\x99t decide"), "authority");
  EXPECT_EQ(first_objection("too-expensive"), "price");
}

TEST(Objections, read_the_beginning_of_a_long_note_only) {
  const std::string filler(kLongestNote, 'x');
  EXPECT_EQ(first_objection("too expensive " + filler), "price");
  EXPECT_EQ(first_objection(filler + " too expensive"), "");
}

RC_GTEST_PROP(Objections, any_bytes_give_spans_inside_the_text,
              (const std::string& before, const std::string& after)) {
  const std::string note = before + " too expensive " + after;
  for (const Spotted& spotted : spot_objections(note)) {
    RC_ASSERT(spotted.begin < spotted.end && spotted.end <= note.size());
    RC_ASSERT(!spotted.phrase.empty());
  }
  RC_ASSERT(!spot_objections(". too expensive. ").empty());
}

}  // namespace
}  // namespace weir::text
