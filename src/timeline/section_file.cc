#include "timeline/section_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/crc32c_blocks.h"
#include "base/hash.h"

// File: "WEIRTL" + format number (2 digits), sections, each from a multiple of 64 bytes on, the directory
// (SectionEntry each, then the CRC-32C of each block), and a tail of 32 bytes. Little-endian. Behind every
// section at least 8 bytes follow, so that codes can be read eight bytes at a time.
namespace weir::timeline {
namespace {

constexpr std::string_view kMagic = "WEIRTL04";
constexpr std::size_t kAlign = 64;
constexpr std::uint64_t kMostSections = 10'000;

struct Tail {
  std::uint64_t directory_offset{0};
  std::uint64_t count{0};
  std::uint32_t directory_checksum{0};
  std::uint32_t tail_checksum{0};  // of the tail's bytes before this field
  std::array<char, 8> magic{};
};
static_assert(sizeof(Tail) == 32);

std::uint32_t checksum_of(const Tail& tail) noexcept {
  return crc32c({reinterpret_cast<const char*>(&tail), offsetof(Tail, tail_checksum)});
}

std::uint64_t aligned(std::uint64_t offset) noexcept {
  return (offset + kAlign - 1) / kAlign * kAlign;
}

}  // namespace

Result<SectionWriter> SectionWriter::create(FileSystem& files, const std::string& path) {
  SectionWriter writer(files, path);
  WEIR_TRY(writer.file_, files.create(path + ".tmp"));
  WEIR_TRY_STATUS(writer.put(kMagic));
  return writer;
}

Status SectionWriter::put(std::string_view bytes) {
  at_ += bytes.size();
  return file_->append(bytes);
}

Status SectionWriter::begin(std::uint32_t id, const Coding& coding) {
  const std::uint64_t start = aligned(at_);
  WEIR_TRY_STATUS(put(std::string(start - at_, '\0')));
  open_ = SectionEntry{id, static_cast<std::uint32_t>(blocks_.size()), start, 0, 0, coding};
  return {};
}

void SectionWriter::sum(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kBlockBytes - open_.bytes % kBlockBytes);
    checksum_ = crc32c(part, checksum_);
    open_.bytes += part.size();
    bytes.remove_prefix(part.size());
    if (open_.bytes % kBlockBytes == 0) blocks_.push_back(std::exchange(checksum_, 0));
  }
}

Status SectionWriter::append(std::string_view bytes) {
  sum(bytes);
  return put(bytes);
}

Status SectionWriter::end(std::uint64_t count) {
  if (open_.bytes % kBlockBytes != 0) blocks_.push_back(std::exchange(checksum_, 0));
  open_.count = count;
  entries_.push_back(open_);
  return put(std::string_view("\0\0\0\0\0\0\0\0", 8));
}

Status SectionWriter::add(std::uint32_t id, std::string_view bytes, std::uint32_t width) {
  Coding coding;
  coding.width = width;
  WEIR_TRY_STATUS(begin(id, coding));
  WEIR_TRY_STATUS(append(bytes));
  return end(bytes.size() / width);
}

Status SectionWriter::finish() {
  std::sort(entries_.begin(), entries_.end(),
            [](const SectionEntry& a, const SectionEntry& b) { return a.id < b.id; });
  Tail tail;
  tail.directory_offset = aligned(at_);
  tail.count = entries_.size();
  tail.directory_checksum = crc32c(bytes_of(blocks_), crc32c(bytes_of(entries_)));
  tail.tail_checksum = checksum_of(tail);
  std::copy(kMagic.begin(), kMagic.end(), tail.magic.begin());
  WEIR_TRY_STATUS(put(std::string(tail.directory_offset - at_, '\0')));
  WEIR_TRY_STATUS(put(bytes_of(entries_)));
  WEIR_TRY_STATUS(put(bytes_of(blocks_)));
  WEIR_TRY_STATUS(put({reinterpret_cast<const char*>(&tail), sizeof tail}));
  WEIR_TRY_STATUS(file_->sync());
  file_.reset();
  WEIR_TRY_STATUS(files_->rename(path_ + ".tmp", path_));
  return files_->sync_directory(parent_path(path_));
}

Failure SectionReader::damaged(const std::string& what) const {
  return fail(Errc::damaged, "the timeline file " + what + "; it is derived and will be built again",
              Place{path_});
}

Result<SectionReader> SectionReader::open(std::string_view bytes, std::string path) {
  SectionReader reader(bytes, std::move(path));
  const std::string_view all = reader.bytes_;
  if (all.size() < kMagic.size() + sizeof(Tail) || all.substr(0, kMagic.size()) != kMagic)
    return reader.damaged("is no timeline file of this version");
  Tail tail;
  const std::size_t body = all.size() - sizeof tail;
  std::memcpy(&tail, all.data() + body, sizeof tail);
  if (std::string_view(tail.magic.data(), tail.magic.size()) != kMagic)
    return reader.damaged("is cut short or has bytes behind its end");
  const bool whole = tail.tail_checksum == checksum_of(tail) && tail.count <= kMostSections &&
                     tail.directory_offset <= body &&
                     body - tail.directory_offset >= tail.count * sizeof(SectionEntry);
  if (!whole ||
      crc32c(all.substr(tail.directory_offset, body - tail.directory_offset)) != tail.directory_checksum) {
    return reader.damaged("has a damaged directory");
  }
  reader.entries_.resize(tail.count);
  if (tail.count > 0)
    std::memcpy(reader.entries_.data(), all.data() + tail.directory_offset,
                tail.count * sizeof(SectionEntry));
  const std::string_view blocks = all.substr(tail.directory_offset, body - tail.directory_offset)
                                      .substr(bytes_of(reader.entries_).size());
  reader.blocks_.resize(blocks.size() / sizeof(std::uint32_t));
  if (!reader.blocks_.empty())
    std::memcpy(reader.blocks_.data(), blocks.data(), bytes_of(reader.blocks_).size());
  for (const SectionEntry& entry : reader.entries_) {
    const bool inside =
        entry.offset % kAlign == 0 && entry.offset <= tail.directory_offset &&
        entry.bytes <= tail.directory_offset - entry.offset &&
        (entry.bytes + kBlockBytes - 1) / kBlockBytes + entry.first_block <= reader.blocks_.size();
    const bool sized = entry.coding.width <= 64 && entry.count <= all.size() * 8 &&
                       entry.bytes == entry.count * entry.coding.width;
    if (!inside || (entry.coding.width > 0 && !sized)) return reader.damaged("is cut short");
  }
  return reader;
}

Status SectionReader::check(const SectionEntry& entry, std::uint64_t begin, std::uint64_t end) const {
  if (begin >= end) return {};
  const std::uint64_t first = begin / kBlockBytes;
  const std::uint64_t last = (end - 1) / kBlockBytes;
  const std::string_view read = bytes(entry).substr(first * kBlockBytes, (last - first + 1) * kBlockBytes);
  const auto found = crc32c_of_blocks(read, kBlockBytes);
  const auto written = blocks_.begin() + static_cast<std::ptrdiff_t>(entry.first_block + first);
  if (std::equal(found.begin(), found.end(), written)) return {};
  return damaged("has a damaged column (section " + std::to_string(entry.id) + ")");
}

const SectionEntry* SectionReader::find(std::uint32_t id) const noexcept {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), id,
                       [](const SectionEntry& entry, std::uint32_t wanted) { return entry.id < wanted; });
  return at != entries_.end() && at->id == id ? &*at : nullptr;
}

}  // namespace weir::timeline
