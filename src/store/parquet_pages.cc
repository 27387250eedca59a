#include "store/parquet_pages.h"

#include <snappy-c.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

namespace weir::store::parquet {
namespace {

constexpr std::size_t kUsualHeader = 256;
constexpr std::size_t kLargestHeader = std::size_t{16} << 20U;
constexpr std::size_t kLargestPage = std::size_t{1} << 30U;

bool unpack_snappy(std::string_view packed, std::size_t bytes, char* out) {
  std::size_t size = bytes;
  return snappy_uncompress(packed.data(), packed.size(), out, &size) == SNAPPY_OK && size == bytes;
}

// Asked before room is made for it: what a damaged header claims is not believed.
bool is_packed_size(Codec codec, std::string_view packed, std::size_t bytes) {
  if (codec == Codec::none) return packed.size() == bytes;
  if (codec == Codec::zstd) {
    const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    return size == ZSTD_CONTENTSIZE_UNKNOWN || size == bytes;
  }
  std::size_t size = 0;
  return snappy_uncompressed_length(packed.data(), packed.size(), &size) == SNAPPY_OK && size == bytes;
}

}  // namespace

bool read_exactly(InputFile& file, std::uint64_t at, char* to, std::size_t size) {
  while (size > 0) {
    const auto count = file.read_at(at, to, size);
    if (!count.has_value() || count.value() == 0) return false;
    at += count.value();
    to += count.value();
    size -= count.value();
  }
  return true;
}

void FilePart::start(std::uint64_t begin, std::uint64_t bytes) noexcept {
  at_ = begin;
  end_ = begin + bytes;
  if (begin < piece_at_ || begin > piece_at_ + piece_.size()) piece_.clear();
  if (piece_.empty()) piece_at_ = begin;
}

std::optional<std::string_view> FilePart::peek(std::size_t bytes) {
  bytes = std::min<std::uint64_t>(bytes, left());
  std::uint64_t from = at_ - piece_at_;
  if (from + bytes > piece_.size()) {
    const std::size_t here = piece_.size() - from;
    if (here > 0) std::memmove(piece_.data(), piece_.data() + from, here);
    piece_.shrink(here);
    piece_at_ = at_;
    from = 0;
    const std::size_t wanted = std::min<std::uint64_t>(std::max(bytes, kPiece), left()) - here;
    char* const to = piece_.grow(wanted);
    if (!read_exactly(file_, piece_at_ + here, to, wanted)) {
      piece_.clear();
      return std::nullopt;
    }
  }
  return std::string_view(piece_.data() + from, bytes);
}

void PageReader::start(const Chunk& chunk) {
  part_.start(chunk.begin, chunk.bytes);
  codec_ = chunk.codec;
  dictionary_ = {};
  has_pages_ = false;
  rows_left_ = 0;
  values_ = {};
}

std::optional<PageHeader> PageReader::read_header() {
  for (std::size_t bytes = kUsualHeader; bytes <= kLargestHeader; bytes *= 16) {
    const auto some = part_.peek(bytes);
    if (!some || some->empty()) return std::nullopt;
    const auto header = read_page_header(*some);
    if (header) {
      part_.pass(header->header_bytes);
      return header;
    }
    if (some->size() < bytes) return std::nullopt;
  }
  return std::nullopt;
}

bool PageReader::unpack(std::string_view packed, std::size_t bytes, bool is_packed,
                        RawArray<char>& out) const {
  const Codec codec = is_packed ? codec_ : Codec::none;
  const bool is_empty = bytes == 0 && packed.empty();
  if (bytes > kLargestPage || (!is_empty && !is_packed_size(codec, packed, bytes))) return false;
  char* const to = out.grow(bytes + kReadableBehind);
  std::memset(to + bytes, 0, kReadableBehind);
  if (is_empty) return true;
  if (codec == Codec::none) {
    std::memcpy(to, packed.data(), bytes);
    return true;
  }
  if (codec == Codec::zstd) return ZSTD_decompress(to, bytes, packed.data(), packed.size()) == bytes;
  return unpack_snappy(packed, bytes, to);
}

bool PageReader::read_dictionary(const PageHeader& header) {
  if (has_pages_ || !dictionary_.bytes.empty()) return false;
  if (header.encoding != kPlain && header.encoding != kPlainDictionary) return false;
  const auto packed = part_.peek(header.bytes);
  if (!packed || packed->size() < header.bytes) return false;
  dictionary_bytes_.clear();
  if (!unpack(*packed, header.plain_bytes, true, dictionary_bytes_)) return false;
  dictionary_ = {{dictionary_bytes_.data(), header.plain_bytes}, header.values};
  part_.pass(header.bytes);
  return true;
}

// Levels of the second version stand before what is packed.
bool PageReader::read_page(const PageHeader& header) {
  const auto stored = part_.peek(header.bytes);
  if (!stored || stored->size() < header.bytes) return false;
  const std::size_t apart = header.kind == PageHeader::Kind::data_v2 ? header.levels : 0;
  if (header.repetition != 0 || apart > header.bytes || apart > header.plain_bytes) return false;
  const std::string_view levels = stored->substr(0, apart);
  page_.append(levels.data(), levels.size());
  if (!unpack(stored->substr(apart), header.plain_bytes - apart, header.is_compressed, page_)) return false;
  part_.pass(header.bytes);
  return split_page(header);
}

bool PageReader::split_page(const PageHeader& header) {
  std::string_view bytes(page_.data(), header.plain_bytes);
  std::size_t levels = header.levels;
  if (header.kind == PageHeader::Kind::data) {
    if (may_be_null_) {
      std::uint32_t size = 0;
      if (bytes.size() < sizeof size || header.level_encoding != kRle) return false;
      std::memcpy(&size, bytes.data(), sizeof size);
      bytes.remove_prefix(sizeof size);
      levels = size;
    }
    if (levels > bytes.size()) return false;
  }
  levels_ = HybridReader(bytes.substr(0, levels), 1);
  values_ = bytes.substr(levels);
  rows_left_ = header.values;
  encoding_ = header.encoding;
  return true;
}

bool PageReader::next(bool keep) {
  if (keep) {
    kept_.push_back(std::move(page_));
    page_ = {};
  }
  page_.clear();
  rows_left_ = 0;
  while (rows_left_ == 0) {
    const auto header = read_header();
    if (!header) return false;
    if (header->kind == PageHeader::Kind::dictionary) {
      if (!read_dictionary(*header)) return false;
    } else if (header->kind == PageHeader::Kind::index) {
      if (header->bytes > part_.left()) return false;
      part_.pass(header->bytes);
    } else {
      page_.clear();
      if (!read_page(*header)) return false;
      has_pages_ = true;
    }
  }
  return true;
}

std::optional<std::size_t> PageReader::read_rows(std::uint8_t* valid, std::size_t count) noexcept {
  rows_left_ -= count;
  return may_be_null_ ? levels_.read_levels(valid, count) : std::optional(count);
}

}  // namespace weir::store::parquet
