#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "timeline/build.h"
#include "timeline/merge.h"
#include "timeline/parts_builder.h"
#include "timeline/record_revisions.h"
#include "timeline/repeated_records.h"

namespace weir::timeline {

using store::PartKind;

namespace {

constexpr std::string_view kErasures = "erasures ";

std::string line_of(const store::Part& part) {
  return "part " + part.source + "/" + to_text(part.kind) + "/" + part.hash;
}

// Sorted.
std::vector<std::string> origin_lines(const store::Manifest& manifest, const BuildPlan& plan,
                                      std::int64_t erasures) {
  std::vector<std::string> lines;
  lines.reserve(manifest.parts.size() + plan.sources.size());
  for (const auto& part : manifest.parts) lines.push_back(line_of(part));
  for (const SourceShape& source : plan.sources) {
    if (!source.complete) continue;  // else what a delivery leaves out is taken back at its time
    std::string line = "deliveries " + source.name;
    for (const std::int64_t time : delivery_times(manifest, source.name)) line += " " + std::to_string(time);
    lines.push_back(std::move(line));
  }
  if (erasures > 0) lines.push_back(std::string(kErasures) + std::to_string(erasures));
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> lines_in(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

// Parts of before and since; empty when they are not all of the first and some more.
struct Since {
  store::Manifest before, added;
};
std::optional<Since> parts_since(const store::Manifest& manifest, const BuildPlan& plan,
                                 std::string_view origin) {
  const std::vector<std::string> before = lines_in(origin);
  const std::vector<std::string> now = origin_lines(manifest, plan, plan.erasures);
  if (!std::includes(now.begin(), now.end(), before.begin(), before.end())) return std::nullopt;
  Since since;
  for (const auto& part : manifest.parts) {
    const bool is_old = std::binary_search(before.begin(), before.end(), line_of(part));
    (is_old ? since.before : since.added).parts.push_back(part);
  }
  const bool only_parts = before.size() == since.before.parts.size() + (now.size() - manifest.parts.size());
  if (!only_parts || since.added.parts.empty()) return std::nullopt;
  return since;
}

// Whether what came leaves what became of the source's records before as it is: no record comes again, and
// times of deliveries go on as they began. `earliest`: of all.
Result<bool> leaves_others(store::QueryEngine& engine, const std::string& before, const std::string& added,
                           std::int64_t& earliest) {
  WEIR_TRY(earliest, earliest_revision(engine, before));
  WEIR_TRY(const std::int64_t later, earliest_revision(engine, added));
  if (later < earliest) return false;  // also when there was none before
  WEIR_TRY(const bool common, have_common_records(engine, added, before));
  return !common;
}

// Below this share of the base's rows adding is much cheaper than building.
constexpr std::size_t kMostAdded = 4;

// Removes what was only needed for a while.
class TemporaryFile {
 public:
  TemporaryFile(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile(TemporaryFile&&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    for (const std::string& path : {path_, path_ + ".tmp"}) {
      if (files_.exists(path)) static_cast<void>(files_.remove(path).has_value());
    }
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  FileSystem& files_;
  std::string path_;
};

}  // namespace

std::string origin_of(const store::Manifest& manifest, const BuildPlan& plan) {
  std::string text;
  for (const std::string& line : origin_lines(manifest, plan, plan.erasures)) text += line + "\n";
  return text;
}

bool is_fresh(const TimelineStore& store, const store::Manifest& manifest, const BuildPlan& plan) {
  std::vector<std::string> lines = lines_in(store.origin());
  std::erase_if(lines, [](const std::string& line) { return line.starts_with(kErasures); });
  return lines == origin_lines(manifest, plan, 0);
}

Result<bool> extend_timelines(FileSystem& files, const std::string& state, const store::Manifest& manifest,
                              const BuildPlan& plan, const std::string& base, const std::string& path) {
  WEIR_TRY(const auto before, TimelineStore::open(files, base, Reads::copy));
  const auto since = parts_since(manifest, plan, before->origin());
  if (!since) return false;
  const BuildParts old{manifest, since->before, state};
  BuildParts parts{manifest, since->added, state};
  if (parts.rows(PartKind::events, "") * kMostAdded > before->row_count()) return false;
  WEIR_TRY(auto engine, open_build_engine(state, plan));
  for (const SourceShape& source : plan.sources) {
    const std::string first = old.table(PartKind::records, source.name);
    const std::string later = parts.table(PartKind::records, source.name);
    if (first.empty() || later.empty()) continue;
    WEIR_TRY(const bool leaves, leaves_others(*engine, first, later, parts.earliest[source.name]));
    if (!leaves) return false;
  }
  const TemporaryFile file(files, path + ".added");
  PartsBuilder builder(files, parts, plan, path + ".rows.");
  WEIR_TRY_STATUS(builder.build(files, std::move(engine), file.path(), ""));
  if (!builder.stands_alone()) return false;
  WEIR_TRY(const auto added, TimelineStore::open(files, file.path(), Reads::copy));
  WEIR_TRY_STATUS(merge_timelines(files, *before, *added, origin_of(manifest, plan), path));
  return true;
}

}  // namespace weir::timeline
