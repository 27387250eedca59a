// Any bytes as the sections and the directory of a timeline file, under a tail and a directory checksum that
// hold: no crash, and every column of what is opened can be read to its end.
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "base/check.h"
#include "base/hash.h"
#include "timeline/section_file.h"
#include "timeline/timeline_store.h"

namespace {

constexpr std::string_view kMagic = "WEIRTL04";

template <typename T>
void append(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The last six bytes of the input say where the directory begins and how many entries it has.
std::string as_file(const std::uint8_t* data, std::size_t size) {
  std::uint32_t offset = 0;
  std::uint16_t count = 0;
  std::string bytes(kMagic);
  if (size >= sizeof offset + sizeof count) {
    size -= sizeof offset + sizeof count;
    std::memcpy(&offset, data + size, sizeof offset);
    std::memcpy(&count, data + size + sizeof offset, sizeof count);
  }
  bytes.append(reinterpret_cast<const char*>(data), size);
  const std::string_view directory =
      std::string_view(bytes).substr(std::min<std::size_t>(offset, bytes.size()));
  std::string tail;
  append(tail, std::uint64_t{offset});
  append(tail, std::uint64_t{count});
  append(tail, weir::crc32c(directory));
  append(tail, weir::crc32c(tail));
  return bytes + tail + std::string(kMagic);
}

template <typename Column>
std::uint64_t sum_of(const Column& column) {
  std::uint64_t sum = 0;
  for (const auto value : column) sum += static_cast<std::uint64_t>(value);
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = as_file(data, size);
  const auto sections = weir::timeline::SectionReader::open(bytes, "a file");
  if (sections.has_value()) {
    for (const auto& entry : sections->entries())
      static_cast<void>(sections->check(entry, entry.bytes / 3, entry.bytes));
  }
  static const auto files = weir::posix_file_system();
  static const std::string path =
      (std::filesystem::temp_directory_path() / ("weir-fuzz-" + std::to_string(::getpid()))).string();
  {
    auto file = files->create(path, 0600);
    WEIR_CHECK(file.has_value() && file.value()->append(bytes).has_value(), "no room for a file to read");
  }
  using weir::timeline::Reads;
  for (const Reads reads : {Reads::everything, Reads::on_demand}) {
    const auto store = weir::timeline::TimelineStore::open(*files, path, reads);
    if (!store.has_value() || store.value()->row_count() > 1'000'000) continue;
    weir::timeline::TimelineStore& opened = *store.value();
    if (!opened.need_columns().has_value()) continue;
    const auto& columns = opened.columns();
    std::uint64_t sum = sum_of(columns.occurred_at) + sum_of(columns.retracted_at) +
                        sum_of(columns.amount_minor) + sum_of(columns.currency);
    for (const auto& keys : columns.keys) sum += sum_of(keys);
    for (const auto& values : columns.values) sum += sum_of(values);
    for (const auto row : opened.runs().rows) sum += row;
    WEIR_CHECK(sum == 0 || opened.row_count() + opened.runs().size() > 0, "values without rows");
  }
  static_cast<void>(std::remove(path.c_str()));
  return 0;
}
