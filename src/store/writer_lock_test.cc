#include "store/writer_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "store/control_test_support.h"

namespace weir::store {
namespace {

// A second process that holds the lock until it is told to end or is killed.
class OtherProcess {
 public:
  OtherProcess(TemporaryFolder& folder, const std::string& verb) {
    std::array<int, 2> ready{};
    std::array<int, 2> stop{};
    if (::pipe(ready.data()) != 0 || ::pipe(stop.data()) != 0) ADD_FAILURE() << "no pipe";
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(stop[1]);
      {
        const auto lock = WriterLock::acquire(folder.files(), folder.path(), verb);
        const char held = lock.has_value() ? 'y' : 'n';
        char end = 0;
        if (::write(ready[1], &held, 1) == 1) end = ::read(stop[0], &end, 1) == 1 ? end : 'e';
      }
      ::_exit(0);  // leaves the folder to the parent
    }
    ::close(ready[1]);
    ::close(stop[0]);
    stop_ = stop[1];
    char held = 'n';
    if (::read(ready[0], &held, 1) != 1 || held != 'y') ADD_FAILURE() << "the other process has no lock";
    ::close(ready[0]);
  }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;
  ~OtherProcess() { end(0); }

  void end(int signal) {
    if (pid_ <= 0) return;
    if (signal != 0) ::kill(pid_, signal);
    ::close(stop_);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_{-1};
  int stop_{-1};
};

TEST(WriterLock, the_second_writer_is_told_who_holds_it) {
  TemporaryFolder folder;
  OtherProcess other(folder, "ingest");
  const auto lock = WriterLock::acquire(folder.files(), folder.path(), "run");
  ASSERT_TRUE(fails_with(lock, Errc::locked));
  EXPECT_EQ(lock.error().message, "weir ingest (pid " + std::to_string(other.pid()) +
                                      ") is writing to this workspace; wait for it to end");
}

TEST(WriterLock, a_killed_writer_leaves_no_lock) {
  TemporaryFolder folder;
  OtherProcess other(folder, "ingest");
  other.end(SIGKILL);
  EXPECT_TRUE(succeeds(WriterLock::acquire(folder.files(), folder.path(), "run")));
}

TEST(WriterLock, is_free_after_its_holder_and_then_names_nobody) {
  TemporaryFolder folder;
  {
    const auto lock = WriterLock::acquire(folder.files(), folder.path("state"), "apply");
    ASSERT_TRUE(succeeds(lock));
    EXPECT_EQ(folder.content("state/writer.lock"), std::to_string(::getpid()) + "\napply\n");
    EXPECT_TRUE(fails_with(WriterLock::acquire(folder.files(), folder.path("state"), "run"), Errc::locked));
  }
  EXPECT_EQ(folder.content("state/writer.lock"), "");
  EXPECT_TRUE(succeeds(WriterLock::acquire(folder.files(), folder.path("state"), "run")));
}

TEST(WriterLock, a_strange_note_is_not_repeated) {
  TemporaryFolder folder;
  const auto held = folder.files().lock(folder.path("writer.lock"));
  ASSERT_TRUE(succeeds(held));
  for (const std::string note : {"", "12", "12\n\x1b[2Jrun\n", "x\nrun\n", "12\nrun", "99999999999\nrun\n"}) {
    ASSERT_TRUE(succeeds((*folder.files().create(folder.path("writer.lock")))->append(note)));
    const auto lock = WriterLock::acquire(folder.files(), folder.path(), "run");
    ASSERT_TRUE(fails_with(lock, Errc::locked));
    EXPECT_EQ(lock.error().message, "another weir process is writing to this workspace; wait for it to end");
  }
}

}  // namespace
}  // namespace weir::store
