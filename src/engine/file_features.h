// `weir features --events FILE --points FILE`: features of subjects at points in time over the events of a
// file, without a workspace. Rules: docs/features.md, "Straight from a file".
#pragma once

#include <memory>
#include <string>

#include "engine/compiled_workspace.h"
#include "engine/feature_rows.h"
#include "engine/file_events.h"
#include "engine/timelines.h"

namespace weir::engine {

struct FileFeaturesQuestion {
  std::string files;  // a path or a pattern
  ingest::EventColumnNames columns;
  std::string declarations;  // a file with a `features:` list
};

// Everything that rows are computed from, kept alive together.
class FileFeatures {
 public:
  [[nodiscard]] static Result<FileFeatures> open(const Environment& environment,
                                                 const FileFeaturesQuestion& question);
  FileFeatures(FileFeatures&&) noexcept;
  FileFeatures& operator=(FileFeatures&&) noexcept;
  ~FileFeatures();

  // One that declares nothing but the features: what asked points are read with.
  [[nodiscard]] const CompiledWorkspace& workspace() const noexcept;
  [[nodiscard]] const FeatureRows& rows() const noexcept;
  [[nodiscard]] const FileRows& file_rows() const noexcept;

 private:
  struct Parts;
  explicit FileFeatures(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace weir::engine
