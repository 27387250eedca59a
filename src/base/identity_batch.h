// Identities of many rows at once: what IdentityHasher gives for each of them, without its memory per row.
#pragma once

#include <array>
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
  // add_parts(head) and add(text), each of at most kWide bytes where so many can be read: copies of fixed
  // length.
  static constexpr std::size_t kWide = 32;
  void add_wide(const char* head, std::size_t head_size, const char* text, std::size_t size) {
    reserve(2 * kWide + sizeof size);
    char* const to = buffer_.data() + size_;
    const auto length = static_cast<std::int64_t>(size);
    std::memcpy(to, head, kWide);
    std::memcpy(to + head_size, &length, sizeof length);
    std::memcpy(to + head_size + sizeof length, text, kWide);
    size_ += head_size + sizeof length + size;
  }
  // Behind the parts goes what SipHash reads last: the bytes up to a whole word, with the length in the
  // highest.
  void end_row() {
    reserve(0);
    const std::size_t start = ends_.empty() ? 0 : ends_.back();
    const std::size_t size = size_ - start;
    std::memset(buffer_.data() + size_, 0, 8);
    size_ = start + (size / 8 + 1) * 8;
    buffer_[size_ - 1] = static_cast<char>(static_cast<unsigned char>(size));
    ends_.push_back(size_);
    if (ends_.size() == kRowsAtOnce) digest_pending();
  }

  // One per row, in their order; lives until the next begin().
  [[nodiscard]] const std::vector<Digest>& digests();

 private:
  // Rows that wait until they are hashed: their parts are still in the processor's nearer caches then.
  static constexpr std::size_t kRowsAtOnce = 128;
  using Order = std::array<std::uint32_t, kRowsAtOnce>;
  void digest_pending();
  [[nodiscard]] Order by_words() const;
  [[nodiscard]] std::size_t start_of(std::size_t row) const noexcept { return row == 0 ? 0 : ends_[row - 1]; }
  [[nodiscard]] std::size_t words_of(std::size_t row) const noexcept {
    return (ends_[row] - start_of(row)) / 8;
  }
  std::uint64_t key_low_{0}, key_high_{0};
  // Room for so much, and for a whole word behind it.
  void reserve(std::size_t more) {
    if (size_ + more + 8 > buffer_.size()) buffer_.resize((size_ + more + 8) * 2);
  }
  std::vector<char> buffer_;  // the rows that wait
  std::size_t size_{0};
  std::vector<std::size_t> ends_;  // whole words behind the start
  std::vector<Digest> digests_;
};

// A text as IdentityHasher reads it: its length, then its bytes.
[[nodiscard]] std::string parts_of(std::string_view text);

}  // namespace weir
