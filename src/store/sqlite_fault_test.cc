// Power cuts, full disks and failed syncs under control.db, by a layer between SQLite and the disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstring>
#include <map>
#include <new>
#include <optional>

#include "base/random.h"
#include "store/control_test_support.h"
#include "store/sqlite.h"
#include "store/vault.h"

namespace weir::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// What a disk with a volatile cache would hold: the state at the last sync, and the writes since.
struct TrackedFile {
  struct Change {
    std::size_t offset{0};
    std::string bytes;                  // a write
    std::optional<std::size_t> cut_to;  // a truncation
  };
  std::string durable;
  std::vector<Change> volatile_changes;

  static void apply(std::string& image, const Change& change) {
    if (change.cut_to.has_value()) {
      image.resize(*change.cut_to);
      return;
    }
    if (image.size() < change.offset + change.bytes.size()) image.resize(change.offset + change.bytes.size());
    image.replace(change.offset, change.bytes.size(), change.bytes);
  }
  void sync() {
    for (const Change& change : volatile_changes) apply(durable, change);
    volatile_changes.clear();
  }
};

struct FaultyDisk {
  std::map<std::string, TrackedFile> files;
  std::optional<std::int64_t> writes_until_cut;   // then nothing reaches the disk any more
  std::optional<std::int64_t> writes_until_full;  // then every write finds the disk full
  bool is_cut{false};
  bool sync_fails{false};
};
FaultyDisk* the_disk = nullptr;  // of the test that runs

struct FaultyFile {
  sqlite3_file base;
  TrackedFile* tracked;  // null for temporary files
  sqlite3_file* real;
};

FaultyFile* faulty(sqlite3_file* file) {
  return reinterpret_cast<FaultyFile*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
  return faulty(file)->real;
}
sqlite3_vfs* real_vfs() {
  static sqlite3_vfs* const kVfs = sqlite3_vfs_find("unix");
  return kVfs;
}

// Counts a change down; the code to return instead of making it, or SQLITE_OK.
int admit_change() {
  if (the_disk->writes_until_cut.has_value() && (*the_disk->writes_until_cut)-- <= 0) the_disk->is_cut = true;
  if (the_disk->is_cut) return SQLITE_IOERR_WRITE;
  if (the_disk->writes_until_full.has_value() && (*the_disk->writes_until_full)-- <= 0) return SQLITE_FULL;
  return SQLITE_OK;
}

