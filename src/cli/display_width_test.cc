#include "cli/display_width.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>

namespace weir::cli {
namespace {

TEST(DisplayWidth, letters_are_one_wide_characters_two_marks_none) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("Müller"), 6);
  EXPECT_EQ(display_width("Mu\u0308ller"), 6);
  EXPECT_EQ(display_width("株式会社"), 8);
  EXPECT_EQ(display_width("한국"), 4);
  EXPECT_EQ(display_width("ＡＢ"), 4);
  EXPECT_EQ(display_width("🚀"), 2);
  EXPECT_EQ(display_width("…"), 1);
  EXPECT_EQ(display_width("ﻣﺮﺣﺒﺎ"), 5);
}

TEST(Harmless, escapes_become_visible) {
  EXPECT_EQ(harmless("\x1b[31mred\x1b[0m"), "␛[31mred␛[0m");
  EXPECT_EQ(harmless("a\nb\tc\rd"), "a␊b␉c␍d");
  EXPECT_EQ(harmless(std::string_view("a\0b", 3)), "a␀b");
  EXPECT_EQ(harmless("\x7f"), "␡");
  EXPECT_EQ(harmless("\u009b31m"), "\uFFFD31m") << "the one-character form of escape [";
  EXPECT_EQ(harmless("\u202egnp.exe"), "\uFFFDgnp.exe") << "right-to-left override";
  EXPECT_EQ(harmless("a\u2028b"), "a\uFFFDb");
}

TEST(Harmless, what_is_no_utf8_is_replaced_byte_by_byte) {
  EXPECT_EQ(harmless("\xff\xfe"), "\uFFFD\uFFFD");
  EXPECT_EQ(harmless("\xc3"), "\uFFFD");
  EXPECT_EQ(harmless("\xc0\x9b"), "\uFFFD\uFFFD") << "overlong escape";
  EXPECT_EQ(harmless("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD") << "surrogate";
  EXPECT_EQ(harmless("\xf4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD") << "beyond U+10FFFF";
  EXPECT_EQ(harmless("\xe2\x82"), "\uFFFD\uFFFD");
}

TEST(Harmless, names_of_the_world_stay_as_they_are) {
  for (const std::string name : {"Zoë Müller", "株式会社", "नमस्ते", "می‌خواهم", "👩‍💻"})
    EXPECT_EQ(harmless(name), name);
}

TEST(CutToWidth, cuts_between_characters) {
  EXPECT_EQ(cut_to_width("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to_width("abcdef", 5), "abcd…");
  EXPECT_EQ(cut_to_width("株式会社", 7), "株式会…");
  EXPECT_EQ(cut_to_width("株式会社", 6), "株式…");
  EXPECT_EQ(cut_to_width("e\u0301e\u0301e\u0301", 2), "e\u0301…");
  EXPECT_EQ(cut_to_width("abc", 1), "…");
}

TEST(DisplayWidthProperty, any_bytes_become_harmless_and_fit) {
  const bool holds = rc::check("any bytes become harmless and fit", [](const std::string& bytes) {
    const std::string text = harmless(bytes);
    RC_ASSERT(harmless(text) == text);
    RC_ASSERT(valid_utf8(text) == text);
    for (const char c : text) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
    const int width = *rc::gen::inRange(1, 20);
    RC_ASSERT(display_width(cut_to_width(text, width)) <= width);
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace weir::cli
