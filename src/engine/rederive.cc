#include "engine/rederive.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "contract/odcs.h"
#include "engine/writing_state.h"
#include "ingest/delivery_time.h"
#include "ingest/kept_records.h"
#include "ingest/source_run.h"

namespace weir::engine {

using ingest::KeptRecord;
using store::ValueType;

namespace {

using Json = nlohmann::json;

constexpr std::size_t kRecordsAtOnce = 8'192;

// Reads the stored records of one source as normalised JSON objects, delivery by delivery.
class StoredRecords {
 public:
  StoredRecords(const Environment& environment, const std::string& source, const store::Manifest& manifest,
                const std::set<std::string>& personal, store::Vault* vault)
      : table_(store::parts_table(manifest, environment.state_dir(), store::PartKind::records, source)),
        personal_(personal),
        vault_(vault) {}

  Status open(FileSystem& files, const std::string& state) {
    if (table_.empty()) return {};
    WEIR_TRY(engine_, open_engine(files, state));
    WEIR_TRY(const auto columns, engine_->describe("SELECT * FROM " + table_));
    for (const auto& column : columns) {
      if (column.name.rfind("weir_", 0) != 0 && !personal_.contains(column.name)) shared_.push_back(column);
    }
    return {};
  }

  [[nodiscard]] bool holds(const std::string& column) const {
    return personal_.contains(column) || std::any_of(shared_.begin(), shared_.end(),
                                                     [&](const auto& known) { return known.name == column; });
  }

  Status visit(std::int64_t delivery, const std::function<Status(const std::vector<KeptRecord>&)>& take) {
    if (table_.empty()) return {};
    std::string sql = "SELECT weir_row, weir_record, weir_content";
    for (const auto& column : shared_) sql += ", " + store::sql_name(column.name);
    sql += " FROM " + table_ + " WHERE weir_delivery = " + std::to_string(delivery) + " ORDER BY weir_row";
    std::vector<KeptRecord> block;
    WEIR_TRY_STATUS(engine_->query(sql, [&](const store::QueryChunk& chunk) -> Status {
      for (std::size_t row = 0; row < chunk.row_count(); ++row) {
        WEIR_TRY(std::string text, record_text(chunk, row));
        block.push_back({chunk.integer(0, row), 0, std::move(text)});
      }
      if (block.size() < kRecordsAtOnce) return {};
      WEIR_TRY_STATUS(take(block));
      block.clear();
      return {};
    }));
    return block.empty() ? Status{} : take(block);
  }

 private:
  [[nodiscard]] Result<std::string> record_text(const store::QueryChunk& chunk, std::size_t row) {
    JsonWriter out(0);
    out.begin_object();
    for (std::size_t i = 0; i < shared_.size(); ++i) {
      if (!chunk.is_null(i + 3, row)) out.field(shared_[i].name, text_of(chunk, i + 3, row, shared_[i].type));
    }
    if (vault_ != nullptr) {
      const auto [record_high, record_low] = chunk.uuid(1, row);
      const auto [content_high, content_low] = chunk.uuid(2, row);
      WEIR_TRY(const auto sealed,
               vault_->get(RecordId{record_high, record_low}, ContentHash{content_high, content_low}));
      if (sealed.state == store::VaultState::present) WEIR_TRY_STATUS(add_sealed(sealed.text, out));
    }
    return out.end_object().text();
  }

  // JSON values become JSON again, so that a json column finds what was sent.
  static Status add_sealed(const std::string& text, JsonWriter& out) {
    const Json fields = Json::parse(text, nullptr, false);
    if (!fields.is_object())
      return fail(Errc::damaged, "a value in the vault is not the JSON object it was written as");
    for (const auto& [name, value] : fields.items()) {
      const std::string plain = value.is_string() ? value.get<std::string>() : value.dump();
      const bool structured =
          !plain.empty() && (plain.front() == '{' || plain.front() == '[') && Json::accept(plain);
      out.key(name);
      if (structured) {
        out.raw(plain);
      } else {
        out.value(plain);
      }
    }
    return {};
  }

