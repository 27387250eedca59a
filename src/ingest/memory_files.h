// Files that exist in memory only: records that are read again from what weir keeps of them, and tests.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"

namespace weir::ingest {

class MemoryInputFile final : public ::weir::InputFile {
 public:
  explicit MemoryInputFile(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> read(char* buffer, std::size_t size) override {
    const std::size_t count = std::min(size, bytes_.size() - at_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), count, buffer);
    at_ += count;
    return count;
  }
  Result<std::size_t> read_at(std::uint64_t at, char* buffer, std::size_t size) override {
    const std::size_t begin = static_cast<std::size_t>(std::min<std::uint64_t>(at, bytes_.size()));
    const std::size_t count = std::min(size, bytes_.size() - begin);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin), count, buffer);
    return count;
  }

 private:
  std::string bytes_;
  std::size_t at_{0};
};

class MemoryFiles final : public FileSystem {
 public:
  MemoryFiles() = default;
  MemoryFiles(std::string path, std::string bytes) { contents_[std::move(path)] = std::move(bytes); }
  void put(const std::string& path, std::string bytes) { contents_[path] = std::move(bytes); }

  Result<std::string> read_file(const std::string& path) override {
    const auto found = contents_.find(path);
    if (found == contents_.end()) return fail(Errc::not_found, path + " does not exist");
    return found->second;
  }
  Result<std::unique_ptr<::weir::InputFile>> open(const std::string& path) override {
    WEIR_TRY(std::string bytes, read_file(path));
    return std::unique_ptr<::weir::InputFile>(std::make_unique<MemoryInputFile>(std::move(bytes)));
  }
  Result<std::uint64_t> size_of(const std::string& path) override {
    WEIR_TRY(const std::string bytes, read_file(path));
    return std::uint64_t{bytes.size()};
  }
  bool exists(const std::string& path) override { return contents_.contains(path); }
  bool is_directory(const std::string&) override { return false; }
  Result<std::unique_ptr<MappedFile>> map(const std::string&) override { return refused(); }
  Result<std::unique_ptr<OutputFile>> create(const std::string&, unsigned) override { return refused(); }
  Status rename(const std::string&, const std::string&) override { return refused(); }
  Status remove(const std::string&) override { return refused(); }
  Status make_directories(const std::string&) override { return refused(); }
  Status sync_file(const std::string&) override { return refused(); }
  Status sync_directory(const std::string&) override { return refused(); }
  Result<std::vector<std::string>> list(const std::string&) override { return refused(); }
  Result<std::vector<std::string>> glob(const std::string&) override { return refused(); }
  Result<std::unique_ptr<FileLock>> lock(const std::string&) override { return refused(); }

 private:
  static Failure refused() { return fail(Errc::io, "files in memory are read-only"); }
  std::map<std::string, std::string> contents_;
};

}  // namespace weir::ingest
