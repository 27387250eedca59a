#include "store/vault.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "store/sealing.h"
#include "store/sqlite.h"

namespace weir::store {
namespace {

constexpr std::size_t kHandleBytes = 16;
constexpr std::size_t kWrappedBytes = std::tuple_size_v<HashKey> + kSealingOverhead;
constexpr std::size_t kMaxTextBytes = std::size_t{256} << 20U;

// A handle as stored: keyed BLAKE2b-128.
using HandleHash = std::array<unsigned char, kHandleBytes>;

std::string_view view(const HandleHash& hash) noexcept {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::string_view view(const HashKey& key) noexcept {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

HandleHash hash_handle(const HashKey& key, std::string_view handle) {
  HandleHash hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(handle.data()),
                     handle.size(), key.data(), key.size());
  return hash;
}

struct HandleHasher {
  std::size_t operator()(const HandleHash& hash) const noexcept {
    std::size_t bits = 0;
    std::memcpy(&bits, hash.data(), sizeof bits);
    return bits;
  }
};

void put_big_endian(char* out, std::uint64_t value) noexcept {
  for (int i = 7; i >= 0; --i, value >>= 8U) out[i] = static_cast<char>(value & 0xffU);
}

// Where a value stands: record and content as 16 bytes each.
struct ValuePlace {
  std::array<char, 32> bytes{};
  ValuePlace(RecordId record, ContentHash content) noexcept {
    put_big_endian(bytes.data(), record.high);
    put_big_endian(bytes.data() + 8, record.low);
    put_big_endian(bytes.data() + 16, content.high);
    put_big_endian(bytes.data() + 24, content.low);
  }
  [[nodiscard]] std::string_view record() const noexcept { return {bytes.data(), 16}; }
  [[nodiscard]] std::string_view content() const noexcept { return {bytes.data() + 16, 16}; }
};

// Both ids are hashes, so that any bits of them spread evenly.
std::int64_t slot_of(RecordId record, ContentHash content) noexcept {
  return static_cast<std::int64_t>(record.high ^ content.low);
}

// What a value is sealed with beside its key: place and handle, so that no row can stand in for another.
std::string value_context(std::string_view record, std::string_view content, std::string_view handle_hash) {
  return std::string("value").append(record).append(content).append(handle_hash);
}

std::string key_context(std::string_view handle_hash) {
  return std::string("key").append(handle_hash);
}

std::optional<HashKey> unwrap(const HashKey& wrapping_key, std::string_view handle_hash,
                              std::string_view wrapped) {
  std::optional<std::string> bytes = unseal(wrapping_key, key_context(handle_hash), wrapped);
  if (!bytes.has_value() || bytes->size() != std::tuple_size_v<HashKey>) return std::nullopt;
  HashKey key{};
  std::memcpy(key.data(), bytes->data(), key.size());
  sodium_memzero(bytes->data(), bytes->size());
  return key;
}

// The key of one handle within a batch or a look-up.
struct HandleKey {
  HandleHash hash{};
  std::int64_t id{0};
  HashKey key{};
  bool erased{false};
};

// An open read would hold up the next erasure.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(sqlite::Statement& statement) noexcept : statement_(&statement) {}
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;
  ~ResetAtEnd() { statement_->reset(); }

 private:
  sqlite::Statement* statement_;
};

Failure damaged_key(const sqlite::Connection& connection, std::int64_t id) {
  return fail(Errc::damaged, connection.path() + ": vault key " + std::to_string(id) + " cannot be opened");
}

// Finds the keys of handles and makes those that are missing. Within one transaction.
class KeyRing {
 public:
  [[nodiscard]] static Result<KeyRing> open(sqlite::Connection& connection, const HashKey& wrapping_key) {
    WEIR_TRY(sqlite::Statement find,
             connection.prepare("SELECT id, wrapped, erased_at IS NOT NULL FROM vault_key LEFT JOIN "
                                "vault_erasure ON key_id = id WHERE handle = ?"));
    WEIR_TRY(sqlite::Statement insert,
             connection.prepare("INSERT INTO vault_key (handle, wrapped) VALUES (?, ?)"));
    return KeyRing(connection, wrapping_key, std::move(find), std::move(insert));
  }

