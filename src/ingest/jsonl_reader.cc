#include "ingest/jsonl_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory_resource>
#include <optional>
#include <unordered_map>
#include <utility>

#include "contract/contract.h"
#include "ingest/flat_json.h"
#include "ingest/json_documents.h"

namespace weir::ingest {
namespace {

using contract::Cell;
using contract::CellKind;
using contract::RawBatch;
using contract::Rejected;
namespace dom = simdjson::dom;

constexpr std::size_t kMaxPaths =
    10'000;  // distinct paths that are told apart; hostile keys beyond are passed over
constexpr std::size_t kMaxBatchBytes = std::size_t{64} << 20;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};
template <typename T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

// One path that was met, with the column it goes to.
struct PathNode {
  std::string path;
  int column{-1};
  bool saw_structure{false};
  bool saw_scalar{false};
  TextMap<PathNode*> children;
};

// Paths met so far, resolved to columns once each.
class PathTree {
 public:
  explicit PathTree(const std::vector<JsonColumn>& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const int column = static_cast<int>(i);
      if (columns[i].path.empty()) {
        by_name_.emplace(columns[i].name, column);
      } else {
        by_path_.emplace(columns[i].path, column);
      }
    }
  }
  [[nodiscard]] PathNode& root() noexcept { return root_; }
  // Null when there are too many paths already.
  PathNode* child(PathNode& parent, std::string_view key) {
    const auto found = parent.children.find(key);
    if (found != parent.children.end()) return found->second;
    if (nodes_.size() >= kMaxPaths) return nullptr;
    nodes_.push_back(std::make_unique<PathNode>());
    PathNode& node = *nodes_.back();
    node.path = parent.path.empty() ? std::string(key) : parent.path + "." + std::string(key);
    if (const auto path = by_path_.find(node.path); path != by_path_.end()) {
      node.column = path->second;
    } else if (const auto name = by_name_.find(contract::normalised_name(node.path));
               name != by_name_.end()) {
      node.column = name->second;
    }
    parent.children.emplace(std::string(key), &node);
    return &node;
  }
  [[nodiscard]] const std::vector<std::unique_ptr<PathNode>>& nodes() const noexcept { return nodes_; }

 private:
  PathNode root_;
  std::vector<std::unique_ptr<PathNode>> nodes_;  // in the order of appearance
  TextMap<int> by_path_;
  TextMap<int> by_name_;
};

