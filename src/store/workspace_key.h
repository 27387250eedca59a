// The one secret of a workspace. Everything personal hangs on it: lose it and the vault is unreadable for
// ever.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.h"
#include "base/hash.h"

namespace weir::store {

// 32 secret bytes, wiped from memory when destroyed. Keys for purposes are derived, so that no two uses share
// a key.
class WorkspaceKey {
 public:
  // `environment` is the value of WEIR_KEY (64 hexadecimal digits) where it is set; it wins over
  // `<state_dir>/key`. `expected_fingerprint` is what the manifest remembers, "" in a new workspace. Only
  // then, and when there is no key, one is made and stored durably with mode 0600. Hold the writer lock when
  // that may happen. Refused: a key file that others may read, a key of another workspace
  // (Errc::configuration).
  [[nodiscard]] static Result<WorkspaceKey> open(FileSystem& files, const std::string& state_dir,
                                                 const std::optional<std::string>& environment,
                                                 std::string_view expected_fingerprint);
  // From 64 hexadecimal digits; `origin` names where they stand ("WEIR_KEY", a path), for the message.
  [[nodiscard]] static Result<WorkspaceKey> parse(std::string_view digits, const std::string& origin);

  WorkspaceKey(const WorkspaceKey&) = default;
  WorkspaceKey& operator=(const WorkspaceKey&) = default;
  WorkspaceKey(WorkspaceKey&&) noexcept = default;
  WorkspaceKey& operator=(WorkspaceKey&&) noexcept = default;
  ~WorkspaceKey();

  [[nodiscard]] HashKey identity_key() const;    // ids of records and events
  [[nodiscard]] HashKey personal_key() const;    // keyed hashes of e-mail addresses and phone numbers
  [[nodiscard]] HashKey vault_key() const;       // wraps the keys of handles
  [[nodiscard]] HashKey quarantine_key() const;  // payloads of rejected records

  // 12 hexadecimal digits that name the key and tell nothing about it.
  [[nodiscard]] std::string fingerprint() const;

 private:
  WorkspaceKey() = default;
  HashKey secret_{};
};

}  // namespace weir::store