  // Fills `handle` from its hash; false when there is no key yet.
  [[nodiscard]] Result<bool> find(HandleKey& handle) {
    WEIR_TRY(const bool row, find_.bind_blob(1, view(handle.hash)).step());
    if (!row) {
      find_.reset();
      return false;
    }
    handle.id = find_.integer(0);
    handle.erased = find_.integer(2) != 0;
    std::optional<HashKey> key;
    if (!handle.erased) key = unwrap(*wrapping_key_, view(handle.hash), find_.blob(1));
    find_.reset();
    if (!handle.erased && !key.has_value()) return damaged_key(*connection_, handle.id);
    if (key.has_value()) handle.key = *key;
    return true;
  }

  [[nodiscard]] Status make(HandleKey& handle, RandomPool& random) {
    random.fill(handle.key.data(), handle.key.size());
    seal(*wrapping_key_, key_context(view(handle.hash)), view(handle.key), random, wrapped_);
    WEIR_TRY_STATUS(insert_.bind_blob(1, view(handle.hash)).bind_blob(2, wrapped_).run());
    handle.id = connection_->last_insert_id();
    return {};
  }

 private:
  KeyRing(sqlite::Connection& connection, const HashKey& wrapping_key, sqlite::Statement find,
          sqlite::Statement insert)
      : connection_(&connection),
        wrapping_key_(&wrapping_key),
        find_(std::move(find)),
        insert_(std::move(insert)) {}
  sqlite::Connection* connection_;
  const HashKey* wrapping_key_;
  sqlite::Statement find_;
  sqlite::Statement insert_;
  std::string wrapped_;
};

// Stores values whose handles' keys are known. Within one transaction.
class ValueWriter {
 public:
  [[nodiscard]] static Result<ValueWriter> open(sqlite::Connection& connection) {
    WEIR_TRY(sqlite::Statement find,
             connection.prepare("SELECT id, key_id, EXISTS (SELECT 1 FROM vault_erasure e WHERE e.key_id = "
                                "v.key_id) FROM vault_value v "
                                "WHERE slot = ? AND record = ? AND content = ?"));
    WEIR_TRY(sqlite::Statement insert,
             connection.prepare(
                 "INSERT INTO vault_value (slot, key_id, record, content, sealed) VALUES (?, ?, ?, ?, ?)"));
    WEIR_TRY(sqlite::Statement move,
             connection.prepare("UPDATE vault_value SET key_id = ?, sealed = ? WHERE id = ?"));
    return ValueWriter(std::move(find), std::move(insert), std::move(move));
  }

  [[nodiscard]] Status put(const HandleKey& handle, RecordId record, ContentHash content,
                           std::string_view text, RandomPool& random, VaultPut& counts) {
    if (handle.erased) {
      ++counts.suppressed;
      return {};
    }
    const ValuePlace place(record, content);
    const std::int64_t slot = slot_of(record, content);
    find_.bind(1, slot).bind_blob(2, place.record()).bind_blob(3, place.content());
    WEIR_TRY(const bool found, find_.step());
    const std::int64_t id = found ? find_.integer(0) : 0;
    const bool same_handle = found && find_.integer(1) == handle.id;
    const bool was_erased = found && find_.integer(2) != 0;
    find_.reset();
    if (same_handle || was_erased) {
      ++(was_erased ? counts.suppressed : counts.known);
      return {};
    }
    seal(handle.key, value_context(place.record(), place.content(), view(handle.hash)), text, random,
         sealed_);
    if (found) {
      ++counts.moved;
      return move_.bind(1, handle.id).bind_blob(2, sealed_).bind(3, id).run();
    }
    ++counts.stored;
    insert_.bind(1, slot).bind(2, handle.id).bind_blob(3, place.record()).bind_blob(4, place.content());
    return insert_.bind_blob(5, sealed_).run();
  }

