// Links, relations and attributes that stored records give. Private to the build.
#pragma once

#include <string>

#include "base/result.h"
#include "store/query_engine.h"
#include "timeline/assembler.h"
#include "timeline/record_revisions.h"

namespace weir::timeline {

// `parts`: a source's entities, as of a query; `known`: of the same source.
[[nodiscard]] Status add_entities(store::QueryEngine& engine, const std::string& parts,
                                  const RecordRevisions& known, Assembler& assembler);

}  // namespace weir::timeline
