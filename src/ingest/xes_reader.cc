#include "ingest/xes_reader.h"

#include <expat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "contract/contract.h"
#include "ingest/jsonl_reader.h"
#include "ingest/packed_file.h"
#include "ingest/xes_keys.h"

namespace weir::ingest {
namespace {

using contract::CellKind;
using contract::RawBatch;
using contract::Rejected;

constexpr std::size_t kMaxDepth = 1024;  // of elements
constexpr std::size_t kMaxBlockBytes = std::size_t{16}
                                       << 20;  // read at once while one tag is longer than a block
constexpr std::size_t kWindowCells = std::size_t{1} << 20;
constexpr std::size_t kWindowBytes = std::size_t{16} << 20;
constexpr std::string_view kTracePrefix = "case:";

// What an element is, by its name and place.
enum class Part : std::uint8_t { log, trace, event, attribute, ignored };

struct CloseParser {
  void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
};
using ParserHandle = std::unique_ptr<std::remove_pointer_t<XML_Parser>, CloseParser>;

std::string_view local_name(std::string_view name) {
  return name.substr(name.rfind(':') + 1);
}

bool is_attribute(std::string_view name) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"string", "date", "int", "float", "boolean", "id"});
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// xs:double, and what exporters of data frames write for a missing value.
bool is_no_number(std::string_view type, std::string_view value) {
  return type == "float" && (value == "NaN" || value == "nan");
}

// Values of one trace or event: columns with their text.
struct Values {
  struct Value {
    int column{0};
    std::size_t begin{0}, size{0};
    CellKind kind{CellKind::absent};
  };
  std::vector<Value> values;
  std::string bytes;

  void add(int column, CellKind kind, std::string_view text) {
    values.push_back({column, bytes.size(), text.size(), kind});
    bytes += text;
  }
  void clear() {
    values.clear();
    bytes.clear();
  }
};

struct PassedOver {
  std::int64_t in_lists{0}, deep{0}, keyless{0}, late{0}, too_many{0};
};

}  // namespace

struct XesReader::Impl {
  std::string path;
  std::unique_ptr<PackedFile> file;
  ParserHandle parser;
  std::size_t block_bytes;
  std::vector<std::string> names;
  XesKeys keys;

  std::vector<Part> open_parts;
  std::vector<std::size_t> key_lengths;  // of `key`, before each open attribute
  std::string key;                       // of the open attributes
  bool trace_has_events{false};
  Values of_trace, of_event;
  std::int64_t event_line{0};
  PassedOver passed;

  std::uint64_t fed{0};
  bool fed_all{false}, suspended{false}, done{false};
  std::optional<Error> failure;

  std::int64_t row{0};
  std::size_t given{0};  // rows of the window that were given
  std::vector<std::int64_t> lines;
  std::vector<Values::Value> cells;  // of the window, row-major
  std::string bytes;

  explicit Impl(const std::vector<XesColumn>& columns, std::size_t block)
      : block_bytes(std::max<std::size_t>(block, 1)), keys(columns) {
    for (const XesColumn& column : columns) names.push_back(column.key.empty() ? column.name : column.key);
  }

  void stop(std::string message) {
    const int line = static_cast<int>(XML_GetCurrentLineNumber(parser.get()));
    const int column = static_cast<int>(XML_GetCurrentColumnNumber(parser.get())) + 1;
    if (!failure)
      failure = fail(Errc::invalid_data, path + " " + std::move(message), Place{path, line, column}).error;
    XML_StopParser(parser.get(), XML_FALSE);
  }

  [[nodiscard]] Part part_of(std::string_view name) const {
    if (open_parts.empty()) return name == "log" ? Part::log : Part::ignored;
    switch (open_parts.back()) {
      case Part::log:
        return name == "trace" ? Part::trace : name == "event" ? Part::event : Part::ignored;
      case Part::trace:
        return name == "event" ? Part::event : is_attribute(name) ? Part::attribute : Part::ignored;
      case Part::event:
      case Part::attribute:
        return is_attribute(name) ? Part::attribute : Part::ignored;
      case Part::ignored:
        return Part::ignored;
    }
    return Part::ignored;
  }

  [[nodiscard]] bool in_event() const {
    return std::find(open_parts.begin(), open_parts.end(), Part::event) != open_parts.end();
  }

  void begin(std::string_view name, const XML_Char** attributes) {
    if (open_parts.empty() && name != "log")
      return stop("is no XES: its root is <" + std::string(name.substr(0, 40)) + ">, not <log>");
    if (open_parts.size() >= kMaxDepth)
      return stop("has elements that are nested deeper than " + std::to_string(kMaxDepth) + " levels");
    const bool holds_attributes =
        !open_parts.empty() && open_parts.back() != Part::log && open_parts.back() != Part::ignored;
    passed.in_lists += holds_attributes && (name == "list" || name == "container") ? 1 : 0;
    Part part = part_of(name);
    if (part == Part::trace) {
      of_trace.clear();
      trace_has_events = false;
    } else if (part == Part::event) {
      of_event.clear();
      trace_has_events = true;
      event_line = static_cast<std::int64_t>(XML_GetCurrentLineNumber(parser.get()));
    } else if (part == Part::attribute && !begin_attribute(name, attributes)) {
      part = Part::ignored;
    }
    open_parts.push_back(part);
  }

