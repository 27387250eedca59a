#include "engine/context_parts.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/hash.h"
#include "engine/evaluated_funnel.h"
#include "features/context_build.h"
#include "features/context_file.h"
#include "features/context_versions.h"
#include "funnel/subjects.h"
#include "store/control_store.h"
#include "store/derived_tables.h"
#include "store/model_registry.h"

namespace weir::engine {

using features::ContextTables;
using funnel::SubjectHandles;
using store::DerivedTable;

namespace {

constexpr const char* kKind = "context";
// Behind the name of tables whose subjects are those of a past as-of.
constexpr const char* kAsOf = " as of";
// So many of these, and of those that late events replaced.
constexpr std::size_t kMostPast = 4;
constexpr std::size_t kMostReplaced = 4;

// ---- what tables follow from

template <typename Number>
void append(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append_condition(std::string& text, const funnel::ConditionBit& condition) {
  text += std::to_string(condition.bit) + (condition.contact_scope ? " contact\n" : "\n");
}

void append_attribute(std::string& text, const timeline::TimelineStore& store,
                      const std::optional<features::CalendarAttribute>& attribute) {
  if (attribute)
    text += std::to_string(attribute->kind) + "." + std::string(store.attribute_name(attribute->name));
  text += "\n";
}

// Bits of conditions mean what the version of the workspace says; it knows the zone and the touches, too.
std::string definitions_version(const CompiledWorkspace& workspace, const features::FeatureInput& input,
                                bool with_alive) {
  std::string text = std::string(features::kContextMethod) + "\n" + workspace.version + "\n" +
                     (with_alive ? "alive\n" : "\n") + std::to_string(input.funnel->subject) + "\n";
  for (const funnel::StageShape& stage : input.funnel->stages) {
    append_condition(text, stage.enter);
    append_condition(text, stage.exit);
    text += (stage.valid_from ? std::to_string(micros_of(*stage.valid_from)) : "") + "\n";
  }
  append_condition(text, input.funnel->won);
  append_condition(text, input.funnel->lost);
  text += (input.funnel->silent_for ? std::to_string(input.funnel->silent_for->count()) : "") + "\n";
  append_attribute(text, *input.store, input.meanings->calendar_region);
  append_attribute(text, *input.store, input.meanings->calendar_industry);
  return version_of(text);
}

// Handles are numbers of the timelines that the key names beside this.
std::string subjects_hash(std::span<const SubjectHandles> subjects) {
  std::string bytes;
  const auto append_runs = [&](const std::vector<funnel::Run>& runs) {
    append(bytes, static_cast<std::uint32_t>(runs.size()));
    for (const funnel::Run& run : runs) {
      append(bytes, run.handle);
      append(bytes, run.known_from);
      append(bytes, run.known_until);
    }
  };
  StreamHash hash;
  for (const SubjectHandles& subject : subjects) {
    append(bytes, subject.handle);
    for (const auto* runs : {&subject.own, &subject.via_contact, &subject.via_account}) append_runs(*runs);
    if (bytes.size() < std::size_t{1} << 16U) continue;
    hash.add(bytes);
    bytes.clear();
  }
  hash.add(bytes);
  return hash.finish_hex();
}

// ---- subjects of an as-of among those of everything known

std::vector<funnel::Run> runs_before(const std::vector<funnel::Run>& runs, std::int64_t as_of) {
  std::vector<funnel::Run> seen;
  for (const funnel::Run& run : runs) {
    if (run.known_from < as_of)
      seen.push_back({run.handle, run.known_from, run.known_until > as_of ? INT64_MAX : run.known_until});
  }
  return seen;
}

bool same_runs(const std::vector<funnel::Run>& left, const std::vector<funnel::Run>& right,
               std::int64_t as_of) {
  const auto is_same = [](const funnel::Run& a, const funnel::Run& b) {
    return a.handle == b.handle && a.known_from == b.known_from && a.known_until == b.known_until;
  };
  const auto seen_left = runs_before(left, as_of);
  const auto seen_right = runs_before(right, as_of);
  return std::equal(seen_left.begin(), seen_left.end(), seen_right.begin(), seen_right.end(), is_same);
}

// Whether days that were over by the as-of cannot tell the two apart: nobody was merged later, and nothing
// that was known of anybody was taken back later.
bool agree_until(std::span<const SubjectHandles> left, std::span<const SubjectHandles> right,
                 std::int64_t as_of) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](const SubjectHandles& a, const SubjectHandles& b) {
                      return a.handle == b.handle && same_runs(a.own, b.own, as_of) &&
                             same_runs(a.via_contact, b.via_contact, as_of) &&
                             same_runs(a.via_account, b.via_account, as_of);
                    });
}

// ---- comparing

bool has_version(const ContextTables& tables, std::string_view version) {
  return std::any_of(tables.day_versions.begin(), tables.day_versions.end(),
                     [&](std::uint64_t day) { return features::version_text(day) == version; });
}

// The first day up to `last` that the two have different versions of.
std::optional<std::int32_t> first_difference(const ContextTables& before, const ContextTables& now,
                                             std::int32_t last) {
  for (std::int32_t day = std::min(before.first_day, now.first_day); day <= last; ++day) {
    if (before.version_at(day) != now.version_at(day)) return day;
  }
  return std::nullopt;
}

