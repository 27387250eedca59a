#include "identity/entity_links.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.h"

namespace weir::identity {
namespace {

TEST(EntityLinks, keys_are_one_from_the_latest_link_between_them) {
  const std::vector<KeyLink> links{{0, 1, 10}, {1, 2, 30}, {3, 4, 5}};
  const EntityLinks entities(6, links);
  EXPECT_EQ(entities.connected_since(0, 1), 10);
  EXPECT_EQ(entities.connected_since(0, 2), 30);
  EXPECT_EQ(entities.connected_since(2, 2), INT64_MIN);
  EXPECT_EQ(entities.connected_since(0, 3), INT64_MAX);
  EXPECT_EQ(entities.entity(2), 0U);
  EXPECT_EQ(entities.entity(5), 5U);
  EXPECT_EQ(std::vector<Key>(entities.members(4).begin(), entities.members(4).end()),
            (std::vector<Key>{3, 4}));
}

// Against the definition: connected at T means a path of links known by T.
TEST(EntityLinks, equals_a_flood_fill_at_every_time) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    const auto keys = static_cast<Key>(2 + random.below(12));
    std::vector<KeyLink> links;
    for (std::uint64_t i = random.below(20); i > 0; --i) {
      links.push_back({static_cast<Key>(random.below(keys)), static_cast<Key>(random.below(keys)),
                       static_cast<std::int64_t>(random.below(6))});
    }
    const EntityLinks entities(keys, links);
    for (std::int64_t at = 0; at < 6; ++at) {
      std::vector<Key> label(keys);
      for (Key k = 0; k < keys; ++k) label[k] = k;
      for (Key pass = 0; pass < keys; ++pass) {
        for (const auto& link : links) {
          if (link.known_at <= at)
            label[link.left] = label[link.right] = std::min(label[link.left], label[link.right]);
        }
      }
      for (Key a = 0; a < keys; ++a) {
        for (Key b = 0; b < keys; ++b) EXPECT_EQ(entities.connected_since(a, b) <= at, label[a] == label[b]);
      }
    }
  }
}

}  // namespace
}  // namespace weir::identity
