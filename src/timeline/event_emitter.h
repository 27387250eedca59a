// From a stored event that holds to the assembler: flags, touches and further handles. Private to the build.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "timeline/assembler.h"
#include "timeline/build.h"
#include "timeline/event_rows.h"

namespace weir::timeline {

// Not thread-safe. Plan and assembler outlive it.
class EventEmitter {
 public:
  EventEmitter(const BuildPlan& plan, Assembler& assembler) noexcept : plan_(plan), assembler_(assembler) {}
  void emit(const EventRow& event, std::string_view source, std::int64_t known_at, std::int64_t retracted_at);

 private:
  const BuildPlan& plan_;
  Assembler& assembler_;
  std::vector<OtherHandle> also_;
};

}  // namespace weir::timeline
