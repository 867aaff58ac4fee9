#include "resilience/store/sqlite/file_lock.hpp"

#include "resilience/store/snapshot_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace resilience::store {

namespace {

std::string text_of(int errno_value) {
  return std::generic_category().message(errno_value);
}

store_error cannot_make(const std::string& path, int errno_value) {
  auto full = errno_value == ENOSPC || errno_value == EDQUOT;
  return {full ? store_errc::full : store_errc::no_access,
          path + ": cannot be made: " + text_of(errno_value)};
}

/// Who holds the lock, as he wrote it there.
std::string holder(int file) {
  char text[32];
  auto n = pread(file, text, sizeof(text), 0);
  return n > 0 ? std::string{text, static_cast<size_t>(n)} : "?";
}

/// For `holder`; nobody needs it.
void write_holder(int file) {
  auto text = std::to_string(getpid());
  if (ftruncate(file, 0) == 0) [[maybe_unused]]
    auto n = pwrite(file, text.data(), text.size(), 0);
}

bool same_file(int file, const std::string& path) {
  struct stat a;
  struct stat b;
  return fstat(file, &a) == 0 && stat(path.c_str(), &b) == 0
         && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

} // namespace

file_lock::file_lock(std::string path, const std::string& guarded)
  : path_(std::move(path)) {
  // Who held the lock has removed the file: what was opened before is not what
  // the next one will open.
  do {
    if (file_ >= 0)
      close(file_);
    file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file_ < 0)
      throw cannot_make(path_, errno);
    if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
      auto reason = errno;
      auto who = holder(file_);
      close(file_);
      if (reason != EWOULDBLOCK)
        throw store_error{store_errc::no_access,
                          path_ + ": cannot be locked: " + text_of(reason)};
      throw store_error{store_errc::in_use, guarded
                                              + ": another store of process "
                                              + who + " uses it"};
    }
  } while (!same_file(file_, path_));
  write_holder(file_);
}

file_lock::~file_lock() {
  unlink(path_.c_str());
  close(file_);
}

} // namespace resilience::store
