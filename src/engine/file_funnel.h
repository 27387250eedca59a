// `weir funnel --events FILE --steps ...`: an ad-hoc funnel over the events of a file, without a workspace.
#pragma once

#include <memory>
#include <string>

#include "base/file_system.h"
#include "engine/step_funnel_answer.h"

namespace weir::engine {

// Beside the steps' own question, whose `subject`, `by` and `hold` are columns here.
struct FileFunnelQuestion {
  std::string files;  // a path or a pattern
  std::string time{"occurred_at"}, type{"type"};
  StepFunnelQuestion steps;
};

struct FileFunnelAnswer {
  std::unique_ptr<timeline::TimelineStore> store;  // that lists read
  StepFunnelAnswer steps;
};

[[nodiscard]] Result<FileFunnelAnswer> answer_file_funnel(FileSystem& files,
                                                          const FileFunnelQuestion& question);

}  // namespace weir::engine
