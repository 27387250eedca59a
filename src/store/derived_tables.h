// The list of derived tables that are kept: immutable files named by their content, with what they follow
// from. A manifest of its own beside that of the truth: who reads and keeps what it computed never stands in
// the way of a writer, and losing all of it loses nothing. Format: docs/formats.md, "Derived tables".
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"

namespace weir::store {

struct DerivedTable {
  std::string kind;         // "context": also the folder of its file
  std::string name;         // of what it is: "deals", "deals alive"; a newer one of the same name follows it
  std::string key;          // hash of all that it follows from
  std::string definitions;  // hash of that without the data
  std::string data;         // content_version of the manifest that it was made from
  std::string version;      // what its rows say
  std::int32_t closed_day{0};  // days since 1970: the last day that the data were held complete for
  std::string file;            // relative to the state folder
  std::string hash;            // BLAKE2b-256
  std::uint64_t bytes{0};
};

// Oldest first; empty when nothing was kept. Errc::damaged when the list is not what was written.
[[nodiscard]] Result<std::vector<DerivedTable>> read_derived(FileSystem& files, const std::string& state);

// Writes the content under its hash, then the list, each durably, and removes files of the kind that the list
// does not name: what was dropped, and what a killed process left. `is_wanted`: which of the earlier tables
// of the kind stay; one with the same key goes. `table`: file, hash and bytes are filled in here.
// Errc::locked when another process is keeping something: then nothing was kept.
[[nodiscard]] Status keep_derived(FileSystem& files, const std::string& state, DerivedTable table,
                                  std::string_view content,
                                  const std::function<bool(const DerivedTable&)>& is_wanted);

// Takes those that are not wanted from the list, then their files.
[[nodiscard]] Status drop_derived(FileSystem& files, const std::string& state, const std::string& kind,
                                  const std::function<bool(const DerivedTable&)>& is_wanted);

}  // namespace weir::store
