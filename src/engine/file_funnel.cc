#include "engine/file_funnel.h"

#include <utility>

#include "engine/file_events.h"
#include "funnel/subjects.h"

namespace weir::engine {

namespace {

// What of the files the funnel reads.
FileEventsQuestion events_of(const FileFunnelQuestion& question) {
  const StepFunnelQuestion& steps = question.steps;
  FileEventsQuestion events;
  events.files = question.files;
  events.columns.subject = steps.subject;
  events.columns.time = question.time;
  events.columns.type = question.type;
  // The breakdown's column first: where it is empty, other events may say its value.
  if (!steps.by.empty()) events.columns.keys.push_back(steps.by);
  if (!steps.hold.empty() && steps.hold != steps.by) events.columns.keys.push_back(steps.hold);
  for (const auto& step : steps.steps) events.ranked_types.push_back(type_or_signal(step));
  for (const auto& exclusion : steps.exclude)
    events.ranked_types.push_back(type_or_signal(exclusion.substr(0, exclusion.rfind(':'))));
  events.all_types = steps.order == "strict";
  return events;
}

Result<FileEvents> read_events(FileSystem& files, const FileFunnelQuestion& question) {
  FileEventsQuestion asked = events_of(question);
  WEIR_TRY(auto events, read_file_events(files, asked));
  const bool needs_others = !question.steps.by.empty() && events.some_keys_missing && !asked.all_types;
  if (!needs_others) return events;
  events = {};
  asked.all_types = true;
  return read_file_events(files, asked);
}

Status check(const StepFunnelQuestion& steps) {
  if (steps.count == "account")
    return fail(Errc::usage,
                "--count account needs a workspace, which knows whose account it is; with --events "
                "name the account's column as --subject");
  if (steps.time.known_at)
    return fail(Errc::usage,
                "--known-at needs a workspace: the events of a file are taken as known when they happened");
  return {};
}

}  // namespace

Result<FileFunnelAnswer> answer_file_funnel(FileSystem& files, const FileFunnelQuestion& question) {
  WEIR_TRY_STATUS(check(question.steps));
  WEIR_TRY(auto events, read_events(files, question));
  FileFunnelAnswer answer;
  answer.store = std::move(events.store);
  WEIR_TRY(auto bound, bind_file_steps(*answer.store, events.keys, question.steps));
  WEIR_TRY(const auto as_of, resolve_as_of(Zone::utc(), *answer.store, question.steps.time));
  const identity::EntityLinks links = funnel::entity_links(*answer.store, as_of);
  answer.steps = answer_bound_steps(*answer.store, links, std::move(bound), as_of, question.steps.by);
  answer.steps.subject = question.steps.subject;
  answer.steps.rows = events.rows;
  return answer;
}

}  // namespace weir::engine
