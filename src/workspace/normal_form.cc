#include "workspace/normal_form.h"

#include <algorithm>
#include <vector>

#include "base/json.h"

namespace weir::workspace {
namespace {

void write(const YamlNode& node, ScalarForm form, JsonWriter& json);

void write_scalar(const YamlNode& node, ScalarForm form, JsonWriter& json) {
  if (form == ScalarForm::typed) {
    if (const auto flag = node.boolean()) return void(json.value(*flag));
    if (const auto integer = node.integer()) return void(json.value(*integer));
    if (const auto number = node.number()) return void(json.value(*number));
  }
  std::string_view text = node.text;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  json.value(text);
}

void write_map(const YamlNode& node, ScalarForm form, JsonWriter& json) {
  std::vector<const YamlNode*> members;
  for (const YamlNode& member : node.children) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const YamlNode* a, const YamlNode* b) { return a->key < b->key; });
  json.begin_object();
  for (const YamlNode* member : members) {
    json.key(member->key);
    write(*member, form, json);
  }
  json.end_object();
}

void write(const YamlNode& node, ScalarForm form, JsonWriter& json) {
  switch (node.kind) {
    case YamlKind::null:
      json.null();
      break;
    case YamlKind::scalar:
      write_scalar(node, form, json);
      break;
    case YamlKind::map:
      write_map(node, form, json);
      break;
    case YamlKind::list:
      json.begin_array();
      for (const YamlNode& item : node.children) write(item, form, json);
      json.end_array();
      break;
  }
}

}  // namespace

std::string normal_form(const YamlNode& node, ScalarForm form) {
  JsonWriter json(0);
  write(node, form, json);
  return json.text();
}

}  // namespace weir::workspace
