#include "features/context_file.h"

#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/hash.h"

namespace weir::features {
namespace {

constexpr std::string_view kMagic = "WEIRCX01";

class Writer {
 public:
  Writer() : bytes_(kMagic) {}
  template <typename T>
  void value(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view text) {
    value(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }
  template <typename T>
  void values(const std::vector<T>& values) {
    value(std::uint64_t{values.size()});
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }
  std::string finish() {
    value(crc32c(bytes_));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

// Reads nothing beyond the end: from the first value that is not there on, `holds()` is false and all are 0.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <typename T>
  T value() {
    T value{};
    if (take(sizeof value)) std::memcpy(&value, bytes_.data() + at_ - sizeof value, sizeof value);
    return value;
  }
  std::string text() {
    const auto size = value<std::uint32_t>();
    return take(size) ? std::string(bytes_.substr(at_ - size, size)) : std::string{};
  }
  template <typename T>
  std::vector<T> values() {
    const auto count = value<std::uint64_t>();
    std::vector<T> values;
    if (count > bytes_.size() / sizeof(T) || !take(count * sizeof(T))) {
      holds_ = false;
      return values;
    }
    values.resize(count);
    if (count > 0) std::memcpy(values.data(), bytes_.data() + at_ - count * sizeof(T), count * sizeof(T));
    return values;
  }
  void require(bool holds) noexcept { holds_ = holds_ && holds; }
  [[nodiscard]] bool holds() const noexcept { return holds_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ == bytes_.size(); }

 private:
  bool take(std::size_t size) {
    holds_ = holds_ && size <= bytes_.size() - at_;
    if (holds_) at_ += size;
    return holds_;
  }
  std::string_view bytes_;
  std::size_t at_{0};
  bool holds_{true};
};

static_assert(sizeof(DayValue) == 16 && std::is_trivially_copyable_v<DayValue>);
struct KeptEpoch {
  std::int64_t day{0};
  AliveParameters parameters;
};
static_assert(sizeof(KeptEpoch) == 48);

std::vector<KeptEpoch> kept_epochs(const AliveTables& alive) {
  std::vector<KeptEpoch> kept;
  for (const auto& epoch : alive.epochs) kept.push_back({epoch.day, epoch.parameters});
  return kept;
}

void read_entities(Reader& in, KeptContext& kept) {
  const auto count = in.value<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.holds(); ++i) {
    const auto kind = in.value<std::uint8_t>();
    in.require(kind < timeline::kKinds);
    kept.entities.push_back({static_cast<timeline::Kind>(kind), in.text()});
  }
}

void read_cells(Reader& in, AliveTables& alive, std::size_t days) {
  const auto count = in.value<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && in.holds(); ++i) {
    CalendarCell cell{in.text(), in.text(), {}};
    cell.factor = in.values<double>();
    in.require(cell.factor.size() == days);
    alive.cells.push_back(std::move(cell));
  }
  for (const KeptEpoch& epoch : in.values<KeptEpoch>())
    alive.epochs.push_back({static_cast<std::int32_t>(epoch.day), epoch.parameters});
}

ContextFile read_body(Reader& in) {
  ContextFile file;
  KeptContext& kept = file.context;
  ContextTables& tables = kept.tables;
  file.key = in.text();
  tables.first_day = in.value<std::int32_t>();
  tables.last_day = in.value<std::int32_t>();
  read_entities(in, kept);
  for (auto* sums : {&tables.account_open, &tables.account_touches, &tables.owner_open}) {
    *sums = in.values<DayValue>();
    for (const DayValue& value : *sums) in.require(value.entity < kept.entities.size());
  }
  tables.calendar_factor = in.values<double>();
  tables.day_versions = in.values<std::uint64_t>();
  const std::int64_t days = std::int64_t{tables.last_day} - tables.first_day + 1;
  in.require(days >= 0 && tables.calendar_factor.size() == static_cast<std::size_t>(days));
  in.require(tables.day_versions.size() == tables.calendar_factor.size());
  tables.alive.first_day = tables.first_day;
  read_cells(in, tables.alive, tables.calendar_factor.size());
  if (in.holds()) tables.version = tables.version_at(tables.last_day);
  return file;
}

}  // namespace

std::string context_bytes(const KeptContext& kept, std::string_view key) {
  const ContextTables& tables = kept.tables;
  Writer out;
  out.text(key);
  out.value(tables.first_day);
  out.value(tables.last_day);
  out.value(std::uint64_t{kept.entities.size()});
  for (const EntityName& entity : kept.entities) {
    out.value(static_cast<std::uint8_t>(entity.kind));
    out.text(entity.text);
  }
  for (const auto* sums : {&tables.account_open, &tables.account_touches, &tables.owner_open})
    out.values(*sums);
  out.values(tables.calendar_factor);
  out.values(tables.day_versions);
  out.value(static_cast<std::uint32_t>(tables.alive.cells.size()));
  for (const CalendarCell& cell : tables.alive.cells) {
    out.text(cell.region);
    out.text(cell.industry);
    out.values(cell.factor);
  }
  out.values(kept_epochs(tables.alive));
  return out.finish();
}

Result<ContextFile> read_context_bytes(std::string_view bytes, const std::string& path) {
  const auto damaged = [&](const std::string& why) { return fail(Errc::damaged, why, Place{path}); };
  std::uint32_t checksum = 0;
  if (bytes.size() < kMagic.size() + sizeof checksum || !bytes.starts_with(kMagic))
    return damaged("is no file of context tables of this version");
  std::memcpy(&checksum, bytes.data() + bytes.size() - sizeof checksum, sizeof checksum);
  bytes.remove_suffix(sizeof checksum);
  if (crc32c(bytes) != checksum) return damaged("does not have the bytes it was written with");
  Reader in(bytes.substr(kMagic.size()));
  ContextFile file = read_body(in);
  if (!in.holds() || !in.at_end()) return damaged("does not hold whole context tables");
  return file;
}

}  // namespace weir::features
