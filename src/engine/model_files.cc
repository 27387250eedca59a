#include "engine/model_files.h"

#include "base/hash.h"
#include "base/json.h"
#include "engine/model_plots.h"

namespace weir::engine {
namespace {

constexpr const char* kFolder = "models";

std::string file_of(const std::string& version) {
  return std::string(kFolder) + "/" + version + ".json";
}

}  // namespace

std::string card_json(const risk::Model& model, std::string_view drift) {
  JsonWriter out(0);
  out.begin_object()
      .field("name", model.name)
      .field("chosen", model.ensemble ? model.chosen : std::string("stage rate"));
  out.field("evidence", risk::to_text(model.evidence.level)).field("as_of", rfc3339(model.as_of));
  out.field("from", rfc3339(model.landmarks_from)).field("until", rfc3339(model.landmarks_until));
  out.field("rows", static_cast<std::int64_t>(model.rows))
      .field("outcomes", static_cast<std::int64_t>(model.events));
  out.field("subjects", static_cast<std::int64_t>(model.subjects))
      .field("feature_version", model.feature_version);
  out.field("context_version", model.context_version).field("funnel_version", model.funnel_version);
  out.field("seed", static_cast<std::int64_t>(model.seed));
  out.key("holdout").begin_object().field("rows", static_cast<std::int64_t>(model.evaluation.holdout_rows));
  out.field("outcomes", static_cast<std::int64_t>(model.evaluation.holdout_events))
      .key("rankings")
      .begin_array();
  for (const auto& quality : model.evaluation.rankings) risk::write_quality(out, quality);
  out.end_array().end_object().key("left_out").begin_array();
  for (const auto& column : model.left_out) out.value(column.name);
  out.end_array();
  if (!drift.empty()) out.key("drift").raw(drift);
  return out.end_object().text();
}

Result<store::RegisteredModel> keep_model(const Environment& environment, store::ControlStore& control,
                                          const risk::Model& model) {
  const std::string content = risk::to_json(model);
  store::RegisteredModel entry;
  entry.version = weir::version_of(content);
  entry.name = model.name;
  entry.trained_at = environment.clock->now_micros();
  entry.file = file_of(entry.version);
  entry.file_hash = blake2b_hex(content);
  entry.card = card_json(model);
  store::ModelRegistry registry(control);
  WEIR_TRY(const auto known, registry.models(model.name));
  for (const auto& other : known) {
    if (other.version == entry.version) return other;
  }
  FileSystem& files = *environment.files;
  WEIR_TRY_STATUS(files.make_directories(join_path(environment.state_dir(), kFolder)));
  WEIR_TRY_STATUS(files.write_durably(join_path(environment.state_dir(), entry.file), content));
  for (const auto& [name, svg] : model_plots(model)) {
    WEIR_TRY_STATUS(files.write_durably(
        join_path(environment.state_dir(), std::string(kFolder) + "/" + entry.version + "." + name + ".svg"),
        svg));
  }
  WEIR_TRY(const bool added, registry.add(entry));
  static_cast<void>(added);
  return entry;
}

Result<KeptModel> read_model(const Environment& environment, store::ModelRegistry& registry,
                             const std::string& version) {
  KeptModel kept;
  WEIR_TRY(kept.entry, registry.find(version));
  WEIR_TRY(const std::string content,
           environment.files->read_file(join_path(environment.state_dir(), kept.entry.file)));
  if (blake2b_hex(content) != kept.entry.file_hash) {
    return fail(Errc::damaged,
                kept.entry.file +
                    " does not have the bytes it was written with; train again or restore it from a backup");
  }
  WEIR_TRY(kept.model, risk::model_from_json(content));
  return kept;
}

Result<std::optional<KeptModel>> read_champion(const Environment& environment, const std::string& name) {
  const auto control = store::ControlStore::open(*environment.files, *environment.clock,
                                                 environment.state_dir(), store::StoreAccess::read);
  if (!control.has_value()) {
    if (control.error().code == Errc::not_found) return std::optional<KeptModel>{};
    return fail(control.error());
  }
  store::ModelRegistry registry(**control);
  WEIR_TRY(const auto champion, registry.champion(name));
  if (!champion) return std::optional<KeptModel>{};
  WEIR_TRY(KeptModel kept, read_model(environment, registry, champion->version));
  return std::optional<KeptModel>(std::move(kept));
}

}  // namespace weir::engine
