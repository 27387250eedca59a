// The attribute keys that an event log has shown so far, each with the column it goes to. Room-internal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir::ingest {

struct XesColumn;

class XesKeys {
 public:
  static constexpr int kNoColumn = -1;
  static constexpr int kTooMany = -2;  // beyond kMaxColumns different keys: hostile ones are passed over
  explicit XesKeys(const std::vector<XesColumn>& columns);
  // By the key as written, else by its normalised name.
  [[nodiscard]] int column_of(std::string_view key);
  [[nodiscard]] const std::vector<std::string>& seen() const noexcept {
    return seen_;
  }  // in the order of appearance
  [[nodiscard]] std::vector<std::string> without_column() const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Columns = std::unordered_map<std::string, int, TextHash, std::equal_to<>>;
  Columns by_key_, by_name_;  // declared
  Columns met_;
  std::vector<std::string> seen_;
};

}  // namespace weir::ingest
