#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace weir {
namespace {

TEST(BoundedQueue, gives_everything_in_order_however_small_it_is) {
  for (const std::size_t capacity : {1U, 2U, 7U}) {
    BoundedQueue<std::unique_ptr<int>> queue(capacity);
    std::jthread writer([&] {
      for (int i = 0; i < 2'000; ++i) ASSERT_TRUE(queue.push(std::make_unique<int>(i)));
      queue.close();
    });
    int expected = 0;
    while (const auto value = queue.pop()) EXPECT_EQ(**value, expected++);
    EXPECT_EQ(expected, 2'000);
  }
}

TEST(BoundedQueue, lets_a_waiting_writer_go_when_it_is_closed) {
  BoundedQueue<int> queue(1);
  ASSERT_TRUE(queue.push(1));
  bool second = true;
  {
    std::jthread writer([&] { second = queue.push(2); });
    queue.close();
  }
  EXPECT_FALSE(second);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

}  // namespace
}  // namespace weir
