// Personal values, encrypted under one random key per handle. Erasing a person destroys the keys of their
// handles; what was stored under them can then be read by nobody. (A backup made before holds the keys still,
// under the workspace key.)
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "store/control_store.h"

namespace weir::store {

// Handles are texts like "contact:ws:C12"; only their keyed hash is stored. A value belongs to one (record,
// content) and to one handle; who else is named in it is the caller's business.
struct VaultPut {
  std::int64_t stored{0};      // new
  std::int64_t known{0};       // were there already
  std::int64_t moved{0};       // were there under another handle; now under this one
  std::int64_t suppressed{0};  // not stored: the person was erased
  friend bool operator==(const VaultPut&, const VaultPut&) = default;
};

enum class VaultState : std::uint8_t { present, erased, absent };

struct VaultValue {
  VaultState state{VaultState::absent};
  std::string text;  // "" unless present
};

struct VaultReport {
  std::int64_t handles{0};  // with a key
  std::int64_t erased_handles{0};
  std::int64_t values{0};         // that can be read
  std::int64_t erased_values{0};  // whose key was destroyed
  std::vector<std::string> problems;
};

class VaultBatch;

// Not thread-safe. The store must outlive it.
class Vault {
 public:
  Vault(ControlStore& store, const HashKey& vault_key);
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;
  ~Vault();

  // One value in a transaction of its own; VaultBatch for many.
  [[nodiscard]] Result<VaultPut> put(std::string_view handle, RecordId record, ContentHash content,
                                     std::string_view text);
  // Errc::damaged when the stored bytes are not those that were stored under this key.
  [[nodiscard]] Result<VaultValue> get(RecordId record, ContentHash content);
  [[nodiscard]] Result<bool> is_erased(std::string_view handle);

  // How many handles were erased so far.
  [[nodiscard]] Result<std::int64_t> erasure_count();

  // Destroys the keys of all these handles at once; when it returns, their bytes are in no page of the
  // database and of its log. A handle that is unknown as yet is erased as well: later values for it are
  // suppressed. Gives the number of keys that it destroyed. Errc::locked: destroyed, but a reader still holds
  // the log, which is cleared when a writing verb runs next.
  [[nodiscard]] Result<std::int64_t> erase(std::span<const std::string> handles);

  // Opens every key and every value.
  [[nodiscard]] Result<VaultReport> verify();

 private:
  friend class VaultBatch;
  sqlite::Connection* connection_;
  const Clock* clock_;
  HashKey hash_key_;                               // handles
  HashKey wrapping_key_;                           // keys
  std::unique_ptr<sqlite::Statement> find_value_;  // prepared by the first get()
};

// Collects values and stores them sorted, in one transaction per kFlushBytes. Values not committed are lost,
// and storing them again changes nothing.
class VaultBatch {
 public:
  static constexpr std::size_t kFlushBytes = std::size_t{64} << 20U;  // texts and bookkeeping held in memory

  explicit VaultBatch(Vault& vault);
  VaultBatch(VaultBatch&&) noexcept;
  VaultBatch& operator=(VaultBatch&&) = delete;
  VaultBatch(const VaultBatch&) = delete;
  VaultBatch& operator=(const VaultBatch&) = delete;
  ~VaultBatch();  // drops what was not committed

  // The last of two values with the same (record, content) in one batch holds the handle.
  [[nodiscard]] Status put(std::string_view handle, RecordId record, ContentHash content,
                           std::string_view text);
  // Makes all values durable and starts anew; counts since the last commit.
  [[nodiscard]] Result<VaultPut> commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::store
