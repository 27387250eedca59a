// The bytes of a file front to back, unpacked on the way when the file is gzip (RFC 1952). Room-internal.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/file_system.h"
#include "base/result.h"

namespace weir::ingest {

// What a file begins with decides, not its name: gzip members, one or several, are unpacked block by block
// and their checksums verified; zeros that pad the end are no data. Memory: one block of kPackedBlockBytes
// and zlib's window.
class PackedFile {
 public:
  static constexpr std::size_t kPackedBlockBytes = std::size_t{256} << 10;
  [[nodiscard]] static Result<std::unique_ptr<PackedFile>> open(FileSystem& files, const std::string& path);
  ~PackedFile();
  PackedFile(const PackedFile&) = delete;
  PackedFile& operator=(const PackedFile&) = delete;

  // Up to `size` bytes into `buffer`; 0 at the end. In a gzip file that is damaged or breaks off, everything
  // that can be unpacked before is given first; then every call fails with the place.
  [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size);
  // Of the file as it stands on the disk, so that the two compare.
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  [[nodiscard]] std::uint64_t bytes_total() const noexcept { return bytes_total_; }

 private:
  struct Inflater;
  PackedFile() noexcept;
  [[nodiscard]] Status fill();
  [[nodiscard]] Status begin();
  [[nodiscard]] Result<std::size_t> unpack(char* buffer, std::size_t size);
  [[nodiscard]] Result<bool> begins_member();
  void note_damage(const std::string& what);

  std::unique_ptr<::weir::InputFile> file_;
  std::string path_;
  std::string block_;  // as read; plain files have one only to look at their first bytes
  std::size_t at_{0};  // what of block_ was used
  std::uint64_t bytes_read_{0};
  std::uint64_t bytes_total_{0};
  bool ended_{false};
  std::unique_ptr<Inflater> inflater_;  // null: no gzip
};

}  // namespace weir::ingest
