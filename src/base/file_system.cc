#include "base/file_system.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace weir {
namespace {

Failure os_error(const std::string& what, const std::string& path, int number) {
  const Errc code = number == ENOSPC || number == EDQUOT    ? Errc::disk_full
                    : number == ENOENT || number == ENOTDIR ? Errc::not_found
                                                            : Errc::io;
  std::string message = "cannot " + what + " " + path + ": " +
                        std::strerror(number);  // NOLINT(concurrency-mt-unsafe): glibc's is thread-safe
  if (code == Errc::disk_full) message += "; free some space and run the command again";
  return fail(code, std::move(message));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

Result<Descriptor> open_read(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return os_error("read", path, errno);
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(fd);
    return os_error("read", path, EISDIR);
  }
  return Descriptor{fd};
}

Status write_all(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_error("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status sync_bytes(int fd, const std::string& path) {
  if (::fsync(fd) != 0) return os_error("sync", path, errno);
  return {};
}

class PosixOutputFile final : public OutputFile {
 public:
  PosixOutputFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Status append(std::string_view bytes) override { return write_all(fd_.get(), path_, bytes); }
  Status sync() override { return sync_bytes(fd_.get(), path_); }

 private:
  Descriptor fd_;
  std::string path_;
};

#ifdef O_DIRECT
// Bytes go to the disk in whole blocks of aligned memory, without a copy in the system's cache. What is left
// at the end goes the usual way, and so does all where the system refuses: then memory or blocks are not as
// it wants them, or its files have no disk.
class DirectOutputFile final : public OutputFile {
 public:
  DirectOutputFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      if (block_ == nullptr) block_.reset(static_cast<char*>(std::aligned_alloc(kAlignment, kBlock)));
      if (block_ == nullptr) return os_error("write", path_, ENOMEM);
      const std::size_t taken = std::min(bytes.size(), kBlock - used_);
      std::memcpy(block_.get() + used_, bytes.data(), taken);
      used_ += taken;
      bytes.remove_prefix(taken);
      if (used_ == kBlock) WEIR_TRY_STATUS(write_block());
    }
    return {};
  }
  Status sync() override {
    set_direct(false);
    WEIR_TRY_STATUS(write_all(fd_.get(), path_, {block_.get(), used_}));
    used_ = 0;
    return sync_bytes(fd_.get(), path_);
  }

 private:
  static constexpr std::size_t kAlignment = 4096;
  static constexpr std::size_t kBlock = std::size_t{2} << 20U;
  struct Free {
    void operator()(char* memory) const noexcept { std::free(memory); }
  };

  Status write_block() {
    std::string_view left(block_.get(), kBlock);
    used_ = 0;
    if (may_be_direct_) set_direct(true);
    while (is_direct_ && !left.empty()) {
      const ssize_t written = ::write(fd_.get(), left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && errno != EINVAL) return os_error("write", path_, errno);
      if (written > 0) left.remove_prefix(static_cast<std::size_t>(written));
      if (written >= 0 && left.size() % kAlignment == 0) continue;
      may_be_direct_ = false;
      set_direct(false);
    }
    return write_all(fd_.get(), path_, left);
  }
  void set_direct(bool direct) noexcept {
    if (direct == is_direct_) return;
    const int flags = ::fcntl(fd_.get(), F_GETFL);
    const int wanted = direct ? flags | O_DIRECT : flags & ~O_DIRECT;
    if (flags >= 0 && ::fcntl(fd_.get(), F_SETFL, wanted) == 0) {
      is_direct_ = direct;
    } else {
      may_be_direct_ = false;
    }
  }

  Descriptor fd_;
  std::string path_;
  std::unique_ptr<char, Free> block_;
  std::size_t used_{0};
  bool is_direct_{false};
  bool may_be_direct_{true};
};
#endif

