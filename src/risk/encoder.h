// Feature columns -> rows of numbers, as the training rows taught: one view for trees, one for the linear
// part. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "features/feature_matrix.h"

namespace weir::risk {

// A feature that the model reads, as it was in training.
struct EncodedFeature {
  std::string name;
  std::string group;
  std::string version;  // rows of another version of the feature are refused
  features::ColumnType type{features::ColumnType::number};
  features::Monotone monotone{features::Monotone::free};
  std::vector<std::string> levels;  // category: the frequent levels, sorted; all others are pooled
};

enum class EncodedKind : std::uint8_t {
  number,   // the value; in the linear view transformed and standardised
  missing,  // 1 when the value is null
  level,    // 1 when the value is this level
  other,    // 1 when the value is a pooled level, one that training never saw, or a null that was too rare
};

// One column of an encoded row. Only `number` columns of the linear view use log_scale, mean and scale:
//   z = clip((t(x) - mean) / scale, -kMaxDeviation, kMaxDeviation),  t(x) = sign(x) log(1 + |x|) or x;  null
//   gives 0.
struct EncodedColumn {
  std::uint32_t feature{0};  // index into Encoder::features: contributions add up by it
  EncodedKind kind{EncodedKind::number};
  std::uint32_t level{0};  // index into the feature's levels
  bool log_scale{false};
  double mean{0};
  double scale{1};
};

// One value far outside what training saw must not own a score.
inline constexpr double kMaxDeviation = 8;

struct Encoder {
  std::vector<EncodedFeature> features;     // sorted by name
  std::vector<EncodedColumn> tree_columns;  // ordered by feature; nulls of numbers are NaN
  std::vector<EncodedColumn> linear_columns;
};

// Row-major, [row_count x column_count].
template <typename Number>
struct EncodedRows {
  std::size_t row_count{0};
  std::size_t column_count{0};
  std::vector<Number> values;
  [[nodiscard]] std::span<const Number> row(std::size_t index) const noexcept {
    return {values.data() + index * column_count, column_count};
  }
};
using TreeRows = EncodedRows<float>;  // float, because XGBoost compares floats
using LinearRows = EncodedRows<double>;

// An encoder tied to the columns of one matrix; both must outlive it. Levels are matched by their text.
class BoundEncoder {
 public:
  // Fails when the matrix lacks a feature, or has it in another type or version.
  [[nodiscard]] static Result<BoundEncoder> bind(const Encoder& encoder,
                                                 const features::FeatureMatrix& matrix);

  // The rows [begin, end) of the matrix; end <= row_count.
  [[nodiscard]] TreeRows tree_rows(std::size_t begin, std::size_t end) const;
  [[nodiscard]] LinearRows linear_rows(std::size_t begin, std::size_t end) const;
  [[nodiscard]] std::size_t row_count() const noexcept { return matrix_->row_count; }

 private:
  struct Source {
    const features::FeatureColumn* column{nullptr};
    std::vector<std::uint32_t>
        level_of_code;  // category: code in the matrix -> index into the feature's levels, or kNoLevel
    bool null_is_level{false};  // the feature has a `missing` column
  };
  BoundEncoder(const Encoder& encoder, const features::FeatureMatrix& matrix)
      : encoder_(&encoder), matrix_(&matrix) {}
  const Encoder* encoder_;
  const features::FeatureMatrix* matrix_;
  std::vector<Source> sources_;  // per feature of the encoder
};

// Whether an encoder that was read from outside can be used: indices in range, scales positive and finite.
[[nodiscard]] Status check_encoder(const Encoder& encoder);

}  // namespace weir::risk
