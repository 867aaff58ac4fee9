// The small parts of stores: texts, settings, codes of errors, counts.
#include "resilience/store/settings_text.hpp"
#include "resilience/store/sqlite/errors.hpp"
#include "resilience/store/sqlite/row_reader.hpp"

#include "store/store_fixture.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <set>

namespace resilience::test {

namespace {

using namespace resilience::store;

TEST(settings_texts, read_back_as_what_they_were) {
  auto x = *eventful("x").config;
  std::string fault;
  EXPECT_EQ(read_settings(settings_text(x), fault), x) << fault;
  EXPECT_EQ(read_settings(settings_text({}), fault), breaker_config{});
  EXPECT_EQ(settings_hash{}(x), settings_hash{}(*eventful("y").config));
}

TEST(settings_texts, differ_where_any_setting_does) {
  std::set<std::string> texts;
  std::set<size_t> hashes;
  auto x = *eventful("x").config;
  auto take = [&] {
    texts.insert(settings_text(x));
    hashes.insert(settings_hash{}(x));
  };
  take();
  size_t n = 1;
  for_each_setting<breaker_config>([&](const auto& s) {
    auto& value = x.*s.member;
    if constexpr (is_optional<std::decay_t<decltype(value)>>::value) {
      for_each_setting<window_config>([&](const auto& inner) {
        auto& part = (*value).*inner.member;
        part = {};
        take();
        ++n;
      });
      value.reset();
    } else {
      value = {};
    }
    take();
    ++n;
  });
  EXPECT_EQ(texts.size(), n);
  EXPECT_EQ(hashes.size(), n);
}

TEST(settings_texts, that_are_none_are_refused_with_a_reason) {
  for (auto* text : {"", "{", "null", "[]", "{\"lease_seconds\":\"x\"}",
                     "{\"failure_threshold\":0}", "{\"unknown\":1}"}) {
    std::string fault;
    EXPECT_EQ(read_settings(text, fault), std::nullopt) << text;
    EXPECT_FALSE(fault.empty()) << text;
  }
}

TEST(store_errors, have_the_code_of_what_sqlite_says) {
  struct row {
    int result;
    int errno_value;
    store_errc code;
  };
  for (const auto& x :
       std::vector<row>{{SQLITE_FULL, 0, store_errc::full},
                        {SQLITE_BUSY, 0, store_errc::locked},
                        {SQLITE_BUSY_SNAPSHOT, 0, store_errc::locked},
                        {SQLITE_BUSY_RECOVERY, 0, store_errc::locked},
                        {SQLITE_LOCKED, 0, store_errc::locked},
                        {SQLITE_PROTOCOL, 0, store_errc::locked},
                        {SQLITE_READONLY, 0, store_errc::no_access},
                        {SQLITE_READONLY_DBMOVED, 0, store_errc::no_access},
                        {SQLITE_CANTOPEN, EACCES, store_errc::no_access},
                        {SQLITE_CANTOPEN, ENOSPC, store_errc::full},
                        {SQLITE_PERM, 0, store_errc::no_access},
                        {SQLITE_AUTH, 0, store_errc::no_access},
                        {SQLITE_CORRUPT, 0, store_errc::damaged},
                        {SQLITE_CORRUPT_INDEX, 0, store_errc::damaged},
                        {SQLITE_NOTADB, 0, store_errc::foreign_file},
                        {SQLITE_IOERR_WRITE, ENOSPC, store_errc::full},
                        {SQLITE_IOERR_WRITE, EFBIG, store_errc::full},
                        {SQLITE_IOERR_FSYNC, EDQUOT, store_errc::full},
                        {SQLITE_IOERR_WRITE, EIO, store_errc::failed},
                        {SQLITE_IOERR_SHMSIZE, 0, store_errc::full},
                        {SQLITE_IOERR_READ, 0, store_errc::failed},
                        {SQLITE_NOMEM, 0, store_errc::failed},
                        {SQLITE_ERROR, ENOSPC, store_errc::failed},
                        {-1, 0, store_errc::failed}})
    EXPECT_EQ(errc_of(x.result, x.errno_value), x.code) << x.result;
  EXPECT_STREQ(
    error_of(SQLITE_IOERR_WRITE, ENOSPC, "/x", "disk I/O error").what(),
    "/x: disk I/O error (No space left on device)");
  EXPECT_STREQ(error_of(SQLITE_FULL, EINTR, "/x", "full").what(), "/x: full");
}

TEST(store_errors, know_whether_they_may_pass) {
  for (uint8_t i = 0; i <= static_cast<uint8_t>(store_errc::failed); ++i) {
    auto code = static_cast<store_errc>(i);
    EXPECT_EQ((store_error{code, "x"}.may_pass()),
              code == store_errc::full || code == store_errc::locked
                || code == store_errc::in_use);
    EXPECT_STRNE(to_string(code), "invalid");
  }
  EXPECT_STREQ(to_string(store_errc::in_use), "in_use");
  EXPECT_STREQ(to_string(static_cast<store_errc>(99)), "invalid");
}

TEST(packed_counts, take_little_room) {
  EXPECT_EQ(pack({}), std::string(1, '\0'));
  EXPECT_EQ(pack({0, 0, 0}), "\x03");
  EXPECT_EQ(pack({1, 128, 0}), "\x03\x01\x80\x01");
}

} // namespace

} // namespace resilience::test
