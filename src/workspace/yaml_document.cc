#include "workspace/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <utility>

namespace weir::workspace {
namespace {

constexpr std::string_view kNoAlias = "an alias (*name) is not supported: write the value out";

// Turns the library's marks (lines and bytes from 0) into places (lines and characters from 1).
class Places {
 public:
  Places(std::string_view text, const std::string& file) : text_(text), file_(file) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
  }

  [[nodiscard]] Place at(const YAML::Mark& mark) const {
    if (mark.is_null() || mark.line < 0 || mark.column < 0) return {file_, 0, 0};
    const auto line = static_cast<std::size_t>(mark.line);
    if (line >= line_starts_.size()) return {file_, mark.line + 1, mark.column + 1};
    return {file_, mark.line + 1, characters_before(line, mark.column) + 1};
  }

  [[nodiscard]] Place at_byte(std::size_t offset) const {
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const std::size_t start = *std::prev(after);
    const int line = static_cast<int>(after - line_starts_.begin());
    return {file_, line, characters(text_.substr(start, offset - start)) + 1};
  }

  // Without its line break; empty when there is no such line.
  [[nodiscard]] std::string_view line(int number) const noexcept {
    const auto index = static_cast<std::size_t>(number) - 1;
    if (number < 1 || index >= line_starts_.size()) return {};
    const std::string_view rest = text_.substr(line_starts_[index]);
    return rest.substr(0, std::min(rest.find('\n'), rest.size()));
  }

 private:
  static int characters(std::string_view bytes) noexcept {
    return static_cast<int>(std::count_if(
        bytes.begin(), bytes.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  }

  // Goes on from the last answer, since marks mostly come in order: a long line takes linear time.
  int characters_before(std::size_t line, int column) const noexcept {
    if (line != last_.line || column < last_.column) last_ = {line, 0, 0};
    const std::size_t from = line_starts_[line] + static_cast<std::size_t>(last_.column);
    const auto length = static_cast<std::size_t>(column - last_.column);
    last_ = {line, column, last_.characters + characters(text_.substr(std::min(from, text_.size()), length))};
    return last_.characters;
  }

  struct Last {
    std::size_t line{0};
    int column{0};  // in bytes, from 0
    int characters{0};
  };

  std::string_view text_;
  const std::string& file_;
  std::vector<std::size_t> line_starts_{0};
  mutable Last last_;
};

// Builds the tree from the parser's events. Once a limit is passed it only counts.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const Places& places, YamlDocument& document) : places_(places), document_(document) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) mistake(mark, "a file holds one document: this begins a second");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (accepts(mark, "", anchor)) add({.place = places_.at(mark)});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    if (!accepts(mark, "", 0)) return;
    mistake(mark, std::string(kNoAlias));
    add({.place = places_.at(mark)});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!accepts(mark, tag, anchor)) return;
    add({.kind = YamlKind::scalar, .quoted = tag == "!", .text = value, .place = places_.at(mark)});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    begin(mark, tag, anchor, YamlKind::list);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    begin(mark, tag, anchor, YamlKind::map);
  }
  void OnMapEnd() override { end(); }

  [[nodiscard]] bool over_limit() const noexcept { return over_limit_; }

 private:
  struct Open {
    YamlNode node;
    bool has_key{false};     // the next node is the value of `key`
    bool drop_value{false};  // its key was no text or was there before
    std::string key;
    Place key_place;
    std::map<std::string, int> lines;  // of the keys so far
  };

  void mistake(const YAML::Mark& mark, std::string message) {
    document_.mistakes.push_back({places_.at(mark), std::move(message), Severity::error});
  }

  void stop(const YAML::Mark& mark, std::string message) {
    mistake(mark, std::move(message));
    over_limit_ = true;
  }

  bool accepts(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor) {
    if (over_limit_ || documents_ > 1) return false;
    if (++nodes_ > kMaxYamlNodes)
      stop(mark, "a file may have at most " + std::to_string(kMaxYamlNodes) + " values");
    if (!tag.empty() && tag != "?" && tag != "!")
      mistake(mark, "a tag (!...) is not supported: leave it out");
    if (anchor != 0) mistake(mark, "an anchor (&name) is not supported: leave it out");
    return !over_limit_;
  }

  void begin(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor, YamlKind kind) {
    if (!accepts(mark, tag, anchor)) return;
    if (open_.size() >= kMaxYamlDepth) {
      return stop(mark, "lists and maps may be nested at most " + std::to_string(kMaxYamlDepth) + " deep");
    }
    Open open;
    open.node.kind = kind;
    open.node.place = places_.at(mark);
    open_.push_back(std::move(open));
  }

