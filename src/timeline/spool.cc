#include "timeline/spool.h"

#include <cstring>
#include <utility>

namespace weir::timeline {

Spool::Spool(SpoolPlace& place, std::size_t memory)
    : files_(place.files), path_(place.prefix + std::to_string(place.next++)), memory_(memory) {}

Spool::Spool(Spool&& other) noexcept
    : files_(other.files_),
      path_(std::move(other.path_)),
      memory_(other.memory_),
      size_(other.size_),
      buffer_(std::move(other.buffer_)),
      has_file_(std::exchange(other.has_file_, false)),
      file_(std::move(other.file_)) {}

Spool::~Spool() {
  file_.reset();
  if (has_file_) static_cast<void>(files_->remove(path_).has_value());
}

Status Spool::flush() {
  if (!has_file_) {
    WEIR_TRY(file_, files_->create(path_, 0600));
    has_file_ = true;
  }
  WEIR_TRY_STATUS(file_->append(buffer_));
  buffer_.clear();
  return {};
}

Status Spool::finish() {
  if (!has_file_) return {};
  WEIR_TRY_STATUS(flush());
  file_.reset();
  buffer_ = {};
  return {};
}

Result<SpoolReader> SpoolReader::open(const Spool& spool) {
  SpoolReader reader(spool);
  if (spool.has_file_) {
    WEIR_TRY(reader.file_, spool.files_->open(spool.path_));
  }
  return reader;
}

Status SpoolReader::read(char* out, std::size_t size) {
  if (file_ == nullptr) {
    if (spool_->buffer_.size() - at_ < size) return fail(Errc::damaged, "a temporary file is too short");
    std::memcpy(out, spool_->buffer_.data() + at_, size);
    at_ += size;
    return {};
  }
  while (size > 0) {
    WEIR_TRY(const std::size_t count, file_->read(out, size));
    if (count == 0) return fail(Errc::damaged, "a temporary file is too short", Place{spool_->path_});
    out += count;
    size -= count;
  }
  return {};
}

}  // namespace weir::timeline
