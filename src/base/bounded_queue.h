// Hands values from one thread to another, in their order and never more than a few at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace weir {

template <typename T>
class BoundedQueue {
 public:
  // `capacity` >= 1.
  explicit BoundedQueue(std::size_t capacity) noexcept : capacity_(capacity) {}

  // Waits while the queue is full. False when it is closed; then `value` is gone.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || values_.size() < capacity_; });
    if (closed_) return false;
    values_.push_back(std::move(value));
    lock.unlock();
    there_.notify_one();
    return true;
  }
  // Waits while the queue is empty. Nothing when it is closed and all was taken.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    there_.wait(lock, [&] { return closed_ || !values_.empty(); });
    if (values_.empty()) return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    lock.unlock();
    room_.notify_one();
    return value;
  }
  // What is in it can still be taken; nothing more goes in.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    there_.notify_all();
    room_.notify_all();
  }

 private:
  std::mutex mutex_;  // of all below
  std::condition_variable there_, room_;
  std::deque<T> values_;
  std::size_t capacity_;
  bool closed_{false};
};

}  // namespace weir
