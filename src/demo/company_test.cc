#include "demo/company.h"
#include <gtest/gtest.h>
TEST(Demo, x){}
