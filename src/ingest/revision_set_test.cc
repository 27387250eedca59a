#include "ingest/revision_set.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace weir::ingest {
namespace {

RevisionId random_id(Random& random) {
  return {random.next(), random.next() | 1U};
}

// Whatever was expected, and in which order they come: each is new once.
TEST(RevisionSet, knows_what_it_was_given) {
  for (const std::size_t goal : {0U, 100U, 20'000U, 3'000'000U}) {
    RevisionSet known;
    Random random(goal + 3);
    std::set<std::pair<std::uint64_t, std::uint64_t>> expected;
    std::vector<RevisionId> given;
    for (int i = 0; i < 30'000; ++i) {
      const bool again = !given.empty() && random.chance(0.2);
      const RevisionId id = again ? given[random.below(given.size())] : random_id(random);
      if (i == 10) known.set_goal(goal);
      known.prefetch(id);
      known.prefetch_place(id);
      ASSERT_EQ(known.insert(id), expected.emplace(id.high, id.low).second);
      given.push_back(id);
    }
    EXPECT_EQ(known.size(), expected.size());
    for (const RevisionId& id : given) ASSERT_FALSE(known.insert(id));
  }
}

// Identities that fall into one place of one table, also at its end, and that have the same byte beside them.
TEST(RevisionSet, tells_crowded_identities_apart) {
  RevisionSet known;
  for (std::uint64_t i = 0; i < 400; ++i) {
    EXPECT_TRUE(known.insert({i << 8U, 0xFFFFFFFFFFFFFFFFULL}));
    EXPECT_TRUE(known.insert({1, 1 + 2 * i}));
  }
  for (std::uint64_t i = 0; i < 400; ++i) {
    EXPECT_FALSE(known.insert({i << 8U, 0xFFFFFFFFFFFFFFFFULL}));
    EXPECT_FALSE(known.insert({1, 1 + 2 * i}));
  }
  EXPECT_EQ(known.size(), 800U);
}

}  // namespace
}  // namespace weir::ingest
