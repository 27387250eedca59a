// From parts to a timeline file: all parts of a manifest, or those that came since. Private to the build.
#pragma once

#include <memory>
#include <string>

#include "base/file_system.h"
#include "base/result.h"
#include "store/query_engine.h"
#include "timeline/assembler.h"
#include "timeline/build.h"
#include "timeline/changed_records.h"
#include "timeline/event_emitter.h"
#include "timeline/event_rows.h"
#include "timeline/record_revisions.h"

namespace weir::timeline {

// An engine that opens nothing but parts: what users wrote runs in it.
[[nodiscard]] Result<std::unique_ptr<store::QueryEngine>> open_build_engine(const std::string& state,
                                                                            const BuildPlan& plan);

// For one build. What it is given outlives it.
class PartsBuilder {
 public:
  // `prefix`: of the names of temporary files.
  PartsBuilder(FileSystem& files, const BuildParts& parts, const BuildPlan& plan, const std::string& prefix);

  // `engine`: an open_build_engine(); it ends with the last part, before the file is written.
  [[nodiscard]] Status build(FileSystem& files, std::unique_ptr<store::QueryEngine> engine,
                             const std::string& path, std::string origin);
  // After build(): whether what became of each record follows from it alone, not from whether others of its
  // source have several revisions.
  [[nodiscard]] bool stands_alone() const noexcept { return stands_alone_; }

 private:
  [[nodiscard]] Status add_source(const SourceShape& source);
  [[nodiscard]] Status load_texts(const SourceShape& source);
  [[nodiscard]] Status add_events(const SourceShape& source);
  [[nodiscard]] Status add_single_events(const SourceShape& source, const std::string& view);

  BuildParts parts_;
  const BuildPlan& plan_;
  EventReader reader_;
  Assembler assembler_;
  EventEmitter emitter_;
  ChangedRecords changed_;
  std::unique_ptr<store::QueryEngine> engine_;
  RecordRevisions known_;  // of the source at hand
  bool has_texts_{false};  // the table `texts` holds the source's free texts
  bool stands_alone_{true};
};

}  // namespace weir::timeline
