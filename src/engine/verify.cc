#include "engine/verify.h"

#include <map>
#include <set>

#include "base/hash.h"
#include "engine/part_slices.h"
#include "features/context_file.h"
#include "store/control_store.h"
#include "store/derived_tables.h"
#include "store/manifest.h"
#include "store/part_writer.h"
#include "store/quarantine.h"
#include "store/vault.h"
#include "store/workspace_key.h"
#include "timeline/timeline_store.h"

namespace weir::engine {

using store::PartKind;

namespace {

class Verifier {
 public:
  explicit Verifier(const Environment& environment)
      : environment_(environment), files_(*environment.files), state_(environment.state_dir()) {}

  Result<VerifyReport> run() {
    const auto manifest = store::read_manifest(files_, state_);
    if (!manifest.has_value()) {
      problem("manifest.json", manifest.error().message);
      return report_;
    }
    WEIR_TRY(engine_, store::QueryEngine::open({}));
    report_.deliveries = static_cast<std::int64_t>(manifest->deliveries.size());
    for (const auto& part : manifest->parts) WEIR_TRY_STATUS(verify_part(part));
    if (report_.problems.empty()) WEIR_TRY_STATUS(verify_relations(*manifest));
    WEIR_TRY_STATUS(verify_control(*manifest));
    WEIR_TRY_STATUS(verify_timelines());
    verify_derived();
    return report_;
  }

 private:
  void problem(std::string file, std::string what) {
    report_.problems.push_back({std::move(file), std::move(what)});
  }

  Result<std::int64_t> count(const std::string& sql) {
    std::int64_t value = 0;
    WEIR_TRY_STATUS(engine_->query(sql, [&](const store::QueryChunk& chunk) -> Status {
      if (chunk.row_count() > 0) value = chunk.integer(0, 0);
      return {};
    }));
    return value;
  }

  Status verify_part(const store::Part& part) {
    ++report_.parts;
    const std::string path = join_path(state_, part.file);
    if (!files_.exists(path)) {
      problem(part.file, "the manifest lists it, but it is not there");
      return {};
    }
    const auto digest = store::digest_file(files_, path);
    if (!digest.has_value()) {
      problem(part.file, digest.error().message);
    } else if (digest->bytes != part.bytes) {
      problem(part.file,
              "has " + std::to_string(digest->bytes) + " bytes instead of " + std::to_string(part.bytes));
    } else if (digest->hash != part.hash) {
      problem(part.file, "does not have the bytes it was written with");
    } else {
      const auto rows = count("SELECT count(*) FROM read_parquet(" + store::sql_quote(path) + ")");
      if (!rows.has_value()) {
        problem(part.file, rows.error().message);
      } else if (*rows != part.rows) {
        problem(part.file, "has " + std::to_string(*rows) + " rows instead of " + std::to_string(part.rows));
      }
    }
    (part.kind == PartKind::records  ? report_.records
     : part.kind == PartKind::events ? report_.events
                                     : report_.entities) += part.rows;
    return {};
  }

  // Deliveries account for every stored record, and nothing was drawn from a record that is not there.
  Status verify_relations(const store::Manifest& manifest) {
    std::map<std::string, std::int64_t> accepted;
    std::set<std::string> sources;
    for (const auto& delivery : manifest.deliveries) {
      accepted[delivery.source] += delivery.accepted;
      if (delivery.rows != delivery.accepted + delivery.rejected + delivery.repeated) {
        problem("manifest.json", "the counts of the delivery " + delivery.name + " do not add up");
      }
    }
    for (const auto& part : manifest.parts) sources.insert(part.source);
    for (const auto& [source, count_of_records] : accepted) {
      const std::int64_t stored = store::parts_rows(manifest, PartKind::records, source);
      if (stored == count_of_records) continue;
      problem("manifest.json", "the deliveries of '" + source + "' brought " +
                                   std::to_string(count_of_records) + " records, but its parts hold " +
                                   std::to_string(stored));
    }
    for (const auto& source : sources) {
      for (const PartKind kind : {PartKind::events, PartKind::entities})
        WEIR_TRY_STATUS(verify_drawn(manifest, source, kind));
    }
    return {};
  }

