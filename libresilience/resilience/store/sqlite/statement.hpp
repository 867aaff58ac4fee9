// Prepared statements that are bound in one line and left ready for the next
// use, whatever happens.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

namespace resilience::store {

/// Bytes that are no text.
struct blob {
  const std::string& bytes;
};

/// Binds values in order. Texts and blobs are not copied: they must live until
/// the statement has run.
class binder {
public:
  explicit binder(SQLite::Statement& into) : into_(into) {}

  template <class... Ts>
  void operator()(const Ts&... xs) {
    (bind(xs), ...);
  }

private:
  template <class T>
  void bind(const T& x) {
    if constexpr (std::is_enum_v<T> || std::is_integral_v<T>)
      into_.bind(++at_, static_cast<int64_t>(x));
    else
      bind_other(x);
  }

  void bind_other(const std::string& x) {
    into_.bindNoCopy(++at_, x);
  }

  void bind_other(const blob& x) {
    into_.bindNoCopy(++at_, static_cast<const void*>(x.bytes.data()),
                     static_cast<int>(x.bytes.size()));
  }

  void bind_other(std::chrono::nanoseconds x) {
    bind(x.count());
  }

  template <class Clock>
  void bind_other(std::chrono::time_point<Clock, std::chrono::nanoseconds> x) {
    bind(x.time_since_epoch());
  }

  template <class T>
  void bind_other(const std::optional<T>& x) {
    if (x)
      bind(*x);
    else
      into_.bind(++at_);
  }

  SQLite::Statement& into_;
  int at_ = 0;
};

/// A statement while it is used: reset at the end, so that it neither holds a
/// lock nor hinders a rollback.
class using_statement {
public:
  template <class... Ts>
  explicit using_statement(SQLite::Statement& x, const Ts&... xs) : x_(x) {
    x_.tryReset();
    binder{x_}(xs...);
  }

  using_statement(using_statement&&) = delete;

  ~using_statement() {
    x_.tryReset();
  }

  /// The next row; false at the end.
  bool step() {
    return x_.executeStep();
  }

  SQLite::Statement& operator*() const noexcept {
    return x_;
  }

private:
  SQLite::Statement& x_;
};

/// For what returns no rows; the number of rows that were changed.
template <class... Ts>
int run(SQLite::Statement& x, const Ts&... xs) {
  using_statement use{x, xs...};
  return (*use).exec();
}

} // namespace resilience::store
