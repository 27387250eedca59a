#include "arrow_reader.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/nearest_name.h"

namespace weir::python {
namespace {

constexpr double kNull = std::numeric_limits<double>::quiet_NaN();

bool bit_at(const void* bits, std::int64_t place) noexcept {
  return ((static_cast<const std::uint8_t*>(bits)[place / 8] >> (place % 8)) & 1U) != 0;
}

bool is_valid(const ArrowArray& array, std::int64_t place) noexcept {
  return array.null_count == 0 || array.n_buffers == 0 || array.buffers[0] == nullptr || bit_at(array.buffers[0], place);
}

template <typename Number>
void read_numbers(const ArrowArray& array, std::int64_t first, std::span<double> out) noexcept {
  const auto* values = static_cast<const Number*>(array.buffers[1]);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t place = first + static_cast<std::int64_t>(i);
    out[i] = is_valid(array, place) ? static_cast<double>(values[place]) : kNull;
  }
}

void read_flags(const ArrowArray& array, std::int64_t first, std::span<double> out) noexcept {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t place = first + static_cast<std::int64_t>(i);
    out[i] = !is_valid(array, place) ? kNull : bit_at(array.buffers[1], place) ? 1.0 : 0.0;
  }
}

// False for a format that is no number.
bool read_numbers(std::string_view format, const ArrowArray& array, std::int64_t first, std::span<double> out) noexcept {
  if (format.size() != 1) return false;
  switch (format.front()) {
    case 'g': read_numbers<double>(array, first, out); return true;
    case 'f': read_numbers<float>(array, first, out); return true;
    case 'c': read_numbers<std::int8_t>(array, first, out); return true;
    case 'C': read_numbers<std::uint8_t>(array, first, out); return true;
    case 's': read_numbers<std::int16_t>(array, first, out); return true;
    case 'S': read_numbers<std::uint16_t>(array, first, out); return true;
    case 'i': read_numbers<std::int32_t>(array, first, out); return true;
    case 'I': read_numbers<std::uint32_t>(array, first, out); return true;
    case 'l': read_numbers<std::int64_t>(array, first, out); return true;
    case 'L': read_numbers<std::uint64_t>(array, first, out); return true;
    case 'b': read_flags(array, first, out); return true;
    case 'n': std::fill(out.begin(), out.end(), kNull); return true;   // a column of nulls has no type
    default: return false;
  }
}

template <typename Offset>
std::string_view text_by_offsets(const ArrowArray& array, std::int64_t place) noexcept {
  const auto* offsets = static_cast<const Offset*>(array.buffers[1]);
  const auto size = static_cast<std::size_t>(offsets[place + 1] - offsets[place]);
  return size == 0 ? std::string_view{} : std::string_view(static_cast<const char*>(array.buffers[2]) + offsets[place], size);
}

// The layout "Utf8View": up to 12 bytes in the view itself, longer texts in one of the data buffers.
std::string_view text_by_view(const ArrowArray& array, std::int64_t place) noexcept {
  constexpr std::int32_t kMostInline = 12;
  const char* view = static_cast<const char*>(array.buffers[1]) + place * 16;
  std::int32_t size = 0;
  std::memcpy(&size, view, 4);
  if (size <= kMostInline) return {view + 4, static_cast<std::size_t>(size)};
  std::int32_t buffer = 0;
  std::int32_t offset = 0;
  std::memcpy(&buffer, view + 8, 4);
  std::memcpy(&offset, view + 12, 4);
  return {static_cast<const char*>(array.buffers[2 + buffer]) + offset, static_cast<std::size_t>(size)};
}

bool is_text_format(std::string_view format) noexcept { return format == "u" || format == "U" || format == "vu"; }

std::string_view text_at(std::string_view format, const ArrowArray& array, std::int64_t place) noexcept {
  if (format == "u") return text_by_offsets<std::int32_t>(array, place);
  return format == "U" ? text_by_offsets<std::int64_t>(array, place) : text_by_view(array, place);
}

