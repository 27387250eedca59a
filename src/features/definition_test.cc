#include "features/definition.h"

#include <gtest/gtest.h>

#include "features/catalogue.h"

namespace weir::features {
namespace {

constexpr Micros kMonth{30 * kMicrosPerDay};

TEST(Definition, names_follow_signal_function_window) {
  EXPECT_EQ(name_of({Function::count, "reply", kMonth}), "reply_count_30d");
  EXPECT_EQ(name_of({Function::since, "email.opened"}), "email_opened_since");
  EXPECT_EQ(name_of({Function::count, "any_touch", Micros{0}, Scope::own}), "any_touch_count_own");
  EXPECT_EQ(name_of({Function::attribute, "account.sector"}), "account_sector");
  EXPECT_EQ(name_of({Function::attribute, "product"}), "product");
  EXPECT_EQ(name_of({Function::stage_age}), "stage_age");
}

TEST(Definition, every_function_has_a_word_of_its_own) {
  for (int i = 0; i < kFunctions; ++i) {
    const auto function = static_cast<Function>(i);
    EXPECT_EQ(function_named(to_text(function)), function);
    EXPECT_FALSE(description_of({function, "reply", kMonth}).empty()) << to_text(function);
    EXPECT_FALSE(group_of({function, "reply", kMonth}).empty()) << to_text(function);
  }
  EXPECT_EQ(function_named("cuont"), std::nullopt);
}

TEST(Definition, normal_form_has_what_matters) {
  EXPECT_EQ(normal_form({Function::count, "reply", kMonth}),
            R"({"function":"count","of":"reply","scope":"contact","window":"30d"})");
  EXPECT_EQ(normal_form({Function::stage_age}), R"({"function":"stage_age"})");
}

TEST(Catalogue, speaks_business) {
  EXPECT_EQ(description_of({Function::since, "reply"}), "days since the last reply");
  EXPECT_EQ(description_of({Function::count, "email.opened", kMonth}), "e-mail opens in the last 30 days");
  EXPECT_EQ(description_of({Function::count, "reply"}), "replies so far");
  EXPECT_EQ(group_of({Function::since, "reply"}), "replies");
  EXPECT_EQ(group_of({Function::attribute, "account.sector"}), "account.sector");
  EXPECT_EQ(monotone_of({Function::since, "any_touch"}), Monotone::rising);
  EXPECT_EQ(monotone_of({Function::count, "reply"}), Monotone::free);
}

}  // namespace
}  // namespace weir::features