class ContextParts {
 public:
  ContextParts(const Environment& environment, const CompiledWorkspace& workspace,
               const OpenTimelines& timelines, const CompiledFunnel& funnel,
               const features::FeatureInput& input, const ContextQuestion& question)
      : environment_(environment),
        files_(*environment.files),
        state_(environment.state_dir()),
        workspace_(workspace),
        timelines_(timelines),
        question_(question),
        input_(input),
        funnel_name_(funnel.definition->name),
        base_(funnel_name_ + (question.with_alive ? " alive" : "")),
        name_(base_) {}

  Result<OpenContext> run() {
    auto listed = store::read_derived(files_, state_);
    if (listed.has_value()) {
      listed_ = *std::move(listed);
      std::erase_if(listed_, [](const DerivedTable& table) { return table.kind != kKind; });
    } else {
      answer_.notes.push_back(file_name(listed.error().place.file) + ": " + listed.error().message +
                              "; what it listed is computed again");
    }
    if (!question_.version.empty()) return read_version();
    definitions_ = definitions_version(workspace_, input_, question_.with_alive);
    data_ = store::content_version(timelines_.manifest);
    if (read(key_of(input_.subjects))) return std::move(answer_);
    std::vector<SubjectHandles> all;
    if (question_.as_of && is_part_of_all(all)) {
      input_.subjects = all;
      if (read(key_of(all))) return std::move(answer_);
    }
    answer_.tables = features::build_context(input_, question_.with_alive);
    keep();
    return std::move(answer_);
  }

 private:
  [[nodiscard]] std::string key_of(std::span<const SubjectHandles> subjects) const {
    return blake2b_hex(definitions_ + "\n" + data_ + "\n" + subjects_hash(subjects)).substr(0, 24);
  }

  // Tables of the subjects of now serve a past as-of, too, unless these were others then.
  bool is_part_of_all(std::vector<SubjectHandles>& all) {
    const funnel::AsOf everything;
    all = funnel::gather_subjects(*input_.store, funnel::entity_links(*input_.store, everything),
                                  input_.funnel->subject, everything);
    if (agree_until(input_.subjects, all, *question_.as_of)) return true;
    name_ = base_ + kAsOf;
    return false;
  }

  [[nodiscard]] Result<features::ContextFile> read_file(const DerivedTable& table) {
    WEIR_TRY(const auto mapped, files_.map(join_path(state_, table.file)));
    WEIR_TRY(auto file, features::read_context_bytes(mapped->bytes(), table.file));
    if (file.key != table.key || mapped->bytes().size() != table.bytes)
      return fail(Errc::damaged, "is another file than the one that was listed", Place{table.file});
    return file;
  }

  bool read(const std::string& key) {
    const auto at = std::find_if(listed_.begin(), listed_.end(),
                                 [&](const DerivedTable& table) { return table.key == key; });
    key_ = key;
    if (at == listed_.end()) return false;
    auto file = read_file(*at);
    if (!file.has_value()) {
      // Not found: a process with other definitions or newer data removed it just now.
      if (file.error().code == Errc::damaged)
        answer_.notes.push_back(at->file + " " + file.error().message + "; it is computed again");
      return false;
    }
    answer_.tables = features::attach(std::move(file->context), *input_.store);
    forget_missing();
    return true;
  }

  // What somebody removed can be another data's or a model's: nothing makes it again, so it is not missed.
  void forget_missing() {
    const auto is_there = [&](const DerivedTable& table) {
      return files_.exists(join_path(state_, table.file));
    };
    if (std::all_of(listed_.begin(), listed_.end(), is_there)) return;
    static_cast<void>(store::drop_derived(files_, state_, kKind, is_there).has_value());
  }

  Result<OpenContext> read_version() {
    std::string known;
    for (auto at = listed_.rbegin(); at != listed_.rend(); ++at) {
      if (!is_same(*at)) continue;
      auto file = read_file(*at);
      if (!file.has_value()) {
        if (file.error().code == Errc::damaged)
          answer_.notes.push_back(at->file + " " + file.error().message);
        continue;
      }
      const ContextTables& tables = file->context.tables;
      if (!has_version(tables, question_.version)) continue;
      // Of days that add nothing the last one.
      for (std::int32_t day = tables.first_day; day <= tables.last_day; ++day) {
        if (tables.version_at(day) == question_.version) answer_.until = day;
      }
      answer_.tables = features::attach(std::move(file->context), *input_.store);
      return std::move(answer_);
    }
    return fail(Errc::usage, "no context tables of version '" + question_.version +
                                 "' are kept for the funnel " + funnel_name_ +
                                 "; kept are those of now, and those that models or late events still need");
  }

