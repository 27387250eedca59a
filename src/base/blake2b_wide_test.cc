#include "base/blake2b_wide.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <string>

#include "base/random.h"

namespace weir {
namespace {

// The names of all parts and deliveries are these digests: whichever way they are made, they are the same.
TEST(Blake2bWide, gives_the_digest_that_the_library_gives) {
  if (!blake2b_wide::is_supported()) GTEST_SKIP() << "this processor has no vectors of that kind";
  Random random(17);
  for (int i = 0; i < 600; ++i) {
    std::string bytes(i < 300 ? static_cast<std::size_t>(i) : random.below(5'000), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.below(256));
    blake2b_wide::State state;
    blake2b_wide::begin(state);
    for (std::string_view rest = bytes; !rest.empty();) {
      const std::string_view piece = rest.substr(0, 1 + random.below(300));
      blake2b_wide::add(state, piece);
      rest.remove_prefix(piece.size());
    }
    std::array<unsigned char, 32> expected{};
    crypto_generichash(expected.data(), expected.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                       bytes.size(), nullptr, 0);
    EXPECT_EQ(blake2b_wide::finish(state), expected) << bytes.size();
  }
}

TEST(Blake2bWide, gives_for_two_at_once_what_it_gives_for_each) {
  if (!blake2b_wide::is_supported()) GTEST_SKIP() << "this processor has no vectors of that kind";
  Random random(19);
  const auto text = [&] { return std::string(random.below(1'000), static_cast<char>(random.below(256))); };
  for (int i = 0; i < 300; ++i) {
    std::array<blake2b_wide::State, 4> states;
    for (auto& state : states) blake2b_wide::begin(state);
    for (int piece = 0; piece < 4; ++piece) {
      const std::string one = text();
      const std::string other = text();
      blake2b_wide::add(states[0], one);
      blake2b_wide::add(states[1], other);
      blake2b_wide::add_both(states[2], one, states[3], other);
    }
    EXPECT_EQ(blake2b_wide::finish(states[0]), blake2b_wide::finish(states[2]));
    EXPECT_EQ(blake2b_wide::finish(states[1]), blake2b_wide::finish(states[3]));
  }
}

}  // namespace
}  // namespace weir
