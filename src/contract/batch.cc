#include "contract/batch.h"

namespace weir::contract {

const char* to_text(ColumnType type) noexcept {
  switch (type) {
    case ColumnType::text:
      return "text";
    case ColumnType::integer:
      return "integer";
    case ColumnType::number:
      return "number";
    case ColumnType::boolean:
      return "boolean";
    case ColumnType::date:
      return "date";
    case ColumnType::timestamp:
      return "timestamp";
    case ColumnType::json:
      return "json";
  }
  return "text";
}

const char* to_text(PersonalClass personal) noexcept {
  switch (personal) {
    case PersonalClass::none:
      return "none";
    case PersonalClass::email:
      return "email";
    case PersonalClass::phone:
      return "phone";
    case PersonalClass::name:
      return "name";
    case PersonalClass::free_text:
      return "free_text";
    case PersonalClass::other:
      return "other";
  }
  return "none";
}

std::optional<PersonalClass> personal_class(std::string_view name) noexcept {
  for (const PersonalClass each : {PersonalClass::none, PersonalClass::email, PersonalClass::phone,
                                   PersonalClass::name, PersonalClass::free_text, PersonalClass::other}) {
    if (name == to_text(each)) return each;
  }
  return std::nullopt;
}

void Column::clear() {
  valid.clear();
  integers.clear();
  numbers.clear();
  offsets.assign(1, 0);
  bytes.clear();
}

int RecordBatch::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace weir::contract