 private:
  ValueWriter(sqlite::Statement find, sqlite::Statement insert, sqlite::Statement move)
      : find_(std::move(find)), insert_(std::move(insert)), move_(std::move(move)) {}
  sqlite::Statement find_;
  sqlite::Statement insert_;
  sqlite::Statement move_;
  std::string sealed_;
};

}  // namespace

Vault::Vault(ControlStore& store, const HashKey& vault_key)
    : connection_(&store.connection()),
      clock_(&store.clock()),
      hash_key_(derive_key(vault_key, "handle")),
      wrapping_key_(derive_key(vault_key, "wrap")) {}

Vault::~Vault() {
  wipe(hash_key_);
  wipe(wrapping_key_);
}

Result<VaultPut> Vault::put(std::string_view handle, RecordId record, ContentHash content,
                            std::string_view text) {
  VaultBatch batch(*this);
  WEIR_TRY_STATUS(batch.put(handle, record, content, text));
  return batch.commit();
}

Result<VaultValue> Vault::get(RecordId record, ContentHash content) {
  if (find_value_ == nullptr) {
    WEIR_TRY(sqlite::Statement prepared,
             connection_->prepare("SELECT sealed, k.id, handle, wrapped, EXISTS (SELECT 1 FROM vault_erasure "
                                  "e WHERE e.key_id = k.id) "
                                  "FROM vault_value v JOIN vault_key k ON k.id = v.key_id WHERE slot = ? AND "
                                  "record = ? AND content = ?"));
    find_value_ = std::make_unique<sqlite::Statement>(std::move(prepared));
  }
  sqlite::Statement& row = *find_value_;
  const ResetAtEnd ends_reading(row);
  const ValuePlace place(record, content);
  row.bind(1, slot_of(record, content)).bind_blob(2, place.record()).bind_blob(3, place.content());
  WEIR_TRY(const bool found, row.step());
  if (!found) return VaultValue{};
  if (row.integer(4) != 0) return VaultValue{VaultState::erased, {}};
  std::optional<HashKey> key = unwrap(wrapping_key_, row.blob(2), row.blob(3));
  if (!key.has_value()) return damaged_key(*connection_, row.integer(1));
  std::optional<std::string> text =
      unseal(*key, value_context(place.record(), place.content(), row.blob(2)), row.blob(0));
  wipe(*key);
  if (!text.has_value()) return fail(Errc::damaged, connection_->path() + ": a vault value cannot be opened");
  return VaultValue{VaultState::present, *std::move(text)};
}

Result<bool> Vault::is_erased(std::string_view handle) {
  const HandleHash hash = hash_handle(hash_key_, handle);
  WEIR_TRY(
      sqlite::Statement row,
      connection_->prepare("SELECT 1 FROM vault_key JOIN vault_erasure ON key_id = id WHERE handle = ?"));
  return row.bind_blob(1, view(hash)).step();
}

Result<std::int64_t> Vault::erasure_count() {
  WEIR_TRY(sqlite::Statement row, connection_->prepare("SELECT count(*) FROM vault_erasure"));
  WEIR_TRY(const bool found, row.step());
  return found ? row.integer(0) : 0;
}

Result<std::int64_t> Vault::erase(std::span<const std::string> handles) {
  std::int64_t destroyed = 0;
  {
    WEIR_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(*connection_));
    WEIR_TRY(sqlite::Statement insert,
             connection_->prepare(
                 "INSERT INTO vault_key (handle, wrapped) VALUES (?, zeroblob(?)) ON CONFLICT DO NOTHING"));
    WEIR_TRY(sqlite::Statement overwrite,
             connection_->prepare("UPDATE vault_key SET wrapped = zeroblob(?) WHERE handle = ?"));
    WEIR_TRY(sqlite::Statement mark,
             connection_->prepare("INSERT INTO vault_erasure (key_id, erased_at) SELECT id, ? FROM vault_key "
                                  "WHERE handle = ? ON CONFLICT DO NOTHING"));
    constexpr auto kSize = static_cast<std::int64_t>(kWrappedBytes);
    for (const std::string& handle : handles) {
      const HandleHash hash = hash_handle(hash_key_, handle);
      WEIR_TRY_STATUS(insert.bind_blob(1, view(hash)).bind(2, kSize).run());
      const bool was_unknown = connection_->changes() > 0;
      WEIR_TRY_STATUS(overwrite.bind(1, kSize).bind_blob(2, view(hash)).run());
      WEIR_TRY_STATUS(mark.bind(1, clock_->now_micros()).bind_blob(2, view(hash)).run());
      if (!was_unknown) destroyed += connection_->changes();
    }
    // Until the log is cut: an interruption in between is made good at the next opening.
    WEIR_TRY_STATUS(connection_->execute(
        "INSERT INTO meta (key, value) VALUES ('vault.scrub', '') ON CONFLICT DO NOTHING"));
    WEIR_TRY_STATUS(transaction.commit());
  }
  if (const Status cut = connection_->checkpoint_and_truncate(); !cut.has_value()) {
    if (cut.error().code != Errc::locked) return fail(cut.error());
    return fail(Errc::locked,
                "the keys are destroyed, but another weir process still reads an older state of " +
                    connection_->path() + "; when it has ended, run the erasure again");
  }
  WEIR_TRY_STATUS(connection_->execute("DELETE FROM meta WHERE key = 'vault.scrub'"));
  return destroyed;
}