  static std::string text_of(const store::QueryChunk& chunk, std::size_t column, std::size_t row,
                             ValueType type) {
    switch (type) {
      case ValueType::boolean:
        return chunk.integer(column, row) != 0 ? "true" : "false";
      case ValueType::integer:
        return std::to_string(chunk.integer(column, row));
      case ValueType::number:
        return json_number(chunk.number(column, row));
      case ValueType::date:
        return weir::to_text(Date{static_cast<std::int32_t>(chunk.integer(column, row))});
      case ValueType::timestamp:
        return rfc3339(chunk.integer(column, row));
      default:
        return std::string(chunk.text(column, row));
    }
  }

  std::string table_;
  const std::set<std::string>& personal_;
  store::Vault* vault_;
  std::unique_ptr<store::QueryEngine> engine_;
  std::vector<store::ResultColumn> shared_;
};

// Path by hash, of those files that may be one of the deliveries.
Result<std::map<std::string, std::string>> files_by_hash(FileSystem& files,
                                                         const std::vector<std::string>& paths,
                                                         const store::Manifest& manifest) {
  std::set<std::uint64_t> sizes;
  for (const auto& delivery : manifest.deliveries) sizes.insert(delivery.bytes);
  std::map<std::string, std::string> found;
  for (const std::string& path : paths) {
    WEIR_TRY(const std::uint64_t bytes, files.size_of(path));
    if (!sizes.contains(bytes)) continue;
    WEIR_TRY(const auto digest, store::digest_file(files, path));
    found.emplace(digest.hash, path);
  }
  return found;
}

// One delivery per file and time: a file that was taken in under two contracts came once.
std::vector<store::Delivery> distinct_deliveries(const std::string& source, const store::Manifest& manifest) {
  std::vector<store::Delivery> distinct;
  for (const auto& delivery : manifest.deliveries) {
    if (delivery.source != source) continue;
    const auto same = std::find_if(distinct.begin(), distinct.end(), [&](const store::Delivery& other) {
      return other.hash == delivery.hash && other.taken_at == delivery.taken_at;
    });
    if (same == distinct.end()) distinct.push_back(delivery);
  }
  return distinct;
}

Status refuse_missing(const ingest::SourcePlan& plan, const StoredRecords& stored,
                      const store::Delivery& delivery, std::vector<std::string>& notes) {
  for (const auto& field : plan.contract.fields) {
    if (stored.holds(field.name)) continue;
    const std::string what = "the column '" + field.name + "' of '" + plan.source->name + "' is new, and " +
                             delivery.name +
                             ", from which it could be read, is not where `read:` looks any more";
    if (field.required) return fail(Errc::state, what + "; put the file back, or do not require the column");
    notes.push_back(what + ": it stays empty there unless the file is put back first");
  }
  return {};
}

}  // namespace

bool is_stale(const ingest::SourcePlan& plan, const store::Manifest& manifest) {
  return std::any_of(
      manifest.deliveries.begin(), manifest.deliveries.end(), [&](const store::Delivery& delivery) {
        return delivery.source == plan.source->name && (delivery.contract_version != plan.contract_version ||
                                                        delivery.mapping_version != plan.mapping_version);
      });
}

Result<std::set<std::string>> personal_columns_before(const Environment& environment,
                                                      const std::string& source) {
  std::set<std::string> columns;
  const auto add = [&](const contract::Contract& contract) {
    for (const auto& field : contract.fields) {
      if (field.personal != contract::PersonalClass::none || field.type == contract::ColumnType::json)
        columns.insert(field.name);
    }
  };
  WEIR_TRY(const auto control, store::ControlStore::open(*environment.files, *environment.clock,
                                                         environment.state_dir(), store::StoreAccess::read));
  WEIR_TRY(const auto applied, control->applied_definitions());
  for (const auto& definition : applied) {
    if (definition.kind != "contract" || definition.name != source) continue;
    const Json form = Json::parse(definition.normal_form, nullptr, false);
    if (!form.is_object() || !form.contains("fields"))
      return fail(Errc::damaged, "the applied contract of '" + source + "' cannot be read");
    for (const auto& field : form.at("fields")) {
      const bool personal = field.contains("personal") && field.at("personal") != "none";
      const bool is_json = field.contains("type") && field.at("type") == "json";
      if (personal || is_json) columns.insert(field.value("name", ""));
    }
    return columns;
  }
  const std::string kept = kept_contract_path(environment, source);
  if (!environment.files->exists(kept)) return columns;
  WEIR_TRY(const auto contract, contract::load_odcs(*environment.files, kept, source));
  add(contract);
  return columns;
}

Result<Rederived> rederive_source(ingest::IngestEnvironment& within, const Environment& environment,
                                  const ingest::SourcePlan& plan, const std::vector<std::string>& paths,
                                  const store::Manifest& manifest,
                                  const std::set<std::string>& personal_before, store::Vault* vault,
                                  ingest::RecordSink& sink) {
  Rederived result;
  std::vector<Error> errors;
  ingest::Mapping mapping =
      ingest::Mapping::compile(*plan.source, plan.contract, within.binder, within.context, errors);
  if (!errors.empty()) return fail(errors.front());
  ingest::SourceRun run(within, plan, sink, mapping);
  WEIR_TRY_STATUS(run.open(store::Manifest{}));  // nothing is known: everything is drawn anew
  WEIR_TRY(const auto original, files_by_hash(within.files, paths, manifest));
  StoredRecords stored(environment, plan.source->name, manifest, personal_before, vault);
  WEIR_TRY_STATUS(stored.open(within.files, within.state));
  for (const store::Delivery& before : distinct_deliveries(plan.source->name, manifest)) {
    if (const auto path = original.find(before.hash); path != original.end()) {
      ingest::InputFile file{path->second, before.taken_at};
      if (!plan.source->snapshot_file_name.empty()) {
        WEIR_TRY(file.taken_at,
                 ingest::delivery_time(plan.source->snapshot_file_name, path->second, within.context.zone));
      }
      WEIR_TRY_STATUS(
          run.take_file(file, {before.hash, before.bytes}, before.id, [](std::uint64_t, std::int64_t) {}));
      result.read_again.insert(before.hash);
      continue;
    }
    WEIR_TRY_STATUS(refuse_missing(plan, stored, before, result.notes));
    store::Delivery delivery = before;
    delivery.contract_version = plan.contract_version;
    delivery.mapping_version = plan.mapping_version;
    delivery.rows = delivery.accepted = 0;
    WEIR_TRY_STATUS(stored.visit(before.id, [&](const std::vector<KeptRecord>& records) -> Status {
      WEIR_TRY(const auto again, ingest::read_again(within.engine, plan.contract, plan.read,
                                                    ingest::KeptForm::normalised, {}, records));
      WEIR_TRY_STATUS(run.take_block(contract::RecordBatch{}, again.rejected, delivery));
      for (const auto& batch : again.batches) WEIR_TRY_STATUS(run.take_block(batch, {}, delivery));
      return {};
    }));
    delivery.rows = delivery.accepted + delivery.rejected + delivery.repeated;
    result.deliveries.push_back(std::move(delivery));
  }
  WEIR_TRY_STATUS(run.close());
  auto& outcome = run.outcome();
  result.parts = std::move(outcome.parts);
  result.deliveries.insert(result.deliveries.end(), outcome.deliveries.begin(), outcome.deliveries.end());
  std::sort(result.deliveries.begin(), result.deliveries.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  result.notes.insert(result.notes.end(), outcome.notes.begin(), outcome.notes.end());
  return result;
}

}  // namespace weir::engine
