#include "base/markup.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Markup, text_stays_text) {
  EXPECT_EQ(escape_markup("<b a=\"1\">Tom & 'Jerry'</b>"),
            "&lt;b a=&quot;1&quot;&gt;Tom &amp; &#39;Jerry&#39;&lt;/b&gt;");
  EXPECT_EQ(escape_markup("Zürich"), "Zürich");
  EXPECT_EQ(escape_markup(std::string_view("a\0b\x1b\x7f", 5)), "a b  ");
}

}  // namespace
}  // namespace weir
