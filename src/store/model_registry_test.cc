#include "store/model_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/control_test_support.h"

namespace weir::store {
namespace {

RegisteredModel model(const std::string& version, const std::string& name = "deals/lost/30d",
                      std::int64_t at = 1) {
  return {version, name, at, "models/" + version + ".json", "hash-" + version, "{}"};
}

class ModelRegistryTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = ControlStore::open(folder.files(), clock, folder.path(), StoreAccess::write);
    ASSERT_TRUE(succeeds(opened));
    control = std::move(*opened);
  }
  [[nodiscard]] std::string champion() {
    ModelRegistry registry(*control);
    const auto current = registry.champion("deals/lost/30d");
    EXPECT_TRUE(succeeds(current));
    return *current ? (*current)->version : "none";
  }
  void promote(const std::string& version) {
    ModelRegistry registry(*control);
    ASSERT_TRUE(succeeds(registry.add(model(version))));
    ASSERT_TRUE(succeeds(registry.promote(model(version), "test", "why not")));
  }
  TemporaryFolder folder;
  ManualClock clock{5};
  std::unique_ptr<ControlStore> control;
};

TEST_F(ModelRegistryTest, a_model_is_added_once_and_never_changes) {
  ModelRegistry registry(*control);
  EXPECT_TRUE(registry.add(model("aa11")).value());
  RegisteredModel other = model("aa11");
  other.card = R"({"auc":1})";
  EXPECT_FALSE(registry.add(other).value());
  EXPECT_EQ(registry.find("aa").value().card, "{}");
}

TEST_F(ModelRegistryTest, a_version_is_found_by_its_beginning) {
  ModelRegistry registry(*control);
  ASSERT_TRUE(registry.add(model("aa11")).value());
  ASSERT_TRUE(registry.add(model("ab22")).value());
  EXPECT_EQ(registry.find("ab").value().version, "ab22");
  EXPECT_TRUE(fails_with(registry.find("a"), Errc::usage));
  EXPECT_TRUE(fails_with(registry.find("c"), Errc::usage));
  EXPECT_TRUE(fails_with(registry.find(""), Errc::usage));
  EXPECT_TRUE(fails_with(registry.find("%"), Errc::usage));
}

TEST_F(ModelRegistryTest, models_come_newest_first_by_name) {
  ModelRegistry registry(*control);
  ASSERT_TRUE(registry.add(model("aa", "b", 1)).value());
  ASSERT_TRUE(registry.add(model("bb", "b", 2)).value());
  ASSERT_TRUE(registry.add(model("cc", "a", 0)).value());
  std::vector<std::string> versions;
  const auto all = registry.models().value();
  for (const auto& each : all) versions.push_back(each.version);
  EXPECT_THAT(versions, testing::ElementsAre("cc", "bb", "aa"));
  EXPECT_EQ(registry.models("b").value().size(), 2U);
}

TEST_F(ModelRegistryTest, the_history_of_champions_is_kept) {
  EXPECT_EQ(champion(), "none");
  promote("aa");
  clock.advance(Micros{10});
  promote("bb");
  promote("bb");
  ModelRegistry registry(*control);
  const auto history = registry.champions("deals/lost/30d").value();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].version, "bb");
  EXPECT_EQ(history[0].since, 15);
  EXPECT_EQ(history[1].since, 5);
  EXPECT_EQ(history[1].by, "test");
}

TEST_F(ModelRegistryTest, rolling_back_twice_goes_back_twice) {
  ModelRegistry registry(*control);
  EXPECT_TRUE(fails_with(registry.roll_back("deals/lost/30d", "t", ""), Errc::state));
  promote("aa");
  EXPECT_TRUE(fails_with(registry.roll_back("deals/lost/30d", "t", ""), Errc::state));
  promote("bb");
  promote("cc");
  EXPECT_EQ(registry.roll_back("deals/lost/30d", "t", "worse").value().version, "bb");
  EXPECT_EQ(champion(), "bb");
  EXPECT_EQ(registry.roll_back("deals/lost/30d", "t", "").value().version, "aa");
  EXPECT_TRUE(fails_with(registry.roll_back("deals/lost/30d", "t", ""), Errc::state));
  promote("dd");
  EXPECT_EQ(registry.roll_back("deals/lost/30d", "t", "").value().version, "aa");
}

TEST_F(ModelRegistryTest, a_champion_must_be_registered) {
  ModelRegistry registry(*control);
  EXPECT_FALSE(registry.promote(model("zz"), "test", "").has_value());
  EXPECT_EQ(champion(), "none");
}

}  // namespace
}  // namespace weir::store