namespace {

Status verify_keys(sqlite::Connection& connection, const HashKey& wrapping_key, VaultReport& report) {
  WEIR_TRY(sqlite::Statement rows,
           connection.prepare("SELECT id, handle, wrapped, erased_at IS NOT NULL FROM vault_key LEFT JOIN "
                              "vault_erasure ON key_id = id ORDER BY id"));
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return {};
    const bool erased = rows.integer(3) != 0;
    ++(erased ? report.erased_handles : report.handles);
    const std::string_view wrapped = rows.blob(2);
    const bool is_zero = std::all_of(wrapped.begin(), wrapped.end(), [](char byte) { return byte == 0; });
    const std::string name = connection.path() + ": vault key " + std::to_string(rows.integer(0));
    if (erased) {
      if (!is_zero) report.problems.push_back(name + " was erased but is still there");
    } else if (auto key = unwrap(wrapping_key, rows.blob(1), wrapped); key.has_value()) {
      wipe(*key);
    } else {
      report.problems.push_back(name + " cannot be opened");
    }
  }
}

Status verify_values(sqlite::Connection& connection, const HashKey& wrapping_key, VaultReport& report) {
  WEIR_TRY(sqlite::Statement rows,
           connection.prepare("SELECT v.id, handle, wrapped, EXISTS (SELECT 1 FROM vault_erasure e WHERE "
                              "e.key_id = v.key_id), record, content, sealed "
                              "FROM vault_value v LEFT JOIN vault_key k ON k.id = v.key_id ORDER BY v.id"));
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return {};
    if (rows.integer(3) != 0) {
      ++report.erased_values;
      continue;
    }
    ++report.values;
    if (rows.is_null(1)) {
      report.problems.push_back(connection.path() + ": the key of vault value " +
                                std::to_string(rows.integer(0)) + " is missing");
      continue;
    }
    std::optional<HashKey> key = unwrap(wrapping_key, rows.blob(1), rows.blob(2));
    if (!key.has_value()) continue;  // verify_keys has said so
    const bool opens =
        unseal(*key, value_context(rows.blob(4), rows.blob(5), rows.blob(1)), rows.blob(6)).has_value();
    wipe(*key);
    if (!opens) {
      report.problems.push_back(connection.path() + ": vault value " + std::to_string(rows.integer(0)) +
                                " cannot be opened");
    }
  }
}

}  // namespace

Result<VaultReport> Vault::verify() {
  VaultReport report;
  WEIR_TRY_STATUS(verify_keys(*connection_, wrapping_key_, report));
  WEIR_TRY_STATUS(verify_values(*connection_, wrapping_key_, report));
  return report;
}

struct VaultBatch::Impl {
  struct Item {
    RecordId record;
    ContentHash content;
    std::uint32_t handle{0};
    std::uint32_t size{0};
    std::size_t offset{0};
  };

