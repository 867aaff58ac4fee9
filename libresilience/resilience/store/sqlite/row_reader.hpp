// Reads the columns of a row in order and believes none of them.
//
// Lives as long as one row is looked at.
#pragma once

#include "resilience/time.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace resilience::store {

/// After the first fault the values mean nothing.
class row_reader {
public:
  explicit row_reader(const SQLite::Statement& from) : from_(from) {}

  bool ok() const noexcept {
    return fault_.empty();
  }

  /// `state is 9, not a number from 0 to 4`.
  const std::string& fault() const noexcept {
    return fault_;
  }

  /// For faults that lie in the meaning of values; the first one stays.
  void fail(std::string fault);

  int64_t integer(int64_t lowest = std::numeric_limits<int64_t>::min(),
                  int64_t highest = std::numeric_limits<int64_t>::max());

  /// 0 to the largest positive number of `T`.
  template <class T>
  T count() {
    constexpr auto most = static_cast<int64_t>(
      static_cast<uint64_t>(std::numeric_limits<T>::max())
      & static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
    return static_cast<T>(integer(0, most));
  }

  /// One of those that `valid` knows.
  template <class Enum>
  Enum enumerator() {
    constexpr auto last = [] {
      auto n = 0;
      while (valid(static_cast<Enum>(n + 1)))
        ++n;
      return n;
    }();
    return static_cast<Enum>(integer(0, last));
  }

  wall_time wall() {
    return wall_time{std::chrono::nanoseconds{integer()}};
  }

  std::optional<wall_time> optional_wall();

  /// UTF-8 of at most `most` bytes.
  std::string text(size_t most);

  /// A text that is not empty.
  std::string name();

  /// Nothing for NULL.
  std::optional<std::string> optional_text(size_t most);

  /// Counts as `pack` made them, of at most `most` entries.
  std::vector<uint64_t> counts(size_t most);

private:
  SQLite::Column next();
  void refuse(const SQLite::Column& x, const std::string& rule);

  const SQLite::Statement& from_;
  int at_ = 0;
  std::string fault_;
};

/// The number of `counts`, then each in as many bytes as it needs (seven bits a
/// byte, lowest first, the eighth set where more follow); zeros at the end are
/// left out. @pre at most 127 counts
std::string pack(const std::vector<uint64_t>& counts);

/// The row that `from` stands on as JSON: what is no text that JSON can hold is
/// given as {"hex": ...}.
std::string row_as_json(const SQLite::Statement& from);

} // namespace resilience::store