class PosixInputFile final : public InputFile {
 public:
  PosixInputFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Result<std::size_t> read(char* buffer, std::size_t size) override {
    for (;;) {
      const ssize_t count = ::read(fd_.get(), buffer, size);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return os_error("read", path_, errno);
    }
  }
  Result<std::size_t> read_at(std::uint64_t at, char* buffer, std::size_t size) override {
    for (;;) {
      const ssize_t count = ::pread(fd_.get(), buffer, size, static_cast<off_t>(at));
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return os_error("read", path_, errno);
    }
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class PosixMappedFile final : public MappedFile {
 public:
  PosixMappedFile(void* data, std::size_t size) noexcept : data_(data), size_(size) {}
  PosixMappedFile(const PosixMappedFile&) = delete;
  PosixMappedFile& operator=(const PosixMappedFile&) = delete;
  ~PosixMappedFile() override {
    if (data_ != nullptr) ::munmap(data_, size_);
  }
  std::string_view bytes() const noexcept override { return {static_cast<const char*>(data_), size_}; }
  void forget(std::string_view part) const noexcept override { advise(part, MADV_DONTNEED); }
#ifdef MADV_POPULATE_READ
  void fetch(std::string_view part) const noexcept override {
    advise(part, MADV_POPULATE_READ);
  }
#endif

 private:
  // Of the pages that lie in the part as a whole. It changes no byte, so what the system says is no matter.
  void advise(std::string_view part, int advice) const noexcept {
    constexpr std::size_t kPage = 4096;
    const std::size_t offset = static_cast<std::size_t>(part.data() - static_cast<const char*>(data_));
    const std::size_t begin = (offset + kPage - 1) / kPage * kPage;
    const std::size_t end = (offset + part.size()) / kPage * kPage;
    if (begin < end) static_cast<void>(::madvise(static_cast<char*>(data_) + begin, end - begin, advice));
  }

  void* data_;
  std::size_t size_;
};

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(Descriptor fd) noexcept : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::string> read_file(const std::string& path) override {
    WEIR_TRY(const auto file, open(path));
    std::string content;
    constexpr std::size_t kBlock = std::size_t{1} << 16U;
    for (;;) {
      const std::size_t size = content.size();
      content.resize(size + kBlock);
      WEIR_TRY(const std::size_t count, file->read(content.data() + size, kBlock));
      content.resize(size + count);
      if (count == 0) return content;
    }
  }

  Result<std::unique_ptr<InputFile>> open(const std::string& path) override {
    WEIR_TRY(Descriptor fd, open_read(path));
    return std::unique_ptr<InputFile>(std::make_unique<PosixInputFile>(std::move(fd), path));
  }

  Result<std::unique_ptr<MappedFile>> map(const std::string& path) override {
    WEIR_TRY(const Descriptor fd, open_read(path));
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return os_error("read", path, errno);
    const auto size = static_cast<std::size_t>(info.st_size);
    void* data = nullptr;
    if (size > 0) {
      data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
      if (data == MAP_FAILED) return os_error("map", path, errno);
    }
    return std::unique_ptr<MappedFile>(std::make_unique<PosixMappedFile>(data, size));
  }

  Result<std::unique_ptr<OutputFile>> create(const std::string& path, unsigned mode) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0) return os_error("create", path, errno);
    return std::unique_ptr<OutputFile>(std::make_unique<PosixOutputFile>(Descriptor{fd}, path));
  }

  Result<std::unique_ptr<OutputFile>> create_for_later(const std::string& path) override {
#ifdef O_DIRECT
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return os_error("create", path, errno);
    return std::unique_ptr<OutputFile>(std::make_unique<DirectOutputFile>(Descriptor{fd}, path));
#else
    return create(path, 0644);
#endif
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return os_error("rename to", to, errno);
    return {};
  }

  Status remove(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return os_error("remove", path, error.value());
    return {};
  }

  Status make_directories(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return os_error("make the folder", path, error.value());
    return {};
  }

  Status sync_file(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return os_error("sync", path, errno);
    const Descriptor owner{fd};
    if (::fsync(fd) != 0) return os_error("sync", path, errno);
    return {};
  }

  Status sync_directory(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return os_error("sync", path, errno);
    const Descriptor owner{fd};
    if (::fsync(fd) != 0) return os_error("sync", path, errno);
    return {};
  }

  bool exists(const std::string& path) override {
    std::error_code error;
    return std::filesystem::exists(path, error);
  }

  bool is_directory(const std::string& path) override {
    std::error_code error;
    return std::filesystem::is_directory(path, error);
  }

  Result<std::uint64_t> size_of(const std::string& path) override {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) return os_error("read", path, error.value());
    return static_cast<std::uint64_t>(size);
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      names.push_back(it->path().filename().string());
    }
    if (error) return os_error("list", path, error.value());
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<std::vector<std::string>> glob(const std::string& pattern) override {
    if (pattern.find_first_of("*?[") == std::string::npos || exists(pattern)) {
      return exists(pattern) ? std::vector<std::string>{pattern} : std::vector<std::string>{};
    }
    ::glob_t found{};
    const int outcome = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
    std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + (outcome == 0 ? found.gl_pathc : 0));
    ::globfree(&found);
    if (outcome != 0 && outcome != GLOB_NOMATCH) return os_error("search for", pattern, EIO);
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return os_error("lock", path, errno);
    Descriptor owner{fd};
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return os_error("lock", path, errno);
      return fail(Errc::locked,
                  "another weir process is writing to this workspace; wait for it to end or stop it");
    }
    return std::unique_ptr<FileLock>(std::make_unique<PosixFileLock>(std::move(owner)));
  }
};

}  // namespace

Status FileSystem::write_durably(const std::string& path, std::string_view bytes, unsigned mode) {
  const std::string temporary = path + ".tmp";
  {
    WEIR_TRY(const auto file, create(temporary, mode));
    WEIR_TRY_STATUS(file->append(bytes));
    WEIR_TRY_STATUS(file->sync());
  }
  WEIR_TRY_STATUS(rename(temporary, path));
  return sync_directory(parent_path(path));
}

std::unique_ptr<FileSystem> posix_file_system() {
  return std::make_unique<PosixFileSystem>();
}

std::string join_path(std::string_view folder, std::string_view name) {
  if (folder.empty() || (!name.empty() && name.front() == '/')) return std::string(name);
  std::string path(folder);
  if (path.back() != '/') path += '/';
  return path.append(name);
}

std::string parent_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

std::string file_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

}  // namespace weir