  void end() {
    if (over_limit_ || documents_ > 1) return;
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      document_.root = std::move(node);
    } else if (open_.back().node.kind == YamlKind::list) {
      open_.back().node.children.push_back(std::move(node));
    } else if (open_.back().has_key) {
      add_value(open_.back(), std::move(node));
    } else {
      add_key(open_.back(), std::move(node));
    }
  }

  void add_key(Open& map, YamlNode node) {
    map.has_key = true;
    map.drop_value = !node.is_scalar();
    if (!node.is_scalar()) {
      document_.mistakes.push_back(
          {node.place, "a key must be text, not " + std::string(to_text(node.kind)), Severity::error});
      return;
    }
    const auto [first, is_new] = map.lines.emplace(node.text, node.place.line);
    if (!is_new) {
      map.drop_value = true;
      std::string message =
          "'" + node.text + "' is there twice; first in line " + std::to_string(first->second);
      document_.mistakes.push_back({node.place, std::move(message), Severity::error});
    }
    map.key = std::move(node.text);
    map.key_place = std::move(node.place);
  }

  static void add_value(Open& map, YamlNode node) {
    map.has_key = false;
    if (map.drop_value) return;
    if (node.is_null()) node.place = map.key_place;
    node.key = std::move(map.key);
    node.key_place = std::move(map.key_place);
    map.node.children.push_back(std::move(node));
  }

  const Places& places_;
  YamlDocument& document_;
  std::vector<Open> open_;
  std::size_t nodes_{0};
  int documents_{0};
  bool over_limit_{false};
};

// Offset of the first byte that YAML's character set does not have, in UTF-8; npos when all is well.
std::size_t first_bad_byte(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
      const bool control = (first < 0x20 && first != '\t' && first != '\n' && first != '\r') || first == 0x7F;
      if (control) return at;
      ++at;
      continue;
    }
    const std::size_t length = first >= 0xF0 && first <= 0xF4 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return at;
    for (std::size_t i = 1; i < length; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return at;
    }
    at += length;
  }
  return std::string_view::npos;
}

bool is_indented_by_tab(std::string_view line) noexcept {
  const std::size_t first = line.find_first_not_of(" \t");
  return line.substr(0, std::min(first, line.size())).find('\t') != std::string_view::npos;
}

std::string syntax_message(const std::string& reason, std::string_view line) {
  if (is_indented_by_tab(line)) return "a line is indented with spaces, not with a tab";
  if (reason == YAML::ErrorMsg::UNKNOWN_ANCHOR) return std::string(kNoAlias);
  return "not readable as YAML (" + reason + "): check the indentation; " + std::string(kQuotingHint);
}

void build(std::string_view text, const Places& places, YamlDocument& document) {
  TreeBuilder builder(places, document);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    // At most two: the library may hand out empty documents without end.
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
  } catch (const YAML::Exception& error) {
    document.root = {};
    if (builder.over_limit()) return;
    const Place place = places.at(error.mark);
    document.mistakes.push_back({place, syntax_message(error.msg, places.line(place.line)), Severity::error});
  } catch (const std::exception&) {
    document.mistakes.push_back({places.at_byte(0), "not readable as YAML", Severity::error});
    document.root = {};
  }
  if (builder.over_limit()) document.root = {};
}

std::string_view without_byte_order_mark(std::string_view text) noexcept {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.substr(0, kMark.size()) == kMark ? text.substr(kMark.size()) : text;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) noexcept {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// All of the text as a number, with an optional + that from_chars does not take.
template <typename Number>
std::optional<Number> whole(std::string_view text) noexcept {
  if (text.substr(0, 1) == "+") {
    text.remove_prefix(1);
    if (text.substr(0, 1) == "-") return std::nullopt;
  }
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc{} && end == text.data() + text.size();
  return is_whole ? std::optional<Number>(value) : std::nullopt;
}

}  // namespace

const char* to_text(YamlKind kind) noexcept {
  switch (kind) {
    case YamlKind::null:
      return "nothing";
    case YamlKind::scalar:
      return "text";
    case YamlKind::list:
      return "a list";
    case YamlKind::map:
      return "a map";
  }
  return "nothing";
}

const YamlNode* YamlNode::find(std::string_view name) const noexcept {
  const auto is_it = [&](const YamlNode& each) { return each.key == name; };
  const auto at = std::find_if(children.begin(), children.end(), is_it);
  return is_map() && at != children.end() ? &*at : nullptr;
}

std::optional<bool> YamlNode::boolean() const noexcept {
  if (!is_scalar() || quoted) return std::nullopt;
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  return std::nullopt;
}

std::optional<std::int64_t> YamlNode::integer() const noexcept {
  return is_scalar() && !quoted ? whole<std::int64_t>(text) : std::nullopt;
}

std::optional<double> YamlNode::number() const noexcept {
  // Also keeps out the "inf" and "nan" that from_chars takes.
  const bool has_digits_only = text.find_first_not_of("+-.0123456789eE") == std::string::npos;
  return is_scalar() && !quoted && has_digits_only ? whole<double>(text) : std::nullopt;
}

YamlDocument read_yaml(std::string_view text, const std::string& file) {
  YamlDocument document;
  text = without_byte_order_mark(text);
  const Places places(text, file);
  document.root.place = {file, 1, 1};
  if (text.size() > kMaxYamlBytes) {
    document.mistakes.push_back({document.root.place,
                                 "a file may have at most " + std::to_string(kMaxYamlBytes) + " bytes",
                                 Severity::error});
    return document;
  }
  if (const std::size_t bad = first_bad_byte(text); bad != std::string_view::npos) {
    document.mistakes.push_back({places.at_byte(bad), "a byte that is no UTF-8 text", Severity::error});
    return document;
  }
  build(text, places, document);
  if (document.root.place.file.empty()) document.root.place = {file, 1, 1};
  return document;
}

}  // namespace weir::workspace