int close_file(sqlite3_file* file) {
  return real(file)->pMethods->xClose(real(file));
}
int read_file(sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
  return real(file)->pMethods->xRead(real(file), out, size, at);
}
int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  if (TrackedFile* tracked = faulty(file)->tracked; tracked != nullptr) {
    if (const int code = admit_change(); code != SQLITE_OK) return code;
    tracked->volatile_changes.push_back(
        {static_cast<std::size_t>(at),
         std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size)), std::nullopt});
  }
  return real(file)->pMethods->xWrite(real(file), bytes, size, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  if (TrackedFile* tracked = faulty(file)->tracked; tracked != nullptr) {
    if (const int code = admit_change(); code != SQLITE_OK) return code;
    tracked->volatile_changes.push_back({0, {}, static_cast<std::size_t>(size)});
  }
  return real(file)->pMethods->xTruncate(real(file), size);
}
int sync_file(sqlite3_file* file, int /*flags*/) {
  if (the_disk->is_cut || the_disk->sync_fails) return SQLITE_IOERR_FSYNC;
  if (faulty(file)->tracked != nullptr) faulty(file)->tracked->sync();
  return SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* out) {
  return real(file)->pMethods->xFileSize(real(file), out);
}
int lock_file(sqlite3_file* file, int level) {
  return real(file)->pMethods->xLock(real(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}
int check_lock(sqlite3_file* file, int* out) {
  return real(file)->pMethods->xCheckReservedLock(real(file), out);
}
int control_file(sqlite3_file* file, int op, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), op, argument);
}
int sector_size(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
int characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods kMethods = {
    2,         close_file,  read_file,  write_file,   truncate_file, sync_file,       file_size,
    lock_file, unlock_file, check_lock, control_file, sector_size,   characteristics, shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,      nullptr};

int open_file(sqlite3_vfs* /*vfs*/, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  FaultyFile* opened = faulty(file);
  opened->base.pMethods = nullptr;
  opened->tracked = nullptr;
  opened->real = reinterpret_cast<sqlite3_file*>(opened + 1);
  if (name != nullptr) {
    const auto [entry, is_new] = the_disk->files.try_emplace(name);
    if (is_new) {
      const auto files = posix_file_system();
      if (files->exists(name)) entry->second.durable = files->read_file(name).value();
    }
    opened->tracked = &entry->second;
  }
  const int code = real_vfs()->xOpen(real_vfs(), name, opened->real, flags, out_flags);
  if (opened->real->pMethods != nullptr) opened->base.pMethods = &kMethods;
  return code;
}
int delete_file(sqlite3_vfs* /*vfs*/, const char* name, int sync_folder) {
  if (the_disk->is_cut) return SQLITE_IOERR_DELETE;
  the_disk->files.erase(name);
  return real_vfs()->xDelete(real_vfs(), name, sync_folder);
}

// Puts the faulty disk under SQLite as long as it lives.
class FaultyDiskScope {
 public:
  FaultyDiskScope() : vfs_(*real_vfs()) {
    vfs_.zName = "weir_faulty";
    vfs_.szOsFile = static_cast<int>(sizeof(FaultyFile)) + real_vfs()->szOsFile;
    vfs_.xOpen = open_file;
    vfs_.xDelete = delete_file;
    the_disk = &disk;
    EXPECT_EQ(sqlite3_vfs_register(&vfs_, 1), SQLITE_OK);
  }
  FaultyDiskScope(const FaultyDiskScope&) = delete;
  FaultyDiskScope& operator=(const FaultyDiskScope&) = delete;
  ~FaultyDiskScope() {
    EXPECT_EQ(sqlite3_vfs_unregister(&vfs_), SQLITE_OK);
    EXPECT_EQ(sqlite3_vfs_register(real_vfs(), 1), SQLITE_OK);
    the_disk = nullptr;
  }

  // The machine comes back: of the writes that were not synced any may be there, whole or in part; no order
  // holds. All connections are closed.
  void power_returns(Random& random, FileSystem& files) {
    for (auto& [path, file] : disk.files) {
      std::string image = file.durable;
      for (TrackedFile::Change change : file.volatile_changes) {
        if (random.chance(0.5)) continue;
        if (!change.cut_to.has_value() && random.chance(0.3))
          change.bytes.resize(random.below(change.bytes.size() + 1));
        TrackedFile::apply(image, change);
      }
      const auto out = files.create(path);
      ASSERT_TRUE(succeeds(out));
      ASSERT_TRUE(succeeds((*out)->append(image)));
      ASSERT_TRUE(succeeds(files.remove(path + "-shm")));
    }
    disk = FaultyDisk{};
  }

  FaultyDisk disk;

 private:
  sqlite3_vfs vfs_;
};

constexpr HashKey kKey = {1};
RecordId record(std::uint64_t n) {
  return {n * 0x9E3779B97F4A7C15ULL, n};
}
ContentHash content(std::uint64_t n) {
  return {n, n * 0xD6E8FEB86659FD93ULL};
}
std::string handle_of(std::uint64_t n) {
  return "contact:ws:" + std::to_string(n % 7);
}

// What was acknowledged before the power went, and what was on its way.
struct Acknowledged {
  std::map<std::uint64_t, std::string> values;
  std::map<std::string, bool> erased;
  std::string erasing;
  std::string meta;
  std::string writing_meta;
};

// Random work until the first error.
void work(ControlStore& store, Vault& vault, Random& random, Acknowledged& done) {
  for (std::uint64_t n = 0; n < 400; ++n) {
    if (random.chance(0.1)) {
      done.erasing = handle_of(random.below(7));
      if (!vault.erase(std::vector<std::string>{done.erasing}).has_value()) return;
      done.erased[done.erasing] = true;
      done.erasing.clear();
    } else if (random.chance(0.2)) {
      done.writing_meta = std::to_string(n);
      if (!store.set_meta("n", done.writing_meta).has_value()) return;
      done.meta = done.writing_meta;
    } else {
      const std::string text(random.below(3000), static_cast<char>('a' + n % 26));
      if (!vault.put(handle_of(n), record(n), content(n), text).has_value()) return;
      done.values[n] = text;
    }
  }
}

void expect_all_there(ControlStore& store, Vault& vault, Acknowledged& done) {
  EXPECT_THAT(*store.integrity_check(), IsEmpty());
  EXPECT_THAT(vault.verify()->problems, IsEmpty());
  const std::string meta = store.meta("n")->value_or("");
  EXPECT_TRUE(meta == done.meta || meta == done.writing_meta) << meta;
  for (const auto& [n, text] : done.values) {
    const std::string handle = handle_of(n);
    const auto value = vault.get(record(n), content(n));
    ASSERT_TRUE(succeeds(value));
    if (done.erased[handle]) {
      EXPECT_NE(value->state, VaultState::present) << n;  // erased, or suppressed when it came later
    } else if (handle != done.erasing) {
      EXPECT_EQ(value->text, text) << n;
    }
  }
}

TEST(SqliteFault, what_was_acknowledged_survives_power_cuts) {
  std::size_t acknowledged = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    TemporaryFolder folder;
    const ManualClock clock(0);
    FaultyDiskScope scope;
    Acknowledged done;
    scope.disk.writes_until_cut = static_cast<std::int64_t>(random.below(1500));
    {
      const auto store = ControlStore::open(folder.files(), clock, folder.path(), StoreAccess::write);
      if (store.has_value()) {
        Vault vault(**store, kKey);
        work(**store, vault, random, done);
      }
    }
    acknowledged += done.values.size();
    scope.power_returns(random, folder.files());
    const auto store = ControlStore::open(folder.files(), clock, folder.path(), StoreAccess::write);
    ASSERT_TRUE(succeeds(store));
    Vault vault(**store, kKey);
    expect_all_there(**store, vault, done);
  }
  EXPECT_GT(acknowledged, 1000U);
}

