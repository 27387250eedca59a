#include "store/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/hash.h"
#include "base/json.h"
#include "store/query_engine.h"

namespace weir::store {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;
constexpr const char* kFile = "manifest.json";

std::optional<PartKind> part_kind(const std::string& name) {
  for (const PartKind kind : {PartKind::records, PartKind::events, PartKind::entities}) {
    if (name == to_text(kind)) return kind;
  }
  return std::nullopt;
}

void write_part(JsonWriter& out, const Part& part) {
  out.begin_object();
  out.field("kind", to_text(part.kind))
      .field("source", part.source)
      .field("file", part.file)
      .field("hash", part.hash);
  out.field("bytes", static_cast<std::int64_t>(part.bytes)).field("rows", part.rows);
  out.field("contract_version", part.contract_version).field("mapping_version", part.mapping_version);
  out.end_object();
}

void write_delivery(JsonWriter& out, const Delivery& delivery) {
  out.begin_object();
  out.field("id", delivery.id)
      .field("source", delivery.source)
      .field("name", delivery.name)
      .field("hash", delivery.hash);
  out.field("bytes", static_cast<std::int64_t>(delivery.bytes));
  out.field("taken_at", delivery.taken_at).field("rows", delivery.rows).field("accepted", delivery.accepted);
  out.field("rejected", delivery.rejected).field("repeated", delivery.repeated);
  out.field("contract_version", delivery.contract_version).field("mapping_version", delivery.mapping_version);
  out.end_object();
}

Result<Part> read_part(const Json& json) {
  const auto kind = part_kind(json.at("kind").get<std::string>());
  if (!kind) return fail(Errc::damaged, "the manifest names a part of an unknown kind");
  return Part{*kind,
              json.at("source"),
              json.at("file"),
              json.at("hash"),
              json.at("bytes"),
              json.at("rows"),
              json.at("contract_version"),
              json.at("mapping_version")};
}

Delivery read_delivery(const Json& json) {
  Delivery delivery{json.at("id"),
                    json.at("source"),
                    json.at("name"),
                    json.at("hash"),
                    json.at("bytes"),
                    std::nullopt,
                    json.at("rows"),
                    json.at("accepted"),
                    json.at("rejected"),
                    json.at("repeated"),
                    json.at("contract_version"),
                    json.at("mapping_version")};
  if (!json.at("taken_at").is_null()) delivery.taken_at = json.at("taken_at").get<std::int64_t>();
  return delivery;
}

Result<Manifest> parse_manifest(const std::string& text, const std::string& path) {
  const auto damaged = [&](const std::string& why) {
    return fail(Errc::damaged, "the manifest " + why + "; restore it from a backup", Place{path});
  };
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != kFormat) return damaged("has a format that this version of weir does not read");
    const std::string body = json.at("body").dump();
    if (json.at("checksum").get<std::string>() != blake2b_hex(body))
      return damaged("does not have the checksum it was written with");
    Manifest manifest;
    manifest.generation = json.at("body").at("generation");
    manifest.key_fingerprint = json.at("body").at("key");
    for (const Json& item : json.at("body").at("parts")) {
      WEIR_TRY(Part part, read_part(item));
      manifest.parts.push_back(std::move(part));
    }
    for (const Json& item : json.at("body").at("deliveries"))
      manifest.deliveries.push_back(read_delivery(item));
    return manifest;
  } catch (const Json::exception&) {
    return damaged("is no JSON of the expected form");
  }
}

}  // namespace

const char* to_text(PartKind kind) noexcept {
  switch (kind) {
    case PartKind::records:
      return "records";
    case PartKind::events:
      return "events";
    case PartKind::entities:
      return "entities";
  }
  return "events";
}

std::int64_t Manifest::next_delivery_id() const noexcept {
  std::int64_t last = 0;
  for (const Delivery& delivery : deliveries) last = std::max(last, delivery.id);
  return last + 1;
}

Result<Manifest> read_manifest(FileSystem& files, const std::string& state) {
  const std::string path = join_path(state, kFile);
  if (!files.exists(path)) return Manifest{};
  WEIR_TRY(const std::string text, files.read_file(path));
  return parse_manifest(text, path);
}

Status write_manifest(FileSystem& files, const std::string& state, const Manifest& manifest) {
  JsonWriter body(0);
  body.begin_object().field("generation", manifest.generation).field("key", manifest.key_fingerprint);
  body.key("parts").begin_array();
  for (const Part& part : manifest.parts) write_part(body, part);
  body.end_array().key("deliveries").begin_array();
  for (const Delivery& delivery : manifest.deliveries) write_delivery(body, delivery);
  body.end_array().end_object();
  // The checksum covers the normal form that a reader gets by parsing and dumping.
  const std::string normal = Json::parse(body.text()).dump();
  JsonWriter out(0);
  out.begin_object()
      .field("format", kFormat)
      .field("checksum", blake2b_hex(normal))
      .key("body")
      .raw(normal)
      .end_object();
  return files.write_durably(join_path(state, kFile), out.text() + "\n");
}

std::string content_version(const Manifest& manifest) {
  std::vector<std::string> hashes;
  hashes.reserve(manifest.parts.size());
  for (const Part& part : manifest.parts)
    hashes.push_back(part.source + "/" + to_text(part.kind) + "/" + part.hash);
  std::sort(hashes.begin(), hashes.end());
  std::string all;
  for (const std::string& hash : hashes) all += hash + "\n";
  return version_of(all);
}

namespace {

bool is_of(const Part& part, PartKind kind, const std::string& source) noexcept {
  return part.kind == kind && (source.empty() || part.source == source);
}

}  // namespace

std::string parts_table(const Manifest& manifest, const std::string& state, PartKind kind,
                        const std::string& source) {
  std::string files;
  for (const Part& part : manifest.parts) {
    if (!is_of(part, kind, source)) continue;
    files += (files.empty() ? "" : ", ") + sql_quote(join_path(state, part.file));
  }
  return files.empty() ? files : "read_parquet([" + files + "], union_by_name = true)";
}

std::int64_t parts_rows(const Manifest& manifest, PartKind kind, const std::string& source) noexcept {
  std::int64_t rows = 0;
  for (const Part& part : manifest.parts) rows += is_of(part, kind, source) ? part.rows : 0;
  return rows;
}

Status remove_orphans(FileSystem& files, const std::string& state, const Manifest& manifest) {
  const std::string folder = join_path(state, "parts");
  if (!files.exists(folder)) return {};
  std::set<std::string> listed;
  for (const Part& part : manifest.parts) listed.insert(file_name(part.file));
  WEIR_TRY(const auto names, files.list(folder));
  for (const std::string& name : names) {
    if (!listed.contains(name)) WEIR_TRY_STATUS(files.remove(join_path(folder, name)));
  }
  return {};
}

}  // namespace weir::store
