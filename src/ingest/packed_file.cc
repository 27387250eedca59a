#include "ingest/packed_file.h"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace weir::ingest {
namespace {

constexpr unsigned char kFirstMagic = 0x1F;
constexpr unsigned char kSecondMagic = 0x8B;
constexpr int kGzipWindow = 15 + 16;  // zlib's largest window, and a gzip header around it

}  // namespace

struct PackedFile::Inflater {
  z_stream stream{};
  bool in_member{true};
  std::uint64_t unpacked{0};
  std::optional<Error> failure;

  Inflater() = default;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

PackedFile::PackedFile() noexcept = default;
PackedFile::~PackedFile() = default;

Result<std::unique_ptr<PackedFile>> PackedFile::open(FileSystem& files, const std::string& path) {
  auto file = std::unique_ptr<PackedFile>(new PackedFile());
  file->path_ = path;
  WEIR_TRY(file->bytes_total_, files.size_of(path));
  WEIR_TRY(file->file_, files.open(path));
  WEIR_TRY_STATUS(file->begin());
  return file;
}

Status PackedFile::begin() {
  while (!ended_ && block_.size() < 2) WEIR_TRY_STATUS(fill());
  // No text of any encoding begins with 0x1F, so a file that ends after it is gzip that broke off.
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(block_[at]); };
  const bool is_gzip =
      !block_.empty() && byte(0) == kFirstMagic && (block_.size() == 1 || byte(1) == kSecondMagic);
  if (!is_gzip) return {};
  inflater_ = std::make_unique<Inflater>();
  if (inflateInit2(&inflater_->stream, kGzipWindow) != Z_OK)
    return fail(Errc::io, "zlib could not be started to unpack " + path_);
  return {};
}

Status PackedFile::fill() {
  block_.erase(0, at_);
  at_ = 0;
  const std::size_t before = block_.size();
  block_.resize(before + kPackedBlockBytes);
  const auto count = file_->read(block_.data() + before, kPackedBlockBytes);
  block_.resize(before + (count ? *count : 0));
  if (!count) return fail(count.error());
  bytes_read_ += *count;
  ended_ = *count == 0;
  return {};
}

Result<std::size_t> PackedFile::read(char* buffer, std::size_t size) {
  if (inflater_ != nullptr) return unpack(buffer, size);
  if (at_ < block_.size()) {
    const std::size_t count = std::min(size, block_.size() - at_);
    std::copy_n(block_.data() + at_, count, buffer);
    at_ += count;
    return count;
  }
  WEIR_TRY(const std::size_t count, file_->read(buffer, size));
  bytes_read_ += count;
  return count;
}

// Whether another member follows the one that ended.
Result<bool> PackedFile::begins_member() {
  const auto skip_padding = [&] {
    while (at_ < block_.size() && block_[at_] == '\0') ++at_;
  };
  skip_padding();
  while (!ended_ && block_.size() - at_ < 2) {
    WEIR_TRY_STATUS(fill());
    skip_padding();
  }
  if (at_ == block_.size()) return false;
  const bool is_gzip = static_cast<unsigned char>(block_[at_]) == kFirstMagic;
  if (!is_gzip || inflateReset(&inflater_->stream) != Z_OK) {
    note_damage("something else than gzip follows the end of the packed data");
    return fail(*inflater_->failure);
  }
  inflater_->in_member = true;
  return true;
}

Result<std::size_t> PackedFile::unpack(char* buffer, std::size_t size) {
  Inflater& self = *inflater_;
  if (self.failure) return fail(*self.failure);
  z_stream& stream = self.stream;
  std::size_t given = 0;
  while (given < size) {
    if (!self.in_member) {
      const auto more = begins_member();
      if (!more && given == 0) return fail(more.error());
      if (!more || !*more) break;
    }
    if (at_ == block_.size() && !ended_) {
      const Status filled = fill();
      if (!filled && given == 0) return fail(filled.error());
      if (!filled) break;
    }
    stream.next_in = reinterpret_cast<Bytef*>(block_.data() + at_);
    stream.avail_in = static_cast<uInt>(block_.size() - at_);
    stream.next_out = reinterpret_cast<Bytef*>(buffer + given);
    stream.avail_out = static_cast<uInt>(std::min<std::size_t>(size - given, std::size_t{1} << 30));
    const uInt room = stream.avail_out;
    const int code = inflate(&stream, Z_NO_FLUSH);
    at_ = block_.size() - stream.avail_in;
    given += room - stream.avail_out;
    self.unpacked += room - stream.avail_out;
    if (code == Z_STREAM_END) {
      self.in_member = false;
      continue;
    }
    if (code != Z_OK && code != Z_BUF_ERROR) {
      note_damage(stream.msg == nullptr ? "it is no valid gzip" : stream.msg);
    } else if (ended_ && at_ == block_.size() && stream.avail_out > 0) {
      note_damage("it breaks off");
    } else {
      continue;
    }
    if (given == 0) return fail(*self.failure);
    break;
  }
  return given;
}

// Told after what was unpacked before.
void PackedFile::note_damage(const std::string& what) {
  const std::uint64_t at = bytes_read_ - (block_.size() - at_);
  inflater_->failure = fail(Errc::invalid_data,
                            "the gzip data of " + path_ + " is damaged at byte " + std::to_string(at) +
                                " of " + std::to_string(bytes_total_) + " (" + what + "); " +
                                std::to_string(inflater_->unpacked) + " bytes were unpacked before it",
                            Place{path_, 0, 0})
                           .error;
}

}  // namespace weir::ingest