TEST(SqliteFault, a_full_disk_is_said_and_loses_nothing) {
  for (std::int64_t room = 0; room < 120; room += 7) {
    SCOPED_TRACE(room);
    TemporaryFolder folder;
    const ManualClock clock(0);
    FaultyDiskScope scope;
    const auto store = ControlStore::open(folder.files(), clock, folder.path(), StoreAccess::write);
    ASSERT_TRUE(succeeds(store));
    Vault vault(**store, kKey);
    scope.disk.writes_until_full = room;
    Acknowledged done;
    Status status;
    for (std::uint64_t n = 0; status.has_value() && n < 1000; ++n) {
      const auto put = vault.put(handle_of(n), record(n), content(n), "value");
      if (put.has_value()) {
        done.values[n] = "value";
      } else {
        status = fail(put.error());
      }
    }
    ASSERT_TRUE(fails_with(status, Errc::disk_full));
    EXPECT_THAT(status.error().message, HasSubstr("free some space"));
    scope.disk.writes_until_full.reset();
    EXPECT_TRUE(succeeds(vault.put("contact:ws:x", record(2000), content(2000), "there is room again")));
    expect_all_there(**store, vault, done);
  }
}

TEST(SqliteFault, a_page_limit_reads_as_a_full_disk) {
  TemporaryFolder folder;
  const ManualClock clock(0);
  const auto store = ControlStore::open(folder.files(), clock, folder.path(), StoreAccess::write);
  ASSERT_TRUE(succeeds(store));
  ASSERT_TRUE(succeeds((*store)->connection().execute("PRAGMA max_page_count = 40")));
  Vault vault(**store, kKey);
  VaultBatch batch(vault);
  for (std::uint64_t n = 0; n < 1000; ++n)
    ASSERT_TRUE(succeeds(batch.put(handle_of(n), record(n), content(n), std::string(300, 'x'))));
  EXPECT_TRUE(fails_with(batch.commit(), Errc::disk_full));
  EXPECT_EQ(vault.verify()->values, 0);
  ASSERT_TRUE(succeeds((*store)->connection().execute("PRAGMA max_page_count = 1000000")));
  EXPECT_EQ(batch.commit()->stored, 1000) << "a batch that failed can be committed again";
}

TEST(SqliteFault, after_a_failed_sync_nothing_more_is_acknowledged) {
  TemporaryFolder folder;
  const ManualClock clock(0);
  FaultyDiskScope scope;
  {
    const auto store = ControlStore::open(folder.files(), clock, folder.path(), StoreAccess::write);
    ASSERT_TRUE(succeeds(store));
    Vault vault(**store, kKey);
    ASSERT_TRUE(succeeds(vault.put("h", record(1), content(1), "before")));
    scope.disk.sync_fails = true;
    EXPECT_TRUE(fails_with(vault.put("h", record(2), content(2), "lost"), Errc::io));
    scope.disk.sync_fails = false;
    const auto later = vault.put("h", record(3), content(3), "later");
    ASSERT_TRUE(fails_with(later, Errc::io));
    EXPECT_THAT(later.error().message, HasSubstr("nothing more is written"));
    EXPECT_TRUE(fails_with((*store)->set_meta("a", "b"), Errc::io));
    EXPECT_EQ(vault.get(record(1), content(1))->text, "before");
  }
  const auto store = ControlStore::open(folder.files(), clock, folder.path(), StoreAccess::write);
  ASSERT_TRUE(succeeds(store));
  Vault vault(**store, kKey);
  EXPECT_EQ(vault.get(record(1), content(1))->text, "before");
}

}  // namespace
}  // namespace weir::store
