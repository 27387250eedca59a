// Bound expressions kept between runs, so that a command over a workspace that did not change starts no query
// engine. Derived: what is missing, damaged or of another version is bound again.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "store/query_engine.h"

namespace weir::store {

struct BoundExpression {
  std::string sql;  // ready to stand in a SELECT over a table with the schema's columns
  ValueType type{ValueType::other};
  std::string failed_sql;            // boolean: a cast of a present value failed; "" when nothing can fail
  std::vector<std::string> columns;  // the columns it reads, sorted, unique
  std::string tree;                  // the same as the engine's syntax tree, JSON
};

// Not thread-safe.
class BindingCache {
 public:
  // Takes what `path` has, when it is whole. The files outlive it.
  BindingCache(FileSystem& files, std::string path);
  // `key`: of everything that binding depends on.
  [[nodiscard]] const BoundExpression* find(const std::string& key);
  void keep(const std::string& key, const BoundExpression& bound);
  // Writes what was found or kept, unless the file has just that. Nothing is lost when it cannot be written.
  void save();

 private:
  FileSystem& files_;
  std::string path_;
  std::map<std::string, BoundExpression> entries_;
  std::set<std::string> used_;
  bool has_news_{false};
};

}  // namespace weir::store
