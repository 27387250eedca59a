// The verb `why`: everything about one subject on a page: where it stands, its risk, the reasons with the
// events that prove them, what became of similar ones, what routine checks say, and its timeline.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/checks.h"
#include "engine/events_answer.h"
#include "engine/score_answer.h"

namespace weir::engine {

struct WhyQuestion {
  std::string subject;  // by its key
  std::string name;     // of a prediction; "": the first one of a funnel that has the subject
  std::optional<std::int64_t> at;
  std::size_t events{20};  // of the timeline, the newest
};

struct WhyEvent {
  ListedEvent event;
  bool via{false};  // of its contact or account
};

struct ProvenReason {
  Reason reason;
  std::vector<ListedEvent> events;  // newest first
};

// A past landmark of another subject whose reasons were most alike.
struct SimilarSubject {
  std::string subject, stage;
  std::int64_t at{0};
  bool event{false};  // whether the outcome came
};

struct WhyAnswer {
  ScoredSubject scored;
  workspace::Risk risk;
  std::string version, evidence;
  std::vector<std::string> notes;  // of the context tables
  bool enough_evidence{false};
  bool is_open{false};
  std::string state;  // "open in mql", "won", "lost", "in no stage"
  std::vector<ProvenReason> reasons;
  std::size_t similar_count{0}, similar_events{0};
  std::vector<SimilarSubject> similar;                      // the nearest five
  std::vector<std::pair<std::string, std::string>> checks;  // (name, what it says)
  std::size_t event_count{0};
  std::vector<WhyEvent> events;  // newest first
};

[[nodiscard]] Result<WhyAnswer> why(const Environment& environment, const CompiledWorkspace& workspace,
                                    const OpenTimelines& timelines, const WhyQuestion& question);
[[nodiscard]] std::string why_json(const WhyAnswer& answer);

}  // namespace weir::engine
