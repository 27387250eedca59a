#include "store/binding_cache.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "base/hash.h"

// File: "WEIRBND1", the entries' texts with their lengths (u32) before them, and the CRC-32C of all before
// it.
namespace weir::store {
namespace {

constexpr std::string_view kMagic = "WEIRBND1";

void put_number(std::string& out, std::uint32_t number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

// Takes numbers and texts off the front; what is not there makes it bad.
class Taker {
 public:
  explicit Taker(std::string_view bytes) noexcept : bytes_(bytes) {}
  std::uint32_t number() noexcept {
    std::uint32_t number = 0;
    const std::string_view taken = take(sizeof number);
    if (good_) std::memcpy(&number, taken.data(), sizeof number);
    return number;
  }
  std::string text() { return std::string(take(number())); }
  [[nodiscard]] bool is_done() const noexcept { return bytes_.empty() || !good_; }
  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  std::string_view take(std::size_t size) noexcept {
    good_ = good_ && size <= bytes_.size();
    if (!good_) return {};
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::string_view bytes_;
  bool good_{true};
};

std::map<std::string, BoundExpression> entries_of(std::string_view bytes) {
  std::uint32_t checksum = 0;
  if (bytes.size() < kMagic.size() + sizeof checksum || !bytes.starts_with(kMagic)) return {};
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof checksum);
  std::memcpy(&checksum, bytes.data() + body.size(), sizeof checksum);
  if (crc32c(body) != checksum) return {};
  std::map<std::string, BoundExpression> entries;
  Taker taker(body.substr(kMagic.size()));
  while (!taker.is_done()) {
    std::string key = taker.text();
    BoundExpression bound;
    bound.sql = taker.text();
    bound.type = static_cast<ValueType>(taker.number());
    bound.failed_sql = taker.text();
    bound.tree = taker.text();
    for (std::uint32_t left = taker.number(); left > 0 && taker.good(); --left)
      bound.columns.push_back(taker.text());
    entries.emplace(std::move(key), std::move(bound));
  }
  return taker.good() ? entries : std::map<std::string, BoundExpression>{};
}

}  // namespace

BindingCache::BindingCache(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {
  if (!files_.exists(path_)) return;
  const auto bytes = files_.read_file(path_);
  if (bytes.has_value()) entries_ = entries_of(*bytes);
}

const BoundExpression* BindingCache::find(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  used_.insert(key);
  return &found->second;
}

void BindingCache::keep(const std::string& key, const BoundExpression& bound) {
  entries_[key] = bound;
  used_.insert(key);
  has_news_ = true;
}

void BindingCache::save() {
  if (!has_news_ && used_.size() == entries_.size()) return;
  std::string bytes(kMagic);
  for (const std::string& key : used_) {
    const BoundExpression& bound = entries_[key];
    put_text(bytes, key);
    put_text(bytes, bound.sql);
    put_number(bytes, static_cast<std::uint32_t>(bound.type));
    put_text(bytes, bound.failed_sql);
    put_text(bytes, bound.tree);
    put_number(bytes, static_cast<std::uint32_t>(bound.columns.size()));
    for (const std::string& column : bound.columns) put_text(bytes, column);
  }
  put_number(bytes, crc32c(bytes));
  static_cast<void>(files_.write_durably(path_, bytes).has_value());
  has_news_ = false;
}

}  // namespace weir::store
