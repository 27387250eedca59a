// Feature rows as columns: what the features room gives and the risk room learns from. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::features {

inline constexpr std::uint32_t kNoLevel = 0xFFFFFFFF;

enum class ColumnType : std::uint8_t { number, category };

// Which way the risk of being lost may move with a feature, where business sense says so.
enum class Monotone : std::int8_t { falling = -1, free = 0, rising = 1 };

// One feature of all rows. Exactly one of `numbers` and `codes` has row_count values.
struct FeatureColumn {
  std::string name;         // "reply_count_30d"
  std::string group;        // contributions are added up by it: "replies"
  std::string description;  // in business words: "replies in the last 30 days"
  std::string version;      // hash of the definition's normal form
  ColumnType type{ColumnType::number};
  Monotone monotone{Monotone::free};
  std::vector<double> numbers;       // number: NaN stands for null, and only for null; never infinite
  std::vector<std::uint32_t> codes;  // category: index into `levels`; kNoLevel stands for null
  std::vector<std::string> levels;   // category: sorted, each once

  [[nodiscard]] bool is_null(std::size_t row) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept {
    return type == ColumnType::number ? numbers.size() : codes.size();
  }
};

struct FeatureMatrix {
  std::size_t row_count{0};
  std::vector<FeatureColumn> columns;

  // nullptr when there is none.
  [[nodiscard]] const FeatureColumn* find(std::string_view name) const noexcept;
};

// The rows of `rows`, in that order. Levels stay as they are.
[[nodiscard]] FeatureMatrix select_rows(const FeatureMatrix& matrix, std::span<const std::uint32_t> rows);

}  // namespace weir::features
