// How records name entities: `keys` and the handles inside `entity`.
#include <array>

#include "workspace/names.h"
#include "workspace/sections.h"

namespace weir::workspace {
namespace {

constexpr std::array<std::pair<std::string_view, HandleScheme>, 4> kSchemes{
    {{"id", HandleScheme::id},
     {"email", HandleScheme::email},
     {"phone", HandleScheme::phone},
     {"domain", HandleScheme::domain}}};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (int i = 0; i < kEntityKinds; ++i) names.emplace_back(to_text(static_cast<EntityKind>(i)));
  return names;
}

void add_handle(const YamlNode& node, EntityKind kind, HandleScheme scheme, const std::string& name_space,
                std::vector<HandleRule>& handles, Diagnostics& diagnostics) {
  Expression value = read_expression(node, diagnostics);
  if (value.empty()) return;
  if (scheme == HandleScheme::domain && kind != EntityKind::account) {
    diagnostics.error(node.place,
                      std::string("a domain is a handle of accounts, not of kind ") + to_text(kind));
    return;
  }
  handles.push_back({kind, scheme, std::move(value), name_space});
}

// `{ id: contact_id, email: email, namespace: hubspot }`.
void parse_handle_map(const YamlNode& node, EntityKind kind, std::vector<HandleRule>& handles,
                      Diagnostics& diagnostics) {
  MapReader map(node, std::string("a key of kind ") + to_text(kind),
                {"id", "email", "phone", "domain", "namespace"}, diagnostics);
  const std::string name_space = map.text("namespace");
  if (!name_space.empty()) check_word(name_space, "a namespace", map.place_of("namespace"), diagnostics);
  bool any = false;
  for (const YamlNode& member : node.children) {
    const auto scheme = handle_scheme(member.key);
    any = any || scheme.has_value();
    if (scheme) add_handle(member, kind, *scheme, name_space, handles, diagnostics);
  }
  if (!any) diagnostics.error(node.place, called(node) + " needs one of id, email, phone, domain");
}

}  // namespace

std::optional<HandleScheme> handle_scheme(std::string_view name) noexcept {
  for (const auto& [word, scheme] : kSchemes) {
    if (name == word) return scheme;
  }
  return std::nullopt;
}

std::optional<EntityKind> read_kind(std::string_view name, const Place& place, Diagnostics& diagnostics) {
  const auto kind = entity_kind(name);
  if (!kind) {
    diagnostics.error(place, "no kind of entity is named '" + std::string(name.substr(0, kMaxNameBytes)) +
                                 "'" + suggestion(name, kind_names()));
  }
  return kind;
}

void parse_handles(const YamlNode& node, EntityKind kind, std::vector<HandleRule>& handles,
                   Diagnostics& diagnostics) {
  if (node.is_map()) return parse_handle_map(node, kind, handles, diagnostics);
  if (!node.is_list()) return add_handle(node, kind, HandleScheme::id, {}, handles, diagnostics);
  if (node.children.empty()) diagnostics.error(node.place, called(node) + " is an empty list");
  for (const YamlNode& item : node.children) {
    if (item.is_map()) {
      parse_handle_map(item, kind, handles, diagnostics);
    } else {
      add_handle(item, kind, HandleScheme::id, {}, handles, diagnostics);
    }
  }
}

std::vector<HandleRule> parse_keys(const YamlNode& node, Diagnostics& diagnostics) {
  std::vector<HandleRule> handles;
  for_each_member(node, "a map from kinds of entities to columns", diagnostics, [&](const YamlNode& member) {
    const auto kind = read_kind(member.key, member.key_place, diagnostics);
    if (kind) parse_handles(member, *kind, handles, diagnostics);
  });
  return handles;
}

}  // namespace weir::workspace