bool is_number_char(char c) noexcept {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// RFC 8259, section 6.
bool is_json_number(std::string_view text) noexcept {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t first = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - first;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const bool zero = at < text.size() && text[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

// Puts numbers that 64 bits may not hold into quotes, so that they stay as written.
std::string with_quoted_numbers(std::string_view json) {
  constexpr std::size_t kSafeLength = 18;
  std::string out;
  out.reserve(json.size() + 64);
  bool in_text = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    if (in_text || !is_number_char(json[at]) || json[at] == 'e' || json[at] == 'E') {
      out += json[at];
      if (in_text && json[at] == '\\' && at + 1 < json.size()) {
        out += json[++at];
      } else if (json[at] == '"') {
        in_text = !in_text;
      }
      continue;
    }
    std::size_t end = at;
    while (end < json.size() && is_number_char(json[end])) ++end;
    const std::string_view number = json.substr(at, end - at);
    const bool is_wide = number.size() > kSafeLength || number.find_first_of("eE") != std::string_view::npos;
    const bool quote = is_wide && is_json_number(number);
    if (quote) out += '"';
    out += number;
    if (quote) out += '"';
    at = end - 1;
  }
  return out;
}

}  // namespace

struct JsonlReader::Impl {
  std::unique_ptr<JsonDocuments> documents;
  std::vector<JsonColumn> columns;
  std::vector<std::string> names;
  PathTree paths;
  dom::parser parser;
  std::pmr::monotonic_buffer_resource arena;
  std::size_t arena_bytes{0};
  std::int64_t row{0};
  std::optional<Error> failure;
  std::vector<FlatMember> members;  // of the document at hand
  // Members of the last flat document: the next one mostly has the same, in the same order.
  std::vector<std::string> expected_keys, openings;
  std::vector<PathNode*> expected;

  explicit Impl(std::vector<JsonColumn> wanted) : columns(std::move(wanted)), paths(columns) {
    for (const JsonColumn& column : columns) names.push_back(column.path.empty() ? column.name : column.path);
  }

  [[nodiscard]] Cell keep(std::string_view text, CellKind kind) {
    char* const copy = static_cast<char*>(arena.allocate(text.size() + 1, 1));
    std::copy(text.begin(), text.end(), copy);
    arena_bytes += text.size();
    return {copy, static_cast<std::uint32_t>(text.size()), kind};
  }

  template <typename Number>
  [[nodiscard]] Cell keep_number(Number number) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return keep({digits.data(), static_cast<std::size_t>(end - digits.data())}, CellKind::plain);
  }

  [[nodiscard]] Cell cell_of(const dom::element& value, bool as_json) {
    if (as_json && !value.is_null()) return keep(simdjson::minify(value), CellKind::exact);
    switch (value.type()) {
      case dom::element_type::NULL_VALUE:
        return {};
      case dom::element_type::BOOL:
        return keep(value.get_bool().value_unsafe() ? "true" : "false", CellKind::plain);
      case dom::element_type::INT64:
        return keep_number(value.get_int64().value_unsafe());
      case dom::element_type::UINT64:
        return keep_number(value.get_uint64().value_unsafe());
      case dom::element_type::DOUBLE:
        return keep_number(value.get_double().value_unsafe());
      case dom::element_type::STRING:
        return keep(value.get_string().value_unsafe(), CellKind::exact);
      case dom::element_type::ARRAY:
      case dom::element_type::OBJECT:
        return keep(simdjson::minify(value), CellKind::exact);
    }
    return {};
  }

  void walk(const dom::object& object, PathNode& node, int depth, std::size_t first_cell, RawBatch& out) {
    for (const dom::key_value_pair member : object) {
      PathNode* const child = paths.child(node, member.key);
      if (child == nullptr) continue;
      const bool is_object = member.value.is_object();
      child->saw_structure = child->saw_structure || is_object || member.value.is_array();
      child->saw_scalar = child->saw_scalar || !(is_object || member.value.is_null());
      if (child->column >= 0) {
        const auto column = static_cast<std::size_t>(child->column);
        out.cells[first_cell + column] = cell_of(member.value, columns[column].as_json);
      }
      if (is_object && depth < kMaxFlattenDepth) {
        walk(member.value.get_object().value_unsafe(), *child, depth + 1, first_cell, out);
      }
    }
  }

  // Null when there are too many paths already.
  [[nodiscard]] PathNode* node_of(const FlatMember& member, std::size_t place) {
    if (member.is_expected || (place < expected.size() && expected_keys[place] == member.key))
      return expected[place];
    PathNode* const node = paths.child(paths.root(), member.key);
    if (place >= expected.size()) {
      expected.resize(place + 1);
      expected_keys.resize(place + 1);
      openings.resize(place + 1);
    }
    expected[place] = node;
    expected_keys[place] = member.key;
    openings[place] = flat_opening(member.key);
    return node;
  }

  // Texts stay where they are: in the document, which lives as long as the batch.
  [[nodiscard]] Cell flat_cell(const FlatMember& member) {
    const auto in_place = [&](CellKind kind) {
      arena_bytes += member.value.size();
      return Cell{member.value.data(), static_cast<std::uint32_t>(member.value.size()), kind};
    };
    switch (member.kind) {
      case FlatMember::Kind::text:
        return in_place(CellKind::exact);
      case FlatMember::Kind::number:
      case FlatMember::Kind::truth:
        return in_place(CellKind::plain);
      case FlatMember::Kind::real: {
        double number = 0;
        std::from_chars(member.value.data(), member.value.data() + member.value.size(), number);
        return keep_number(number);
      }
      case FlatMember::Kind::null:
        break;
    }
    return {};
  }

  // False when the full parser has to read the document; then nothing has happened.
  [[nodiscard]] bool read_flat(const JsonDocument& document, RawBatch& out) {
    if (!read_flat_object(document.text, openings, members)) return false;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const PathNode* const node = node_of(members[i], i);
      if (node != nullptr && node->column >= 0 && columns[static_cast<std::size_t>(node->column)].as_json)
        return false;
    }
    const std::size_t first_cell = out.cells.size();
    out.cells.resize(first_cell + columns.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      PathNode* const node = expected[i];
      if (node == nullptr) continue;
      node->saw_scalar = node->saw_scalar || members[i].kind != FlatMember::Kind::null;
      if (node->column >= 0)
        out.cells[first_cell + static_cast<std::size_t>(node->column)] = flat_cell(members[i]);
    }
    return true;
  }

  void reject(const JsonDocument& document, std::string why, std::vector<Rejected>& rejected) const {
    rejected.push_back({row, document.line, "",
                        "line " + std::to_string(document.line) + " " + std::move(why), "parse",
                        std::string(document.text)});
  }

  void read(const JsonDocument& document, RawBatch& out, std::vector<Rejected>& rejected) {
    ++row;
    if (document.kind == JsonDocument::Kind::after_array)
      return reject(document, "has text after the end of the array", rejected);
    if (read_flat(document, out)) return add_row(document, out);
    dom::element element;
    auto error = parser.parse(document.text.data(), document.text.size(), false).get(element);
    if (error == simdjson::NUMBER_ERROR) {
      const simdjson::padded_string quoted(with_quoted_numbers(document.text));
      error = parser.parse(quoted).get(element);
    }
    if (error != simdjson::SUCCESS) {
      return reject(document, std::string("is no valid JSON: ") + simdjson::error_message(error), rejected);
    }
    dom::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS)
      return reject(document, "is no JSON object", rejected);
    const std::size_t first_cell = out.cells.size();
    out.cells.resize(first_cell + columns.size());
    walk(object, paths.root(), 1, first_cell, out);
    add_row(document, out);
  }

  void add_row(const JsonDocument& document, RawBatch& out) const {
    out.rows.push_back(row);
    out.lines.push_back(document.line);
    out.payloads.push_back(document.text);
  }
};

