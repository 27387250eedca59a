#include "ingest/xes_keys.h"

#include "contract/contract.h"
#include "ingest/raw_reader.h"
#include "ingest/xes_reader.h"

namespace weir::ingest {

XesKeys::XesKeys(const std::vector<XesColumn>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!columns[i].key.empty()) by_key_.emplace(columns[i].key, static_cast<int>(i));
    by_name_.emplace(columns[i].name, static_cast<int>(i));
  }
}

int XesKeys::column_of(std::string_view key) {
  const auto met = met_.find(key);
  if (met != met_.end()) return met->second;
  if (met_.size() >= kMaxColumns) return kTooMany;
  int column = kNoColumn;
  if (const auto written = by_key_.find(key); written != by_key_.end()) {
    column = written->second;
  } else if (const auto named = by_name_.find(contract::normalised_name(key)); named != by_name_.end()) {
    column = named->second;
  }
  met_.emplace(std::string(key), column);
  seen_.emplace_back(key);
  return column;
}

std::vector<std::string> XesKeys::without_column() const {
  std::vector<std::string> keys;
  for (const std::string& key : seen_) {
    if (met_.find(key)->second == kNoColumn) keys.push_back(key);
  }
  return keys;
}

}  // namespace weir::ingest