// An index into a dictionary; -1 for a format that cannot be one.
std::int64_t index_at(char format, const ArrowArray& array, std::int64_t place) noexcept {
  const void* values = array.buffers[1];
  switch (format) {
    case 'c': return static_cast<const std::int8_t*>(values)[place];
    case 'C': return static_cast<const std::uint8_t*>(values)[place];
    case 's': return static_cast<const std::int16_t*>(values)[place];
    case 'S': return static_cast<const std::uint16_t*>(values)[place];
    case 'i': return static_cast<const std::int32_t*>(values)[place];
    case 'I': return static_cast<const std::uint32_t*>(values)[place];
    case 'l': return static_cast<const std::int64_t*>(values)[place];
    case 'L': return static_cast<std::int64_t>(static_cast<const std::uint64_t*>(values)[place]);
    default: return -1;
  }
}

std::string name_of(const ArrowSchema& schema) { return schema.name == nullptr || *schema.name == '\0' ? "the column" : "the column '" + std::string(schema.name) + "'"; }

}  // namespace

bool ColumnBlock::is_text() const noexcept {
  return is_text_format(schema_->dictionary == nullptr ? schema_->format : schema_->dictionary->format);
}

std::string ColumnBlock::sentence(std::string_view expected) const {
  const std::string type = schema_->dictionary == nullptr ? schema_->format : "dictionary of " + std::string(schema_->dictionary->format);
  return name_of(*schema_) + " has the Arrow type '" + type + "': " + std::string(expected);
}

Result<std::vector<double>> ColumnBlock::numbers() const {
  std::vector<double> out(count_);
  if (schema_->dictionary != nullptr || (count_ > 0 && !read_numbers(schema_->format, *array_, first_, out))) {
    return fail(Errc::invalid_argument, sentence("numbers are floats, integers or booleans"));
  }
  if (std::any_of(out.begin(), out.end(), [](double number) { return std::isinf(number); })) {
    return fail(Errc::invalid_argument, name_of(*schema_) + " holds an infinite number; give a finite one or null");
  }
  return out;
}

Result<std::vector<std::optional<std::string_view>>> ColumnBlock::texts() const {
  std::vector<std::optional<std::string_view>> out(count_);
  const std::string_view format = schema_->format;
  if (format == "n") return out;
  if (!is_text()) return fail(Errc::invalid_argument, sentence("texts are strings, plain or in a dictionary"));
  const ArrowSchema* dictionary = schema_->dictionary;
  for (std::size_t i = 0; i < count_; ++i) {
    std::int64_t place = first_ + static_cast<std::int64_t>(i);
    if (!is_valid(*array_, place)) continue;
    if (dictionary == nullptr) {
      out[i] = text_at(format, *array_, place);
      continue;
    }
    const ArrowArray& values = *array_->dictionary;
    place = index_at(format.front(), *array_, place);
    if (place < 0 || place >= values.length) return fail(Errc::invalid_argument, name_of(*schema_) + " has an index outside its dictionary");
    place += values.offset;
    if (is_valid(values, place)) out[i] = text_at(dictionary->format, values, place);
  }
  return out;
}

Result<std::vector<std::optional<std::int64_t>>> ColumnBlock::instants() const {
  const std::string_view format = schema_->format;
  const bool is_timestamp = format.size() >= 4 && format.substr(0, 2) == "ts" && format[3] == ':';
  if (!is_timestamp || schema_->dictionary != nullptr) return fail(Errc::invalid_argument, sentence("instants are timestamps"));
  std::vector<std::optional<std::int64_t>> out(count_);
  const auto* values = count_ == 0 ? nullptr : static_cast<const std::int64_t*>(array_->buffers[1]);
  for (std::size_t i = 0; i < count_; ++i) {
    const std::int64_t place = first_ + static_cast<std::int64_t>(i);
    if (!is_valid(*array_, place)) continue;
    const std::int64_t value = values[place];
    std::int64_t micros = value;
    bool overflows = false;
    switch (format[2]) {
      case 's': overflows = __builtin_mul_overflow(value, std::int64_t{1'000'000}, &micros); break;
      case 'm': overflows = __builtin_mul_overflow(value, std::int64_t{1'000}, &micros); break;
      case 'u': break;
      case 'n': micros = value / 1'000 - (value % 1'000 < 0 ? 1 : 0); break;
      default: return fail(Errc::invalid_argument, sentence("timestamps are in s, ms, us or ns"));
    }
    if (overflows) return fail(Errc::out_of_range, name_of(*schema_) + " has a time that microseconds cannot hold");
    out[i] = micros;
  }
  return out;
}

bool TableBlock::has_null_row() const noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (!is_valid(*batch_, batch_->offset + first_ + static_cast<std::int64_t>(i))) return true;
  }
  return false;
}

