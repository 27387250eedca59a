// The numbers of the sections of a timeline file, for its writer and its reader alone.
#pragma once

#include <cstdint>

#include "timeline/timeline_store.h"

namespace weir::timeline {

enum Section : std::uint32_t {
  kShape = 1,
  // Per row.
  kOccurred,
  kKnown,
  kRetracted,
  kSignal,
  kAmount,
  kCurrency,
  kEvents,
  kDelivery,
  kSourceRow,
  // Per signal.
  kSignalTypes,
  kSignalSources,
  kSignalFlags,
  kSignalConditions,
  // Per handle, and per place of the runs.
  kHandleKinds,
  kRunOffsets,
  kRunRows,
  kRunTimes,
  kRunSignals,
  kLinks,
  kRelations,
  kAttributes,
  // Texts: where each ends, and their bytes.
  kHandleOffsets,
  kHandleBytes,
  kTypeOffsets,
  kTypeBytes,
  kSourceOffsets,
  kSourceBytes,
  kCurrencyOffsets,
  kCurrencyBytes,
  kNameOffsets,
  kNameBytes,
  kValueOffsets,
  kValueBytes,
  kOrigin,  // a text
  // Per row, for who adds rows.
  kRank,
  kSequence,
  kFirstKey = 100,    // one per kind of handle
  kFirstValue = 200,  // one per value
};

struct Shape {
  std::uint64_t rows{0};
  std::uint64_t handles{0};
  std::uint64_t signals{0};
  std::uint64_t condition_words{1};
  std::uint64_t value_count{0};
  std::int64_t conflicts{0};
};

}  // namespace weir::timeline
