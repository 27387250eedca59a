#include "base/shared_library.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(SharedLibrary, gives_functions_by_name) {
  const auto library = SharedLibrary::load("libm.so.6");
  ASSERT_TRUE(library.has_value());
  double (*absolute)(double) = nullptr;
  ASSERT_TRUE(library->find("fabs", absolute).has_value());
  EXPECT_EQ(absolute(-27.0), 27.0);
  const Status missing = library->find("no_such_function", absolute);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Errc::io);
  EXPECT_NE(missing.error().message.find("libm.so.6"), std::string::npos);
}

TEST(SharedLibrary, says_what_is_missing_and_where_it_belongs) {
  const auto library = SharedLibrary::load("libno-such-library.so");
  ASSERT_FALSE(library.has_value());
  EXPECT_EQ(library.error().code, Errc::io);
  EXPECT_NE(library.error().message.find("libno-such-library.so"), std::string::npos);
  EXPECT_NE(library.error().message.find("folder lib"), std::string::npos);
}

}  // namespace
}  // namespace weir
