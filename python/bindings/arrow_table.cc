#include "arrow_table.h"

#include <cerrno>
#include <cmath>

#include "features/feature_matrix.h"

namespace weir::python {
namespace {

// ---- columns

class Validity {
 public:
  explicit Validity(std::size_t size) : bits_((size + 7) / 8, 0) {}
  void set(std::size_t row) noexcept { bits_[row / 8] = static_cast<std::uint8_t>(bits_[row / 8] | (1U << (row % 8))); }
  [[nodiscard]] Buffer take() && { return buffer_of(std::move(bits_)); }

 private:
  std::vector<std::uint8_t> bits_;
};

// The bitmap of a column and its count of nulls; no bitmap without nulls.
template <typename T, typename IsNull>
Buffer validity_of(const std::vector<T>& values, IsNull is_null, std::int64_t& null_count) {
  Validity validity(values.size());
  null_count = 0;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (is_null(values[row])) {
      ++null_count;
    } else {
      validity.set(row);
    }
  }
  return null_count == 0 ? Buffer{} : std::move(validity).take();
}

template <typename T>
TableColumn plain_column(std::string name, std::string format, std::vector<T> values, Buffer validity, std::int64_t null_count) {
  TableColumn column;
  column.name = std::move(name);
  column.format = std::move(format);
  column.length = static_cast<std::int64_t>(values.size());
  column.null_count = null_count;
  column.buffers = {std::move(validity), buffer_of(std::move(values))};
  return column;
}

// ---- export

struct ExportedSchema {
  std::string name, format;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> child_pointers;
  ArrowSchema dictionary{};
};

template <typename Struct>
void release_part(Struct& part) {
  if (part.release != nullptr) part.release(&part);
}

// Parts that were moved away are released by who took them.
template <typename Struct, typename Exported>
void release(Struct* value) {
  auto* exported = static_cast<Exported*>(value->private_data);
  for (Struct& child : exported->children) release_part(child);
  release_part(exported->dictionary);
  delete exported;
  value->release = nullptr;
}

ArrowSchema* start_schema(ArrowSchema* out, std::string name, std::string format, std::size_t child_count) {
  auto* exported = new ExportedSchema{std::move(name), std::move(format), std::vector<ArrowSchema>(child_count), {}, {}};
  for (ArrowSchema& child : exported->children) exported->child_pointers.push_back(&child);
  *out = ArrowSchema{};
  out->format = exported->format.c_str();
  out->name = exported->name.c_str();
  out->n_children = static_cast<std::int64_t>(child_count);
  out->children = exported->child_pointers.data();
  out->release = release<ArrowSchema, ExportedSchema>;
  out->private_data = exported;
  return out;
}

void export_column_schema(const TableColumn& column, ArrowSchema* out) {
  start_schema(out, column.name, column.format, 0)->flags = kArrowNullable;
  if (column.dictionary == nullptr) return;
  auto* exported = static_cast<ExportedSchema*>(out->private_data);
  export_column_schema(*column.dictionary, &exported->dictionary);
  out->dictionary = &exported->dictionary;
}

struct ExportedArray {
  std::vector<Buffer> buffers;
  std::vector<const void*> buffer_pointers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> child_pointers;
  ArrowArray dictionary{};
};

void start_array(ArrowArray* out, std::int64_t length, std::vector<Buffer> buffers, std::size_t child_count) {
  auto* exported = new ExportedArray{std::move(buffers), {}, std::vector<ArrowArray>(child_count), {}, {}};
  for (const Buffer& buffer : exported->buffers) exported->buffer_pointers.push_back(buffer.data);
  for (ArrowArray& child : exported->children) exported->child_pointers.push_back(&child);
  *out = ArrowArray{};
  out->length = length;
  out->n_buffers = static_cast<std::int64_t>(exported->buffer_pointers.size());
  out->buffers = exported->buffer_pointers.data();
  out->n_children = static_cast<std::int64_t>(child_count);
  out->children = exported->child_pointers.data();
  out->release = release<ArrowArray, ExportedArray>;
  out->private_data = exported;
}

void export_column_array(const TableColumn& column, ArrowArray* out) {
  start_array(out, column.length, column.buffers, 0);
  out->null_count = column.null_count;
  if (column.dictionary == nullptr) return;
  auto* exported = static_cast<ExportedArray*>(out->private_data);
  export_column_array(*column.dictionary, &exported->dictionary);
  out->dictionary = &exported->dictionary;
}

// A stream of one batch.
struct ExportedStream {
  Table table;
  bool is_over{false};
};

ExportedStream& stream_of(ArrowArrayStream* stream) { return *static_cast<ExportedStream*>(stream->private_data); }

int stream_schema(ArrowArrayStream* stream, ArrowSchema* out) noexcept try {
  stream_of(stream).table.export_schema(out);
  return 0;
} catch (const std::bad_alloc&) {
  return ENOMEM;
}

int stream_next(ArrowArrayStream* stream, ArrowArray* out) noexcept try {
  *out = ArrowArray{};
  if (stream_of(stream).is_over) return 0;
  stream_of(stream).table.export_array(out);
  stream_of(stream).is_over = true;
  return 0;
} catch (const std::bad_alloc&) {
  return ENOMEM;
}

const char* stream_error(ArrowArrayStream*) noexcept { return "there is no memory left"; }

void stream_release(ArrowArrayStream* stream) noexcept {
  delete static_cast<ExportedStream*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

TableColumn number_column(std::string name, std::vector<double> numbers) {
  std::int64_t null_count = 0;
  Buffer validity = validity_of(numbers, [](double number) { return std::isnan(number); }, null_count);
  return plain_column(std::move(name), "g", std::move(numbers), std::move(validity), null_count);
}

TableColumn rating_column(std::string name, std::vector<std::int32_t> ratings) {
  std::int64_t null_count = 0;
  Buffer validity = validity_of(ratings, [](std::int32_t rating) { return rating == 0; }, null_count);
  return plain_column(std::move(name), "i", std::move(ratings), std::move(validity), null_count);
}

TableColumn flag_column(std::string name, const std::vector<bool>& flags) {
  Validity bits(flags.size());
  for (std::size_t row = 0; row < flags.size(); ++row) {
    if (flags[row]) bits.set(row);
  }
  TableColumn column;
  column.name = std::move(name);
  column.format = "b";
  column.length = static_cast<std::int64_t>(flags.size());
  column.buffers = {Buffer{}, std::move(bits).take()};
  return column;
}

TableColumn text_column(std::string name, const std::vector<std::string>& texts) {
  std::vector<std::int64_t> offsets{0};
  std::vector<char> bytes;
  for (const std::string& text : texts) {
    bytes.insert(bytes.end(), text.begin(), text.end());
    offsets.push_back(static_cast<std::int64_t>(bytes.size()));
  }
  TableColumn column;
  column.name = std::move(name);
  column.format = "U";
  column.length = static_cast<std::int64_t>(texts.size());
  column.buffers = {Buffer{}, buffer_of(std::move(offsets)), buffer_of(std::move(bytes))};
  return column;
}

TableColumn instant_column(std::string name, std::vector<std::int64_t> micros) {
  return plain_column(std::move(name), "tsu:UTC", std::move(micros), {}, 0);
}

TableColumn category_column(std::string name, std::vector<std::uint32_t> codes, const std::vector<std::string>& levels) {
  std::int64_t null_count = 0;
  Buffer validity = validity_of(codes, [](std::uint32_t code) { return code == features::kNoLevel; }, null_count);
  for (std::uint32_t& code : codes) {
    if (code == features::kNoLevel) code = 0;   // under a null stands an index that is there
  }
  // Signed, as Arrow recommends for indices; there are fewer than 2^31 levels.
  TableColumn column = plain_column(std::move(name), "i", std::move(codes), std::move(validity), null_count);
  column.dictionary = std::make_shared<const TableColumn>(text_column("", levels));
  return column;
}

void Table::export_schema(ArrowSchema* schema_out) const {
  start_schema(schema_out, "", "+s", columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) export_column_schema(columns_[i], schema_out->children[i]);
}

void Table::export_array(ArrowArray* array_out) const {
  start_array(array_out, row_count_, {Buffer{}}, columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) export_column_array(columns_[i], array_out->children[i]);
}

void Table::export_stream(ArrowArrayStream* stream_out) const {
  *stream_out = ArrowArrayStream{};
  stream_out->private_data = new ExportedStream{*this};
  stream_out->get_schema = stream_schema;
  stream_out->get_next = stream_next;
  stream_out->get_last_error = stream_error;
  stream_out->release = stream_release;
}

}  // namespace weir::python