  Status verify_drawn(const store::Manifest& manifest, const std::string& source, PartKind kind) {
    const std::string drawn = store::parts_table(manifest, state_, kind, source);
    const std::string records = store::parts_table(manifest, state_, PartKind::records, source);
    if (drawn.empty()) return {};
    const std::int64_t slices = slice_count(manifest, source);
    std::int64_t strays = 0;
    for (std::int64_t slice = 0; slice < slices; ++slice) {
      std::string sql = "SELECT count(*) FROM " + drawn + " WHERE " + in_slice("record", slice, slices);
      if (!records.empty()) {
        sql += " AND record NOT IN (SELECT weir_record FROM " + records + " WHERE " +
               in_slice("weir_record", slice, slices) + ")";
      }
      WEIR_TRY(const std::int64_t found, count(sql));
      strays += found;
    }
    if (strays > 0) {
      problem("parts", std::to_string(strays) + " " + to_text(kind) + " of '" + source +
                           "' come from records that are not there");
    }
    return {};
  }

  Status verify_control(const store::Manifest& manifest) {
    auto control = store::ControlStore::open(files_, *environment_.clock, state_, store::StoreAccess::read);
    if (!control.has_value()) {
      if (control.error().code != Errc::not_found || manifest.generation > 0)
        problem("control.db", control.error().message);
      return {};
    }
    const auto found = (*control)->integrity_check();
    if (!found.has_value()) {
      problem("control.db", found.error().message);
      return {};
    }
    for (const auto& text : *found) problem("control.db", text);
    if (manifest.generation == 0 || !found->empty()) return {};
    const auto key = store::WorkspaceKey::open(files_, state_, environment_.key, manifest.key_fingerprint);
    if (!key.has_value()) {
      problem("key", key.error().message);
      return {};
    }
    store::Vault vault(**control, key->vault_key());
    const auto values = vault.verify();
    if (values.has_value()) {
      report_.vault_values = values->values;
      for (const auto& text : values->problems) problem("control.db", "vault: " + text);
    } else {
      problem("control.db", "vault: " + values.error().message);
    }
    store::Quarantine quarantine(**control, key->quarantine_key());
    const auto payloads = quarantine.verify();
    if (!payloads.has_value()) {
      problem("control.db", "quarantine: " + payloads.error().message);
      return {};
    }
    for (const auto& text : *payloads) problem("control.db", "quarantine: " + text);
    return {};
  }

  // Derived: a damaged one is built again, but it says that the disk is not what it was.
  Status verify_timelines() {
    const std::string folder = join_path(state_, "timelines");
    if (!files_.exists(folder)) return {};
    WEIR_TRY(const auto names, files_.list(folder));
    for (const auto& name : names) {
      if (!name.ends_with(".timelines"))
        continue;  // being written, or left by a reader that could not finish
      const auto opened = timeline::TimelineStore::open(files_, join_path(folder, name));
      if (!opened.has_value()) problem("timelines/" + name, opened.error().message);
    }
    return {};
  }

  // Likewise. Versions are the hash of what the tables say: a file that has other ones was not written by the
  // method it names.
  void verify_derived() {
    const auto tables = store::read_derived(files_, state_);
    if (!tables.has_value()) {
      problem("derived.json", tables.error().message + "; what it listed will be computed again");
      return;
    }
    for (const auto& table : *tables) {
      const std::string path = join_path(state_, table.file);
      if (!files_.exists(path)) {
        problem(table.file, "derived.json lists it, but it is not there");
        continue;
      }
      const auto bytes = files_.read_file(path);
      if (!bytes.has_value()) {
        problem(table.file, bytes.error().message);
      } else if (bytes->size() != table.bytes || blake2b_hex(*bytes) != table.hash) {
        problem(table.file,
                "does not have the bytes it was written with; it is derived: remove it, and the next answer "
                "computes what it needs again");
      } else if (table.kind == "context") {
        verify_context(table, *bytes);
      }
    }
  }

  void verify_context(const store::DerivedTable& table, const std::string& bytes) {
    ++report_.context_tables;
    const auto file = features::read_context_bytes(bytes, table.file);
    if (!file.has_value()) {
      problem(table.file, file.error().message);
    } else if (file->key != table.key ||
               features::day_versions(file->context) != file->context.tables.day_versions) {
      problem(table.file, "does not hold the tables that its versions name");
    }
  }

  const Environment& environment_;
  FileSystem& files_;
  std::string state_;
  std::unique_ptr<store::QueryEngine> engine_;
  VerifyReport report_;
};

}  // namespace

Result<VerifyReport> verify_state(const Environment& environment) {
  return Verifier(environment).run();
}

}  // namespace weir::engine
