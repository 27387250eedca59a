#include "ingest/flat_json.h"

#include <simdjson.h>

#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/short_text.h"

namespace weir::ingest {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

class FlatReader {
 public:
  explicit FlatReader(std::string_view text) noexcept : at_(text.data()), end_(at_ + text.size()) {}

  bool read(std::span<const std::string> openings, std::vector<FlatMember>& members) {
    if (!take('{')) return false;
    if (take('}')) return at_ == end_;
    for (;;) {
      FlatMember member;
      const std::size_t place = members.size();
      member.is_expected = place < openings.size() && take_opening(openings[place], member.key);
      if (!member.is_expected && (!read_text(member.key) || !take(':'))) return false;
      if (!read_value(member)) return false;
      members.push_back(member);
      if (take(',')) continue;
      return take('}') && at_ == end_;
    }
  }
  [[nodiscard]] bool saw_beyond_ascii() const noexcept { return beyond_ascii_; }

 private:
  void skip_blanks() noexcept {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n')) ++at_;
  }
  bool take(char c) noexcept {
    if (at_ < end_ && *at_ == c) {
      ++at_;
      return true;
    }
    skip_blanks();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  bool take_opening(const std::string& opening, std::string_view& key) noexcept {
    const std::size_t size = opening.size();
    if (size == 0 || static_cast<std::size_t>(end_ - at_) < size || !same_text({at_, size}, opening))
      return false;
    key = {at_ + 1, size - 3};
    at_ += size;
    return true;
  }

  // The text between two quotes; at_ stands before the first of them, but for blanks.
  bool read_text(std::string_view& text) noexcept {
    if (!take('"')) return false;
    const char* const begin = at_;
    at_ = text_end(begin);
    if (at_ >= end_ || *at_ != '"') return false;  // an escape, a control character, or no end
    text = {begin, static_cast<std::size_t>(at_ - begin)};
    ++at_;
    return true;
  }

  // The first quote, backslash or control character.
  const char* text_end(const char* at) noexcept {
#ifdef __SSE2__
    const __m128i quotes = _mm_set1_epi8('"');
    const __m128i escapes = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1F);
    for (; at < end_; at += 16) {
      __m128i chunk;
      std::memcpy(&chunk, at, 16);
      const __m128i is_control = _mm_cmpeq_epi8(_mm_min_epu8(chunk, last_control), chunk);
      const __m128i is_stop = _mm_or_si128(
          _mm_or_si128(_mm_cmpeq_epi8(chunk, quotes), _mm_cmpeq_epi8(chunk, escapes)), is_control);
      const auto stops = static_cast<unsigned>(_mm_movemask_epi8(is_stop));
      const auto high = static_cast<unsigned>(_mm_movemask_epi8(chunk));
      if (stops == 0) {
        beyond_ascii_ = beyond_ascii_ || high != 0;
        continue;
      }
      const auto place = static_cast<unsigned>(std::countr_zero(stops));
      beyond_ascii_ = beyond_ascii_ || (high & ((1U << place) - 1)) != 0;
      return at + place;
    }
    return end_;
#else
    for (; at < end_ && *at != '"' && *at != '\\'; ++at) {
      if (static_cast<unsigned char>(*at) < 0x20) break;
      beyond_ascii_ = beyond_ascii_ || static_cast<unsigned char>(*at) >= 0x80;
    }
    return at;
#endif
  }

  bool read_value(FlatMember& member) noexcept {
    if (at_ < end_ && *at_ != '"') skip_blanks();
    if (at_ == end_) return false;
    const char first = *at_;
    if (first == '"') {
      member.kind = FlatMember::Kind::text;
      return read_text(member.value);
    }
    if (first == 't' || first == 'f') {
      member.kind = FlatMember::Kind::truth;
      return read_word(first == 't' ? "true" : "false", member.value);
    }
    if (first == 'n') return read_word("null", member.value);
    return read_number(member);
  }

  bool read_word(std::string_view word, std::string_view& value) noexcept {
    value = {at_, static_cast<std::size_t>(end_ - at_)};
    if (!value.starts_with(word)) return false;
    value = value.substr(0, word.size());
    at_ += word.size();
    return true;
  }

  std::size_t pass_digits() noexcept {
    const char* const begin = at_;
    while (at_ < end_ && is_digit(*at_)) ++at_;
    return static_cast<std::size_t>(at_ - begin);
  }

  // RFC 8259, section 6, without exponents. Of a whole number that 64 bits hold, and of a price (at most five
  // digits before the point and one or two behind it, the last no zero), the text is its shortest form.
  bool read_number(FlatMember& member) noexcept {
    constexpr std::size_t kSafeDigits = 18;
    const char* const begin = at_;
    const bool negative = *at_ == '-';
    if (negative) ++at_;
    const bool zero = at_ < end_ && *at_ == '0';
    const std::size_t whole = pass_digits();
    if (whole == 0 || whole > kSafeDigits || (zero && (whole > 1))) return false;
    std::size_t fraction = 0;
    const bool has_point = at_ < end_ && *at_ == '.';
    if (has_point) {
      ++at_;
      fraction = pass_digits();
      if (fraction == 0) return false;
    }
    if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) return false;
    if (zero && negative && !has_point) return false;  // -0
    member.value = {begin, static_cast<std::size_t>(at_ - begin)};
    const bool is_price = whole <= 5 && fraction <= 2 && at_[-1] != '0';
    member.kind = !has_point || is_price ? FlatMember::Kind::number : FlatMember::Kind::real;
    return true;
  }

  const char* at_;
  const char* end_;
  bool beyond_ascii_{false};
};

}  // namespace

std::string flat_opening(std::string_view key) {
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\') return {};
  }
  return '"' + std::string(key) + "\":";
}

bool read_flat_object(std::string_view text, std::span<const std::string> openings,
                      std::vector<FlatMember>& members) {
  members.clear();
  FlatReader reader(text);
  if (!reader.read(openings, members)) return false;
  return !reader.saw_beyond_ascii() || simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace weir::ingest