JsonlReader::JsonlReader(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
JsonlReader::~JsonlReader() = default;

Result<std::unique_ptr<JsonlReader>> JsonlReader::open(FileSystem& files, const std::string& path,
                                                       const std::string& encoding,
                                                       std::vector<JsonColumn> columns,
                                                       std::size_t block_bytes) {
  auto impl = std::make_unique<Impl>(std::move(columns));
  WEIR_TRY(impl->documents, JsonDocuments::open(files, path, encoding, block_bytes));
  return std::unique_ptr<JsonlReader>(new JsonlReader(std::move(impl)));
}

const std::vector<std::string>& JsonlReader::columns() const noexcept {
  return impl_->names;
}
std::uint64_t JsonlReader::bytes_read() const noexcept {
  return impl_->documents->source().bytes_read();
}
std::uint64_t JsonlReader::bytes_total() const noexcept {
  return impl_->documents->source().bytes_total();
}

Result<bool> JsonlReader::next(RawBatch& out, std::vector<Rejected>& rejected, std::size_t max_rows) {
  Impl& self = *impl_;
  out.clear();
  out.column_count = self.columns.size();
  self.arena.release();
  self.arena_bytes = 0;
  if (self.failure) return fail(*self.failure);
  const std::size_t rejected_before = rejected.size();
  while (out.row_count() < max_rows && self.arena_bytes < kMaxBatchBytes) {
    const auto document = self.documents->next();
    if (!document) {
      self.failure = document.error();
      break;
    }
    if (document->kind == JsonDocument::Kind::end) break;
    if (document->kind != JsonDocument::Kind::needs_refill) {
      self.read(*document, out, rejected);
      continue;
    }
    if (out.row_count() > 0) break;  // payloads point into the text
    const Status filled = self.documents->refill();
    if (filled) continue;
    self.failure = filled.error();
    break;
  }
  if (out.row_count() > 0) {  // all in one text
    const std::string_view last = out.payloads.back();
    const char* const begin = out.payloads.front().data();
    out.text = {begin, static_cast<std::size_t>(last.data() + last.size() - begin)};
  }
  const bool any = out.row_count() > 0 || rejected.size() > rejected_before;
  if (!any && self.failure) return fail(*self.failure);
  return any;
}

std::vector<std::string> JsonlReader::undeclared() const {
  std::vector<std::string> paths;
  for (const auto& node : impl_->paths.nodes()) {
    if (node->column < 0 && node->saw_scalar) paths.push_back(node->path);
  }
  return paths;
}

std::vector<std::string> JsonlReader::notes() const {
  const TextSource& source = impl_->documents->source();
  if (source.encoding() == Encoding::utf_8) return {};
  return {std::string("read as ") + to_text(source.encoding())};
}

Result<std::vector<JsonColumn>> discover_json_columns(FileSystem& files, const std::string& path,
                                                      const std::string& encoding, std::int64_t max_records,
                                                      std::size_t block_bytes) {
  JsonlReader::Impl reader({});
  WEIR_TRY(reader.documents, JsonDocuments::open(files, path, encoding, block_bytes));
  RawBatch batch;
  std::vector<Rejected> rejected;
  while (reader.row < max_records) {
    const auto document = reader.documents->next();
    if (!document || document->kind == JsonDocument::Kind::end) break;  // what was seen before counts
    if (document->kind == JsonDocument::Kind::needs_refill) {
      const Status filled = reader.documents->refill();
      if (filled) continue;
      if (reader.row == 0) return fail(filled.error());
      break;
    }
    reader.read(*document, batch, rejected);
    batch.clear();
    rejected.clear();
  }
  std::vector<JsonColumn> columns;
  std::vector<std::string> sources;
  for (const auto& node : reader.paths.nodes()) sources.push_back(node->path);
  const std::vector<std::string> names = contract::normalised_names(sources);
  for (std::size_t i = 0; i < names.size(); ++i)
    columns.push_back({sources[i], names[i], reader.paths.nodes()[i]->saw_structure});
  return columns;
}

}  // namespace weir::ingest
