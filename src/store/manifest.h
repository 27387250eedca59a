// The list of what the event log holds: immutable parts with their hashes, and the deliveries they came from.
// Format: docs/formats.md. Replacing the file is the one commit point of every write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace weir::store {

enum class PartKind : std::uint8_t { records, events, entities };
[[nodiscard]] const char* to_text(PartKind kind) noexcept;

struct Part {
  PartKind kind{PartKind::events};
  std::string source;
  std::string file;  // relative to the state folder
  std::string hash;  // BLAKE2b-256, hexadecimal
  std::uint64_t bytes{0};
  std::int64_t rows{0};
  std::string contract_version;
  std::string mapping_version;
};

// One file (or stream segment) as it was taken in.
struct Delivery {
  std::int64_t id{0};  // what `delivery` in the parts refers to
  std::string source;
  std::string name;  // file name without its folder
  std::string hash;
  std::uint64_t bytes{0};
  std::optional<std::int64_t> taken_at;  // snapshot time, UTC microseconds
  std::int64_t rows{0};                  // = accepted + rejected + repeated
  std::int64_t accepted{0};
  std::int64_t rejected{0};
  std::int64_t repeated{0};  // rows that were there already
  std::string contract_version;
  std::string mapping_version;
};

struct Manifest {
  std::int64_t generation{0};  // grows by one with every commit
  std::string key_fingerprint;
  std::vector<Part> parts;
  std::vector<Delivery> deliveries;
  [[nodiscard]] std::int64_t next_delivery_id() const noexcept;
};

// The manifest of the state folder; an empty one when there is none yet.
[[nodiscard]] Result<Manifest> read_manifest(FileSystem& files, const std::string& state);
// Durable when it returns.
[[nodiscard]] Status write_manifest(FileSystem& files, const std::string& state, const Manifest& manifest);
// Hash over everything that can change an answer: what derived files are named by.
[[nodiscard]] std::string content_version(const Manifest& manifest);
// A table of a query: the rows of the parts of a kind, of one source or ("") of all; empty when there is no
// such part.
[[nodiscard]] std::string parts_table(const Manifest& manifest, const std::string& state, PartKind kind,
                                      const std::string& source);
// The rows of those parts.
[[nodiscard]] std::int64_t parts_rows(const Manifest& manifest, PartKind kind,
                                      const std::string& source) noexcept;
// Removes part files that the manifest does not list: what a killed writer left behind.
[[nodiscard]] Status remove_orphans(FileSystem& files, const std::string& state, const Manifest& manifest);

}  // namespace weir::store
