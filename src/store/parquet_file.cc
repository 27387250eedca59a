#include "store/parquet_file.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "store/parquet_metadata.h"
#include "store/parquet_pages.h"

namespace weir::store {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr std::size_t kTailBytes = 8;  // the footer's length and the magic
constexpr std::uint64_t kLargestFooter = std::uint64_t{1} << 28U;

bool is_same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

ParquetFile::ParquetFile(std::unique_ptr<InputFile> file, parquet::Metadata metadata)
    : file_(std::move(file)), metadata_(std::make_unique<parquet::Metadata>(std::move(metadata))) {}

ParquetFile::~ParquetFile() = default;

std::unique_ptr<ParquetFile> ParquetFile::open(FileSystem& files, const std::string& path) {
  auto file = files.open(path);
  const auto size = files.size_of(path);
  if (!file.has_value() || !size.has_value()) return nullptr;
  const std::uint64_t bytes = size.value();
  if (bytes < kMagic.size() + kTailBytes) return nullptr;
  std::string tail(kTailBytes, '\0');
  if (!parquet::read_exactly(*file.value(), bytes - kTailBytes, tail.data(), kTailBytes)) return nullptr;
  std::uint32_t length = 0;
  std::memcpy(&length, tail.data(), sizeof length);
  if (!tail.ends_with(kMagic) || length > bytes - kMagic.size() - kTailBytes || length > kLargestFooter)
    return nullptr;
  std::string footer(length, '\0');
  if (!parquet::read_exactly(*file.value(), bytes - kTailBytes - length, footer.data(), length))
    return nullptr;
  auto metadata = parquet::read_metadata(footer, bytes);
  if (!metadata) return nullptr;
  return std::unique_ptr<ParquetFile>(new ParquetFile(std::move(file.value()), std::move(*metadata)));
}

std::optional<ParquetFile::Column> ParquetFile::find(std::string_view name) const {
  std::optional<Column> found;
  for (std::size_t field = 0; field < metadata_->fields.size(); ++field) {
    const parquet::Field& each = metadata_->fields[field];
    if (!is_same_name(each.name, name)) continue;
    if (found || each.name != name) return std::nullopt;
    found = Column{field, each.kind};
  }
  return found;
}

std::size_t ParquetFile::group_count() const noexcept {
  return metadata_->groups.size();
}

std::uint64_t ParquetFile::rows_of(std::size_t group) const noexcept {
  return metadata_->groups[group].rows;
}

}  // namespace weir::store
