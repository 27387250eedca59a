#include "store/derived_tables.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/hash.h"
#include "base/json.h"

namespace weir::store {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;
constexpr const char* kFile = "derived.json";
constexpr const char* kLock = "derived.lock";

void write_table(JsonWriter& out, const DerivedTable& table) {
  out.begin_object()
      .field("kind", table.kind)
      .field("name", table.name)
      .field("key", table.key)
      .field("definitions", table.definitions)
      .field("data", table.data)
      .field("version", table.version)
      .field("closed_day", static_cast<int>(table.closed_day))
      .field("file", table.file)
      .field("hash", table.hash)
      .field("bytes", static_cast<std::int64_t>(table.bytes))
      .end_object();
}

DerivedTable read_table(const Json& json) {
  return {json.at("kind"), json.at("name"),    json.at("key"),        json.at("definitions"),
          json.at("data"), json.at("version"), json.at("closed_day"), json.at("file"),
          json.at("hash"), json.at("bytes")};
}

Status write_derived(FileSystem& files, const std::string& state, const std::vector<DerivedTable>& tables) {
  JsonWriter body(0);
  body.begin_array();
  for (const DerivedTable& table : tables) write_table(body, table);
  body.end_array();
  // The checksum covers the normal form that a reader gets by parsing and dumping.
  const std::string normal = Json::parse(body.text()).dump();
  JsonWriter out(0);
  out.begin_object()
      .field("format", kFormat)
      .field("checksum", blake2b_hex(normal))
      .key("tables")
      .raw(normal)
      .end_object();
  return files.write_durably(join_path(state, kFile), out.text() + "\n");
}

// All files of the kind are finished under the lock: what is not listed belongs to nobody.
Status remove_unlisted(FileSystem& files, const std::string& folder,
                       const std::vector<DerivedTable>& tables) {
  std::set<std::string> listed;
  for (const DerivedTable& table : tables) listed.insert(file_name(table.file));
  WEIR_TRY(const auto names, files.list(folder));
  for (const std::string& name : names) {
    if (!listed.contains(name)) WEIR_TRY_STATUS(files.remove(join_path(folder, name)));
  }
  return {};
}

}  // namespace

Result<std::vector<DerivedTable>> read_derived(FileSystem& files, const std::string& state) {
  const std::string path = join_path(state, kFile);
  if (!files.exists(path)) return std::vector<DerivedTable>{};
  WEIR_TRY(const std::string text, files.read_file(path));
  const auto damaged = [&](const std::string& why) {
    return fail(Errc::damaged, "the list of derived tables " + why, Place{path});
  };
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != kFormat) return damaged("has a format that this version of weir does not read");
    if (json.at("checksum").get<std::string>() != blake2b_hex(json.at("tables").dump()))
      return damaged("does not have the checksum it was written with");
    std::vector<DerivedTable> tables;
    for (const Json& item : json.at("tables")) tables.push_back(read_table(item));
    return tables;
  } catch (const Json::exception&) {
    return damaged("is no JSON of the expected form");
  }
}

Status keep_derived(FileSystem& files, const std::string& state, DerivedTable table, std::string_view content,
                    const std::function<bool(const DerivedTable&)>& is_wanted) {
  WEIR_TRY(const auto lock, files.lock(join_path(state, kLock)));
  // A damaged list is begun anew: everything in it can be computed again.
  auto read = read_derived(files, state);
  std::vector<DerivedTable> tables = read.has_value() ? *std::move(read) : std::vector<DerivedTable>{};
  std::erase_if(tables, [&](const DerivedTable& other) {
    return other.kind == table.kind && (other.key == table.key || !is_wanted(other));
  });
  table.hash = blake2b_hex(content);
  table.bytes = content.size();
  table.file = table.kind + "/" + table.key + "-" + table.hash.substr(0, 20) + "." + table.kind;
  const std::string folder = join_path(state, table.kind);
  WEIR_TRY_STATUS(files.make_directories(folder));
  const std::string path = join_path(state, table.file);
  if (const Status written = files.write_durably(path, content); !written.has_value()) {
    // A full disk should not be kept full by what nobody can read.
    if (files.exists(path + ".tmp")) static_cast<void>(files.remove(path + ".tmp").has_value());
    return fail(written.error());
  }
  tables.push_back(std::move(table));
  WEIR_TRY_STATUS(write_derived(files, state, tables));
  return remove_unlisted(files, folder, tables);
}

Status drop_derived(FileSystem& files, const std::string& state, const std::string& kind,
                    const std::function<bool(const DerivedTable&)>& is_wanted) {
  WEIR_TRY(const auto lock, files.lock(join_path(state, kLock)));
  WEIR_TRY(auto tables, read_derived(files, state));
  std::erase_if(tables, [&](const DerivedTable& other) { return other.kind == kind && !is_wanted(other); });
  WEIR_TRY_STATUS(write_derived(files, state, tables));
  const std::string folder = join_path(state, kind);
  return files.exists(folder) ? remove_unlisted(files, folder, tables) : Status{};
}

}  // namespace weir::store