  // False for one without a key: what lies in it has none either.
  bool begin_attribute(std::string_view type, const XML_Char** attributes) {
    std::string_view own_key;
    const XML_Char* value = nullptr;
    for (const XML_Char** each = attributes; *each != nullptr; each += 2) {
      if (std::string_view(each[0]) == "key") own_key = each[1];
      if (std::string_view(each[0]) == "value") value = each[1];
    }
    if (own_key.empty()) {
      ++passed.keyless;
      return false;
    }
    const bool of_an_event = in_event();
    if (key_lengths.empty()) key = of_an_event ? "" : kTracePrefix;
    key_lengths.push_back(key.size());
    if (key_lengths.size() > 1) key += '.';
    key += own_key;
    if (key_lengths.size() > static_cast<std::size_t>(kMaxFlattenDepth)) {
      ++passed.deep;
    } else {
      take(type, value, of_an_event);
    }
    return true;
  }

  void take(std::string_view type, const XML_Char* value, bool of_an_event) {
    const int column = keys.column_of(key);
    passed.too_many += column == XesKeys::kTooMany ? 1 : 0;
    passed.late += !of_an_event && trace_has_events ? 1 : 0;
    if (column < 0 || value == nullptr) return;
    const std::string_view text = value;
    Values& values = of_an_event ? of_event : of_trace;
    const CellKind written = type == "string" || type == "id" ? CellKind::quoted : CellKind::plain;
    values.add(column, is_no_number(type, text) ? CellKind::absent : written, text);
    if (values.bytes.size() > kMaxRecordBytes)
      stop("holds a trace or event that is longer than " + std::to_string(kMaxRecordBytes) + " bytes");
  }

  void end() {
    const Part part = open_parts.back();
    open_parts.pop_back();
    if (part == Part::attribute) {
      key.resize(key_lengths.back());
      key_lengths.pop_back();
    } else if (part == Part::event) {
      finish_event();
    } else if (part == Part::trace) {
      of_trace.clear();
      trace_has_events = false;
    }
  }

  void finish_event() {
    ++row;
    const std::size_t first = cells.size();
    cells.resize(first + names.size());
    for (const Values* values : {&of_trace, &of_event}) {
      for (const auto& value : values->values) {
        cells[first + static_cast<std::size_t>(value.column)] = {value.column, bytes.size() + value.begin,
                                                                 value.size, value.kind};
      }
      bytes += values->bytes;
    }
    lines.push_back(event_line);
    if (lines.size() * (names.size() + 1) >= kWindowCells || bytes.size() >= kWindowBytes)
      XML_StopParser(parser.get(), XML_TRUE);
  }

  static void XMLCALL on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
    auto* const impl = static_cast<Impl*>(self);
    if (!impl->failure) impl->begin(local_name(name), attributes);
  }
  static void XMLCALL on_end(void* self, const XML_Char*) {
    auto* const impl = static_cast<Impl*>(self);
    if (!impl->failure && !impl->open_parts.empty()) impl->end();
  }
  static void XMLCALL on_document_type(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    static_cast<Impl*>(self)->stop("declares a document type (<!DOCTYPE>); XES has none");
  }

  [[nodiscard]] Status start() {
    parser.reset(XML_ParserCreate(nullptr));
    if (parser == nullptr) return fail(Errc::io, "expat could not be started to read " + path);
    XML_SetUserData(parser.get(), this);
    XML_SetElementHandler(parser.get(), on_start, on_end);
    XML_SetStartDoctypeDeclHandler(parser.get(), on_document_type);
    return {};
  }

  // Bytes that expat holds because the tag they begin has no end yet.
  [[nodiscard]] std::uint64_t pending() const {
    const XML_Index at = XML_GetCurrentByteIndex(parser.get());
    return at < 0 ? 0 : fed - std::min(fed, static_cast<std::uint64_t>(at));
  }

  [[nodiscard]] XML_Status feed() {
    // A long tag is looked at again from its beginning with every block: as much again keeps that linear.
    const std::size_t want =
        std::max<std::size_t>(block_bytes, std::min<std::uint64_t>(pending(), kMaxBlockBytes));
    void* const buffer = XML_GetBuffer(parser.get(), static_cast<int>(want));
    if (buffer == nullptr) {
      failure = fail(Errc::io, "expat has no memory left to read " + path).error;
      return XML_STATUS_ERROR;
    }
    const auto count = file->read(static_cast<char*>(buffer), want);
    if (!count) {
      failure = count.error();
      return XML_STATUS_ERROR;
    }
    fed += *count;
    fed_all = *count == 0;
    if (fed == 0) return XML_STATUS_OK;  // a file without any bytes has no records
    return XML_ParseBuffer(parser.get(), static_cast<int>(*count), fed_all ? XML_TRUE : XML_FALSE);
  }

  void step() {
    const XML_Status status = suspended ? XML_ResumeParser(parser.get()) : feed();
    suspended = status == XML_STATUS_SUSPENDED;
    if (status == XML_STATUS_ERROR) {
      const char* const why = XML_ErrorString(XML_GetErrorCode(parser.get()));
      const std::string at = "line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ", column " +
                             std::to_string(XML_GetCurrentColumnNumber(parser.get()) + 1);
      stop("is no well-formed XML at " + at + ": " + (why == nullptr ? "unknown error" : why));
      return;
    }
    done = fed_all && !suspended;
    if (!done && !suspended && pending() > kMaxRecordBytes)
      stop("has a tag that is longer than " + std::to_string(kMaxRecordBytes) + " bytes");
  }

  void load_window() {
    cells.clear();
    lines.clear();
    bytes.clear();
    given = 0;
    while (lines.empty() && !done && !failure) step();
  }
};

