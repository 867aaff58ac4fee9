#include "resilience/store/sqlite/errors.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <system_error>

namespace resilience::store {

namespace {

bool no_room(int errno_value) noexcept {
  return errno_value == ENOSPC || errno_value == EFBIG || errno_value == EDQUOT;
}

} // namespace

store_errc errc_of(int result, int errno_value) noexcept {
  switch (result & 0xFF) {
    case SQLITE_FULL:
      return store_errc::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return store_errc::locked;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return no_room(errno_value) ? store_errc::full : store_errc::no_access;
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return store_errc::no_access;
    case SQLITE_CORRUPT:
      return store_errc::damaged;
    case SQLITE_NOTADB:
      return store_errc::foreign_file;
    case SQLITE_IOERR:
      // The shared memory of the WAL is extended byte by byte; SQLite keeps no
      // errno of that.
      return no_room(errno_value) || result == SQLITE_IOERR_SHMSIZE
               ? store_errc::full
               : store_errc::failed;
    default:
      return store_errc::failed;
  }
}

store_error error_of(int result, int errno_value, const std::string& path,
                     const std::string& text) {
  auto code = result & 0xFF;
  auto what = path + ": " + text;
  // SQLite leaves old numbers where no system call failed.
  if (errno_value != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN))
    what += " (" + std::generic_category().message(errno_value) + ")";
  return {errc_of(result, errno_value), what};
}

} // namespace resilience::store
