// Reads the blocks of a file in a thread of its own, while its user is busy with those before. Room-internal.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "contract/batch.h"
#include "ingest/file_reader.h"

namespace weir::ingest {

struct ReadBlock {
  contract::RecordBatch batch;
  std::vector<contract::Rejected> rejected;
  std::uint64_t bytes_read{0};  // of the file, with this block
};

// Blocks and errors are those that the reader itself would give, in the same order. The reader must outlive
// it, and is not to be used before the end or an error was given. Memory: kBlocksAhead blocks.
class ReadAhead {
 public:
  static constexpr std::size_t kBlocksAhead = 3;
  // `threaded`: without it the reader is asked when a block is wanted.
  ReadAhead(FileReader& reader, bool threaded);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The next block, which lives until the next call; null at the end of the file.
  [[nodiscard]] Result<const ReadBlock*> next();

 private:
  struct Thread;
  FileReader& reader_;
  std::unique_ptr<ReadBlock> block_;  // the one that was given
  std::unique_ptr<Thread> thread_;
};

}  // namespace weir::ingest
