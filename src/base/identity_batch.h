// Identities of many rows at once: what IdentityHasher gives for each of them, without its memory per row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/short_text.h"

namespace weir {

// Add the parts of a row, then end_row(); after the last row the identities are in digests(). Not
// thread-safe.
class IdentityBatch {
 public:
  struct Digest {
    std::uint64_t high{0};
    std::uint64_t low{0};
  };
  explicit IdentityBatch(const HashKey& key) noexcept;

  void begin();
  void add(std::string_view part) {
    add(static_cast<std::int64_t>(part.size()));
    add_parts(part);
  }
  void add(std::int64_t number) {
    reserve(sizeof number);
    std::memcpy(buffer_.data() + size_, &number, sizeof number);
    size_ += sizeof number;
  }
  template <typename Tag>
  void add(const Id128<Tag>& id) {
    add(static_cast<std::int64_t>(id.high));
    add(static_cast<std::int64_t>(id.low));
  }
  // Parts that many rows share, made once by parts_of().
  void add_parts(std::string_view parts) {
    reserve(parts.size());
    copy_text(buffer_.data() + size_, parts.data(), parts.size());
    size_ += parts.size();
  }
  // The same of at most kWide bytes at `from`, where so many can be read: one copy of fixed length.
  static constexpr std::size_t kWide = 32;
  void add_wide_parts(const char* from, std::size_t size) {
    reserve(kWide);
    std::memcpy(buffer_.data() + size_, from, kWide);
    size_ += size;
  }
  void end_row() {
    ends_.push_back(size_);
    if (ends_.size() == kRowsAtOnce) digest_pending();
  }

  // One per row, in their order; lives until the next begin().
  [[nodiscard]] const std::vector<Digest>& digests();

 private:
  // Rows that wait until they are hashed: their parts are still in the processor's nearer caches then.
  static constexpr std::size_t kRowsAtOnce = 128;
  void digest_pending();
  std::uint64_t key_low_{0}, key_high_{0};
  // Room for so much, and for a whole word behind it.
  void reserve(std::size_t more) {
    if (size_ + more + 8 > buffer_.size()) buffer_.resize((size_ + more + 8) * 2);
  }
  std::vector<char> buffer_;  // the rows that wait
  std::size_t size_{0};
  std::vector<std::size_t> ends_;
  std::vector<Digest> digests_;
};

// A text as IdentityHasher reads it: its length, then its bytes.
[[nodiscard]] std::string parts_of(std::string_view text);

}  // namespace weir
