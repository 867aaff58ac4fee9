// Keeps a second store off a file, also one of the same process.
//
// A lock on a file of its own, as the database's locks belong to SQLite: to
// close a descriptor of that file would drop them. The kernel takes the lock
// back when the process ends.
#pragma once

#include <string>

namespace resilience::store {

/// Owned by one store.
class file_lock {
public:
  /// Makes `path` and locks it. Throws `store_error`: `in_use` where somebody
  /// has it, `no_access`, `full`; its text names `guarded`, the file that this
  /// is about.
  file_lock(std::string path, const std::string& guarded);

  file_lock(file_lock&&) = delete;
  file_lock& operator=(file_lock&&) = delete;

  /// Removes `path`.
  ~file_lock();

private:
  std::string path_;
  int file_ = -1;
};

} // namespace resilience::store
