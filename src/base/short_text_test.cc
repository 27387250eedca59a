#include "base/short_text.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace weir {
namespace {

TEST(ShortText, copies_and_compares_as_the_library_does) {
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string a(random.below(40), 'a');
    for (char& c : a) c = static_cast<char>('a' + random.below(3));
    std::string b = a;
    if (!b.empty() && random.chance(0.7)) b[random.below(b.size())] = 'b';
    if (random.chance(0.1)) b += 'a';
    EXPECT_EQ(same_text(a, b), a == b) << a << " " << b;
    if (a == b) {
      EXPECT_EQ(quick_hash(a), quick_hash(b));
    }
    std::string copy(a.size(), '\0');
    copy_text(copy.data(), a.data(), a.size());
    EXPECT_EQ(copy, a);
  }
}

}  // namespace
}  // namespace weir