  explicit Impl(Vault& owner) : vault(&owner) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { clear(); }

  void clear() {
    sodium_memzero(texts.data(), texts.size());
    for (HandleKey& handle : handles) wipe(handle.key);
    texts.clear();
    handles.clear();
    handle_numbers.clear();
    items.clear();
  }

  [[nodiscard]] std::size_t held_bytes() const noexcept {
    constexpr std::size_t kPerHandle = sizeof(HandleKey) + sizeof(HandleHash) + 32;
    return texts.size() + items.size() * sizeof(Item) + handles.size() * kPerHandle;
  }

  [[nodiscard]] std::uint32_t number_of(std::string_view handle) {
    const HandleHash hash = hash_handle(vault->hash_key_, handle);
    const auto [entry, is_new] = handle_numbers.try_emplace(hash, static_cast<std::uint32_t>(handles.size()));
    if (is_new) handles.push_back(HandleKey{hash, 0, {}, false});
    return entry->second;
  }

  // Sorted by hash: neighbours in the index are met together, and the order of the puts leaves no trace.
  [[nodiscard]] Status resolve_handles(RandomPool& random) {
    std::vector<std::uint32_t> order(handles.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return handles[a].hash < handles[b].hash; });
    WEIR_TRY(KeyRing ring, KeyRing::open(*vault->connection_, vault->wrapping_key_));
    for (const std::uint32_t number : order) {
      WEIR_TRY(const bool found, ring.find(handles[number]));
      if (!found) WEIR_TRY_STATUS(ring.make(handles[number], random));
    }
    return {};
  }

  [[nodiscard]] Status store_items(RandomPool& random, VaultPut& batch_counts) {
    std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
      return std::pair(slot_of(a.record, a.content), std::pair(a.record, a.content)) <
             std::pair(slot_of(b.record, b.content), std::pair(b.record, b.content));
    });
    WEIR_TRY(ValueWriter writer, ValueWriter::open(*vault->connection_));
    for (const Item& item : items) {
      const std::string_view text = std::string_view(texts).substr(item.offset, item.size);
      WEIR_TRY_STATUS(
          writer.put(handles[item.handle], item.record, item.content, text, random, batch_counts));
    }
    return {};
  }

  [[nodiscard]] Status flush() {
    if (items.empty()) return {};
    WEIR_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(*vault->connection_));
    VaultPut batch_counts;
    RandomPool random;
    WEIR_TRY_STATUS(resolve_handles(random));
    WEIR_TRY_STATUS(store_items(random, batch_counts));
    WEIR_TRY_STATUS(transaction.commit());
    counts.stored += batch_counts.stored;
    counts.known += batch_counts.known;
    counts.moved += batch_counts.moved;
    counts.suppressed += batch_counts.suppressed;
    clear();
    return {};
  }

  Vault* vault;
  std::string texts;
  std::vector<Item> items;
  std::vector<HandleKey> handles;
  std::unordered_map<HandleHash, std::uint32_t, HandleHasher> handle_numbers;  // only looked up, never walked
  VaultPut counts;
};

VaultBatch::VaultBatch(Vault& vault) : impl_(std::make_unique<Impl>(vault)) {}
VaultBatch::VaultBatch(VaultBatch&&) noexcept = default;
VaultBatch::~VaultBatch() = default;

Status VaultBatch::put(std::string_view handle, RecordId record, ContentHash content, std::string_view text) {
  if (text.size() > kMaxTextBytes) return fail(Errc::out_of_range, "a personal value is longer than 256 MiB");
  Impl& batch = *impl_;
  if (batch.held_bytes() + text.size() > kFlushBytes) WEIR_TRY_STATUS(batch.flush());
  const std::uint32_t number = batch.number_of(handle);
  batch.items.push_back(
      {record, content, number, static_cast<std::uint32_t>(text.size()), batch.texts.size()});
  batch.texts.append(text);
  return {};
}

Result<VaultPut> VaultBatch::commit() {
  WEIR_TRY_STATUS(impl_->flush());
  return std::exchange(impl_->counts, VaultPut{});
}

}  // namespace weir::store