XesReader::XesReader(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
XesReader::~XesReader() = default;

Result<std::unique_ptr<XesReader>> XesReader::open(FileSystem& files, const std::string& path,
                                                   std::vector<XesColumn> columns, std::size_t block_bytes) {
  auto impl = std::make_unique<Impl>(columns, block_bytes);
  impl->path = path;
  WEIR_TRY(impl->file, PackedFile::open(files, path));
  WEIR_TRY_STATUS(impl->start());
  return std::unique_ptr<XesReader>(new XesReader(std::move(impl)));
}

const std::vector<std::string>& XesReader::columns() const noexcept {
  return impl_->names;
}
std::uint64_t XesReader::bytes_read() const noexcept {
  return impl_->file->bytes_read();
}
std::uint64_t XesReader::bytes_total() const noexcept {
  return impl_->file->bytes_total();
}
std::vector<std::string> XesReader::undeclared() const {
  return impl_->keys.without_column();
}

Result<bool> XesReader::next(RawBatch& out, std::vector<Rejected>&, std::size_t max_rows) {
  Impl& self = *impl_;
  out.clear();
  out.column_count = self.names.size();
  if (self.given == self.lines.size()) self.load_window();
  const std::int64_t rows_before = self.row - static_cast<std::int64_t>(self.lines.size());
  const std::size_t end = std::min(self.given + max_rows, self.lines.size());
  for (; self.given < end; ++self.given) {
    for (std::size_t column = 0; column < self.names.size(); ++column) {
      const auto& cell = self.cells[self.given * self.names.size() + column];
      out.cells.push_back({self.bytes.data() + cell.begin, static_cast<std::uint32_t>(cell.size), cell.kind});
    }
    out.rows.push_back(rows_before + static_cast<std::int64_t>(self.given) + 1);
    out.lines.push_back(self.lines[self.given]);
  }
  if (out.row_count() == 0 && self.failure) return fail(*self.failure);
  return out.row_count() > 0;
}

std::vector<std::string> XesReader::notes() const {
  std::vector<std::string> notes;
  const auto note = [&](std::int64_t count, const char* what) {
    if (count > 0) notes.push_back(std::to_string(count) + " " + what);
  };
  const PassedOver& passed = impl_->passed;
  note(passed.in_lists, "lists or containers were passed over: only single values are columns");
  note(passed.deep, "attributes within attributes were passed over: they are nested deeper than 4 levels");
  note(passed.keyless, "attributes without a key were passed over");
  note(passed.late, "attributes of traces stand behind events of theirs; they hold for later events only");
  note(passed.too_many, "attributes were passed over: there are more than 10000 different keys");
  return notes;
}

Result<std::vector<XesColumn>> discover_xes_columns(FileSystem& files, const std::string& path,
                                                    std::uint64_t max_bytes, std::size_t block_bytes) {
  WEIR_TRY(const auto reader, XesReader::open(files, path, {}, block_bytes));
  XesReader::Impl& impl = *reader->impl_;
  while (!impl.done && !impl.failure && reader->bytes_read() <= max_bytes) impl.load_window();
  if (impl.failure && impl.row == 0)
    return fail(*impl.failure);  // else what was seen before the damage counts
  std::vector<XesColumn> columns;
  const std::vector<std::string>& seen = impl.keys.seen();
  const std::vector<std::string> names = contract::normalised_names(seen);
  for (std::size_t i = 0; i < names.size(); ++i) columns.push_back({seen[i], names[i]});
  return columns;
}

}  // namespace weir::ingest
