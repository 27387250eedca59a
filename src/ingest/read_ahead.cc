#include "ingest/read_ahead.h"

#include <optional>
#include <thread>
#include <utility>

#include "base/bounded_queue.h"

namespace weir::ingest {
namespace {

// False at the end of the file.
Result<bool> read_block(FileReader& reader, ReadBlock& block) {
  block.rejected.clear();
  WEIR_TRY(const bool more, reader.next(block.batch, block.rejected));
  block.bytes_read = reader.bytes_read();
  return more;
}

}  // namespace

struct ReadAhead::Thread {
  struct Item {
    std::unique_ptr<ReadBlock> block;  // null: the end, or an error
    std::optional<Error> error;
  };
  BoundedQueue<Item> ready{kBlocksAhead};
  BoundedQueue<std::unique_ptr<ReadBlock>> used{kBlocksAhead};  // to be filled again
  std::jthread worker;

  explicit Thread(FileReader& reader) {
    for (std::size_t i = 0; i < kBlocksAhead; ++i) used.push(std::make_unique<ReadBlock>());
    worker = std::jthread([this, &reader] { read_all(reader); });
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() {
    used.close();
    ready.close();
  }

  void read_all(FileReader& reader) {
    while (auto block = used.pop()) {
      const auto more = read_block(reader, **block);
      const bool is_last = !more || !*more;
      Item item;
      if (!is_last) item.block = *std::move(block);
      if (!more) item.error = more.error();
      if (!ready.push(std::move(item)) || is_last) return;
    }
  }
};

ReadAhead::ReadAhead(FileReader& reader, bool threaded)
    : reader_(reader),
      block_(threaded ? nullptr : std::make_unique<ReadBlock>()),
      thread_(threaded ? std::make_unique<Thread>(reader) : nullptr) {}
ReadAhead::~ReadAhead() = default;

Result<const ReadBlock*> ReadAhead::next() {
  if (thread_ == nullptr) {
    WEIR_TRY(const bool more, read_block(reader_, *block_));
    return more ? block_.get() : nullptr;
  }
  if (!thread_->worker.joinable()) return nullptr;
  if (block_ != nullptr) thread_->used.push(std::move(block_));
  auto item = thread_->ready.pop();
  if (!item || item->error || item->block == nullptr) {
    thread_->worker.join();
    if (item && item->error) return fail(*item->error);
    return nullptr;
  }
  block_ = std::move(item->block);
  return block_.get();
}

}  // namespace weir::ingest