  // Context versions that models were trained with.
  [[nodiscard]] std::set<std::string> versions_of_models() const {
    std::set<std::string> versions;
    const auto control =
        store::ControlStore::open(files_, *environment_.clock, state_, store::StoreAccess::read);
    if (!control.has_value()) return versions;
    store::ModelRegistry registry(**control);
    const auto models = registry.models();
    if (!models.has_value()) return versions;
    for (const auto& model : *models) {
      const auto card = nlohmann::json::parse(model.card, nullptr, false);
      if (card.is_object() && card.contains("context_version") && card["context_version"].is_string())
        versions.insert(card["context_version"].get<std::string>());
    }
    return versions;
  }

  // The day before a declared as-of; else the newest day of the data may still be going on.
  [[nodiscard]] std::int32_t closed_day() const {
    const auto as_of = resolve_as_of(workspace_, timelines_, {});
    if (!as_of.has_value()) return answer_.tables.first_day - 1;
    const std::int32_t day = workspace_.zone.day_of(micros_of(as_of->as_of)).days - 1;
    return workspace_.definitions->as_of.empty() ? day - 1 : day;
  }

  // Of this funnel and these features; those of past as-ofs are told apart from those of all subjects.
  [[nodiscard]] bool is_same(const DerivedTable& table) const {
    return table.name == base_ || table.name == base_ + kAsOf;
  }

  // Decides, newest first, which of the kept tables stay beside the new ones; the others' keys.
  std::set<std::string> unwanted() {
    std::set<std::string> gone;
    const auto models = versions_of_models();
    std::vector<ContextTables> kept;  // older ones are needed for what these do not have
    kept.push_back(answer_.tables);
    std::size_t past = 0;
    std::size_t replaced = 0;
    // What is computed again, because it was damaged, was told of before.
    bool is_latest = std::none_of(listed_.begin(), listed_.end(),
                                  [&](const DerivedTable& table) { return table.key == key_; });
    for (auto at = listed_.rbegin(); at != listed_.rend(); ++at) {
      if (!is_same(*at) && is_of_workspace(at->name)) continue;  // until it is computed anew itself
      const auto file = read_file(*at);
      if (!file.has_value()) {
        gone.insert(at->key);
        continue;
      }
      const ContextTables& tables = file->context.tables;
      bool stays = std::any_of(models.begin(), models.end(), [&](const std::string& version) {
        return has_version(tables, version) && std::none_of(kept.begin(), kept.end(), [&](const auto& newer) {
                 return has_version(newer, version);
               });
      });
      if (is_same(*at) && at->definitions == definitions_) {
        const bool of_all = at->name == base_;
        if (at->data == data_) {
          stays = stays || of_all || ++past < kMostPast;
        } else if (of_all && name_ == base_) {
          // The newest day was asked for, too, though nobody held it complete.
          const auto changed = first_difference(tables, answer_.tables, at->closed_day + 1);
          if (changed && is_latest && *changed <= at->closed_day) note_change(*changed, *at, tables);
          is_latest = false;
          stays = stays || (changed && ++replaced <= kMostReplaced);
        } else if (of_all) {
          continue;  // until tables of all subjects are computed anew
        }
      }
      if (stays) {
        kept.push_back(tables);
      } else {
        gone.insert(at->key);
      }
    }
    return gone;
  }

  void note_change(std::int32_t day, const DerivedTable& table, const ContextTables& before) {
    answer_.notes.push_back("context of " + to_text(Date{day}) +
                            " and later is another one since it was computed "
                            "last: events came in late that say they were known then; version " +
                            before.version_at(table.closed_day) + " of " + to_text(Date{table.closed_day}) +
                            " is kept in " + table.file);
  }

  [[nodiscard]] bool is_of_workspace(const std::string& name) const {
    return std::any_of(
        workspace_.funnels.begin(), workspace_.funnels.end(), [&](const CompiledFunnel& funnel) {
          return name == funnel.definition->name || name.starts_with(funnel.definition->name + " ");
        });
  }

  // The answer stands also where nothing can be kept: read-only, a full disk, somebody else keeping
  // something.
  void keep() {
    DerivedTable table;
    table.kind = kKind;
    table.name = name_;
    table.key = key_;
    table.definitions = definitions_;
    table.data = data_;
    table.closed_day = closed_day();
    table.version = answer_.tables.version_at(table.closed_day);
    const auto gone = unwanted();
    const std::string bytes = features::context_bytes(features::detach(answer_.tables, *input_.store), key_);
    static_cast<void>(store::keep_derived(files_, state_, std::move(table), bytes, [&](const auto& other) {
                        return !gone.contains(other.key);
                      }).has_value());
  }

  const Environment& environment_;
  FileSystem& files_;
  std::string state_;
  const CompiledWorkspace& workspace_;
  const OpenTimelines& timelines_;
  const ContextQuestion& question_;
  features::FeatureInput input_;
  std::string funnel_name_, base_, name_, definitions_, data_, key_;
  std::vector<DerivedTable> listed_;
  OpenContext answer_;
};

}  // namespace

Result<OpenContext> open_context(const Environment& environment, const CompiledWorkspace& workspace,
                                 const OpenTimelines& timelines, const CompiledFunnel& funnel,
                                 const features::FeatureInput& input, const ContextQuestion& question) {
  return ContextParts(environment, workspace, timelines, funnel, input, question).run();
}

}  // namespace weir::engine
