// Which columns hold personal data, by their names and by what stands in them. Room-internal.
#pragma once

#include <cstdint>
#include <string_view>

#include "contract/batch.h"

namespace weir::contract {

// What the values of one column look like; counts over the sampled values that are not null.
struct TextShape {
  std::int64_t values{0};
  std::int64_t emails{0};
  std::int64_t phones{0};         // digits with the usual marks, 7 to 15 of them
  std::int64_t marked_phones{0};  // of these: with a leading + or ( or with dashes between
  std::int64_t spaced{0};         // with a space inside
  std::int64_t characters{0};
};

[[nodiscard]] bool looks_like_email(std::string_view text) noexcept;
[[nodiscard]] bool looks_like_phone(std::string_view text) noexcept;

// A colleague's column: owner, sales_agent, account_manager, created_by ...
[[nodiscard]] bool names_colleague(std::string_view name);
// A source of persons rather than of companies or things, by its name.
[[nodiscard]] bool names_persons(std::string_view source);
// `is_person_file`: the records describe persons, so that a plain `name` is a person's.
[[nodiscard]] PersonalClass personal_class_of(std::string_view name, const TextShape& shape, ColumnType type,
                                              bool is_person_file);

}  // namespace weir::contract
