#include "resilience/store/sqlite/open_file.hpp"

#include "resilience/store/sqlite/errors.hpp"
#include "resilience/store/sqlite/schema.hpp"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <system_error>

namespace resilience::store {

namespace {

namespace fs = std::filesystem;

/// The smallest page of SQLite.
constexpr uintmax_t smallest_database = 512;

/// Files up to this are read through when they are opened, some 10 ms. In
/// larger ones damage shows when it is come across.
constexpr int64_t checked_bytes = int64_t{16} << 20;

/// Most of the file that is held in memory: all pages of some 100,000 circuits,
/// so that a transaction over all of them writes each page once.
constexpr int64_t cache_bytes = int64_t{16} << 20;

/// -wal is cut back to this after a large batch.
constexpr int64_t wal_bytes = int64_t{16} << 20;

int last_errno(sqlite3_file* x) {
  int result = 0;
  if (x != nullptr && x->pMethods != nullptr)
    x->pMethods->xFileControl(x, SQLITE_FCNTL_LAST_ERRNO, &result);
  return result;
}

/// Of the system call that failed last. Where a commit fails SQLite leaves it
/// with the file.
int errno_of(SQLite::Database& db) {
  auto* handle = db.getHandle();
  for (auto which : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
    sqlite3_file* x = nullptr;
    sqlite3_file_control(handle, "main", which, &x);
    if (auto found = last_errno(x); found != 0)
      return found;
  }
  return sqlite3_system_errno(handle);
}

/// Whether the last connection to close writes the WAL into the file.
void write_back_on_close(SQLite::Database& db, bool on) {
  sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
                    on ? 0 : 1, nullptr);
}

/// The file must be whole, as far as that is cheap to say.
void check_pages(SQLite::Database& db, const std::string& path) {
  auto pages = db.execAndGet("PRAGMA page_count").getInt64();
  auto page_size = db.execAndGet("PRAGMA page_size").getInt64();
  if (pages * page_size > checked_bytes)
    return;
  auto found = db.execAndGet("PRAGMA quick_check(1)").getString();
  if (found != "ok")
    throw store_error{store_errc::damaged, path + ": is damaged: " + found};
}

void configure(SQLite::Database& db, const sqlite_options& options,
               const std::string& path) {
  auto mode = db.execAndGet("PRAGMA journal_mode = WAL").getString();
  if (mode != "wal")
    throw store_error{store_errc::failed,
                      path + ": its file system cannot hold a WAL"};
  db.exec(options.synchronous == synchronous_mode::full
            ? "PRAGMA synchronous = FULL"
            : "PRAGMA synchronous = NORMAL");
  auto page_size = db.execAndGet("PRAGMA page_size").getInt64();
  auto pages = (int64_t{options.max_megabytes} << 20) / page_size;
  for (const auto& x : {"max_page_count = " + std::to_string(pages),
                        "journal_size_limit = " + std::to_string(wal_bytes)})
    db.execAndGet("PRAGMA " + x);
  db.exec("PRAGMA cache_size = -" + std::to_string(cache_bytes >> 10));
}

void prepare(SQLite::Database& db, const sqlite_options& options,
             const std::string& path) {
  // Until it is known to be ours, not even its WAL is written back.
  write_back_on_close(db, false);
  auto kind = look_at(db, path);
  if (sqlite3_db_readonly(db.getHandle(), "main") == 1)
    throw store_error{store_errc::no_access, path + ": cannot be written"};
  if (kind == file_kind::known)
    check_pages(db, path);
  configure(db, options, path);
  migrate(db);
  write_back_on_close(db, true);
}

} // namespace

std::string real_path(const std::string& path) {
  std::error_code failed;
  auto full = fs::weakly_canonical(fs::absolute(path, failed), failed);
  auto folder = (failed ? fs::path{path} : full).parent_path();
  std::error_code unknown;
  if (!fs::is_directory(folder, unknown))
    throw store_error{store_errc::no_access,
                      path + ": there is no folder " + folder.string()
                        + (unknown ? " (" + unknown.message() + ")" : "")};
  if (failed)
    throw store_error{store_errc::no_access, path + ": " + failed.message()};
  if (fs::exists(full, failed) && !fs::is_regular_file(full, failed))
    throw store_error{store_errc::no_access, path + ": is no file"};
  // SQLite would overwrite a file of one byte: it takes it for an empty one.
  auto size = fs::file_size(full, failed);
  if (!failed && size > 0 && size < smallest_database)
    throw store_error{store_errc::foreign_file, path + ": is no database"};
  return full.string();
}

file_identity::file_identity(const std::string& path) {
  struct stat found;
  if (stat(path.c_str(), &found) != 0)
    return;
  device_ = static_cast<uint64_t>(found.st_dev);
  number_ = static_cast<uint64_t>(found.st_ino);
}

SQLite::Database open_file(const sqlite_options& options,
                           const std::string& path) {
  using std::chrono::milliseconds;
  auto wait = std::chrono::ceil<milliseconds>(options.busy_timeout);
  // Nobody else may use this connection, so it needs no lock.
  SQLite::Database db{
    path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
    static_cast<int>(wait.count())};
  translated(&db, path, [&] { prepare(db, options, path); });
  return db;
}

void translated(SQLite::Database* db, const std::string& path,
                const std::function<void()>& f) {
  try {
    f();
  } catch (const store_error&) {
    throw;
  } catch (const SQLite::Exception& e) {
    throw error_of(e.getExtendedErrorCode(), db != nullptr ? errno_of(*db) : 0,
                   path, e.what());
  } catch (const std::exception& e) {
    throw store_error{store_errc::failed, path + ": " + e.what()};
  }
}

} // namespace resilience::store
