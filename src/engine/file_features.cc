#include "engine/file_features.h"

#include <algorithm>
#include <array>
#include <utility>

#include "funnel/subjects.h"
#include "workspace/parse.h"
#include "workspace/touch.h"

namespace weir::engine {

namespace {

// What a file of events can answer: the others ask for directions, stages, entities or everybody's days.
constexpr std::array<std::string_view, 16> kFunctions{
    "count",    "sum",     "mean",     "min",        "max",     "last",      "distinct",  "since",
    "velocity", "cadence", "gap_mean", "gap_median", "gap_max", "gap_ratio", "gap_break", "own_rate"};

void refuse_others(const std::vector<workspace::FeatureDeclaration>& declared, bool has_amount,
                   workspace::Diagnostics& found) {
  for (const auto& feature : declared) {
    const bool is_known =
        std::find(kFunctions.begin(), kFunctions.end(), feature.function) != kFunctions.end();
    if (!is_known)
      found.error(feature.place, "'" + feature.function +
                                     "' needs a workspace, which knows more than a file of events "
                                     "(`weir init --from FILE` drafts one)");
    for (const auto& [of, place] : feature.of) {
      if (of == "amount" && !has_amount) found.error(place, "'amount' is a column here: say --amount COLUMN");
      if (feature.function == "distinct" && of != "type" && of != "day")
        found.error(place,
                    "'distinct: " + of + "' needs a workspace; over a file there are `type` and `day`");
    }
  }
}

Result<workspace::Definitions> read_declarations(const std::string& text,
                                                 const FileFeaturesQuestion& question,
                                                 const timeline::TimelineStore& store) {
  std::vector<std::string> types;
  types.reserve(store.type_count());
  for (std::size_t type = 0; type < store.type_count(); ++type)
    types.emplace_back(store.type(static_cast<std::uint16_t>(type)));
  auto parsed = workspace::parse_feature_section(text, question.declarations, types);
  workspace::Diagnostics found;
  found.add(std::move(parsed.diagnostics));
  refuse_others(parsed.definitions.features, !question.columns.amount.empty(), found);
  const auto mistakes = found.take();
  if (workspace::has_errors(mistakes)) {
    std::string all;
    for (const auto& mistake : mistakes) all += (all.empty() ? "" : "\n") + workspace::to_text(mistake);
    return fail(Errc::configuration, all);
  }
  return std::move(parsed.definitions);
}

}  // namespace

struct FileFeatures::Parts {
  CompiledWorkspace workspace;
  OpenTimelines timelines;
  FileRows file_rows;
  std::vector<funnel::SubjectHandles> subjects;
  std::optional<FeatureRows> rows;
};

FileFeatures::FileFeatures(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
FileFeatures::FileFeatures(FileFeatures&&) noexcept = default;
FileFeatures& FileFeatures::operator=(FileFeatures&&) noexcept = default;
FileFeatures::~FileFeatures() = default;

Result<FileFeatures> FileFeatures::open(const Environment& environment,
                                        const FileFeaturesQuestion& question) {
  const auto text = environment.files->read_file(question.declarations);
  if (!text.has_value())
    return fail(Errc::usage,
                "--declare: " + text.error().message + "; it takes a file with a `features:` list");
  auto parts = std::make_unique<Parts>();
  CompiledWorkspace& workspace = parts->workspace;
  // Types are known once the events are read; what counts as a touch has to be known before.
  workspace.touch_types = workspace::touch_types(
      workspace::parse_feature_section(*text, question.declarations, {}).definitions.touch);

  FileEventsQuestion asked;
  asked.files = question.files;
  asked.columns = question.columns;
  asked.all_types = true;
  asked.touch_types = workspace.touch_types;
  WEIR_TRY(auto events, read_file_events(*environment.files, asked));
  parts->file_rows = events.rows;
  parts->timelines.store = std::move(events.store);

  WEIR_TRY(auto definitions, read_declarations(*text, question, *parts->timelines.store));
  workspace.definitions = std::make_unique<workspace::Definitions>(std::move(definitions));
  workspace.definitions->funnels.emplace_back().subject = workspace::EntityKind::lead;
  CompiledFunnel& funnel = workspace.funnels.emplace_back();
  funnel.definition = &workspace.definitions->funnels.front();
  funnel.shape.subject = timeline::kLead;

  const timeline::TimelineStore& store = *parts->timelines.store;
  WEIR_TRY(auto plan, plan_features(workspace, parts->timelines, funnel));
  parts->subjects = funnel::gather_subjects(store, funnel::entity_links(store, funnel::AsOf{}),
                                            timeline::kLead, funnel::AsOf{});
  WEIR_TRY(auto rows,
           FeatureRows::open(environment, workspace, parts->timelines, parts->subjects, std::move(plan)));
  parts->rows.emplace(std::move(rows));
  return FileFeatures(std::move(parts));
}

const CompiledWorkspace& FileFeatures::workspace() const noexcept {
  return parts_->workspace;
}
const FeatureRows& FileFeatures::rows() const noexcept {
  return *parts_->rows;
}
const FileRows& FileFeatures::file_rows() const noexcept {
  return parts_->file_rows;
}

}  // namespace weir::engine