Result<ColumnBlock> TableBlock::column(std::string_view name) const {
  std::optional<std::int64_t> found;
  for (std::int64_t i = 0; i < schema_->n_children; ++i) {
    if (name != schema_->children[i]->name) continue;
    if (found) return fail(Errc::invalid_argument, "the table has two columns '" + std::string(name) + "'");
    found = i;
  }
  if (!found) {
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < schema_->n_children; ++i) names.emplace_back(schema_->children[i]->name);
    return fail(Errc::invalid_argument, "the table needs a column '" + std::string(name) + "'" + did_you_mean(name, names));
  }
  const ArrowArray& child = *batch_->children[*found];
  return ColumnBlock(*schema_->children[*found], child, child.offset + batch_->offset + first_, count_);
}

Result<ArrowInput> ArrowInput::open(Owned<ArrowArrayStream> stream) {
  ArrowInput input;
  input.stream_ = std::move(stream);
  ArrowArrayStream* raw = input.stream_.get();
  if (raw->get_schema(raw, input.schema_.get()) != 0) {
    const char* why = raw->get_last_error(raw);
    return fail(Errc::invalid_data, std::string("the Arrow stream gives no schema: ") + (why == nullptr ? "it does not say why" : why));
  }
  return input;
}

ArrowInput ArrowInput::of(Owned<ArrowSchema> schema, Owned<ArrowArray> array) noexcept {
  ArrowInput input;
  input.schema_ = std::move(schema);
  input.batch_ = std::move(array);
  return input;
}

bool ArrowInput::is_table() const noexcept { return std::string_view(schema_->format) == "+s"; }

Result<bool> ArrowInput::next() {
  batch_.reset();
  if (!stream_.has_value()) return false;
  ArrowArrayStream* raw = stream_.get();
  if (raw->get_next(raw, batch_.get()) != 0) {
    const char* why = raw->get_last_error(raw);
    return fail(Errc::invalid_data, std::string("the Arrow stream breaks off: ") + (why == nullptr ? "it does not say why" : why));
  }
  return batch_.has_value();
}

Status ArrowInput::for_each_block(const std::function<Status(const TableBlock&)>& use) {
  bool more = batch_.has_value();
  if (!more) {
    WEIR_TRY(more, next());
  }
  while (more) {
    const auto rows = static_cast<std::size_t>(batch_->length);
    for (std::size_t begin = 0; begin < rows; begin += kBlockRows) {
      WEIR_TRY_STATUS(use(TableBlock(*schema_, *batch_, static_cast<std::int64_t>(begin), std::min(kBlockRows, rows - begin))));
    }
    WEIR_TRY(more, next());
  }
  return {};
}

Status ArrowInput::for_each_table_block(const std::function<Status(const TableBlock&)>& use) {
  if (!is_table()) return fail(Errc::invalid_argument, "a table or a record batch is expected, and this is a single column");
  return for_each_block([&](const TableBlock& block) -> Status {
    if (block.has_null_row()) return fail(Errc::invalid_argument, "the table has a row that is null as a whole; leave it out");
    return use(block);
  });
}

Status ArrowInput::for_each_column_block(const std::function<Status(const ColumnBlock&)>& use) {
  if (is_table()) return fail(Errc::invalid_argument, "a single column is expected, and this is a table");
  return for_each_block([&](const TableBlock& block) { return use(block.only_column()); });
}

}  // namespace weir::python
