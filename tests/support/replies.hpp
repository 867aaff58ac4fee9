// What a stack's host (stack.hpp) knows about words, without CAF: requests are
// numbers, answers are values or errors of a category. Stateless; who owns a
// clock and a target derives from it.
#pragma once

#include "resilience/circuit.hpp"
#include "resilience/error.hpp"
#include "resilience/outcome.hpp"
#include "resilience/retry.hpp"
#include "resilience/time.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace resilience::test {

/// What a target says and a caller gets.
struct reply {
  bool error = false;
  /// Code of the error, or the value.
  int64_t code = 0;
  std::string_view category{};
  std::optional<duration> hint{};
  std::optional<retry_report> report{};
  /// The key of the circuit that rejected.
  std::string key{};
  /// Said by a target, not made by the guard.
  bool answered = false;

  friend bool operator==(const reply&, const reply&) = default;
};

/// A negative value counts as a failure.
inline reply value(int64_t n) {
  return {.error = false, .code = n, .answered = true};
}

/// An error of the target's.
inline reply trouble(int64_t code, std::optional<duration> hint = {}) {
  return {.error = true,
          .code = code,
          .category = "shop",
          .hint = hint,
          .answered = true};
}

/// An error of ours, as the guard makes it.
inline reply ours(errc x, std::optional<duration> hint = {}) {
  return {.error = true,
          .code = static_cast<int64_t>(x),
          .category = "resilience",
          .hint = hint};
}

/// The same as an answer: of a guard further in.
inline reply from_within(errc x) {
  auto result = ours(x);
  result.answered = true;
  return result;
}

inline reply with(reply x, const retry_report& report) {
  x.report = report;
  return x;
}

inline std::ostream& operator<<(std::ostream& out, const reply& x) {
  out << (x.error ? "error " : "value ") << x.category << ":" << x.code;
  if (x.hint)
    out << " hint " << x.hint->count() << "ns";
  if (x.report) {
    out << " after " << x.report->attempts << " attempts, "
        << name_of(x.report->why);
    if (x.report->retry_after)
      out << ", retry after " << x.report->retry_after->count() << "ns";
  }
  return out << (x.answered ? "" : " (made)");
}

/// Code beside a policy.
struct scripted_hooks {
  enum class fallback_kind : uint8_t { none, value, function, actor };

  fallback_kind fallback = fallback_kind::none;
  /// Of a value or a function; an error is none.
  std::function<reply(const reply&)> answer{};
  std::function<bool(int)> idempotent{};
  std::function<bool(const reply&)> retry_if{};
  /// Set where there is something.
  bool given = false;

  explicit operator bool() const noexcept {
    return given || fallback != fallback_kind::none;
  }
};

struct scripted_call {
  int number = 0;
  bool request = true;

  bool is_request() const noexcept {
    return request;
  }
};

struct scripted_types {
  using call = scripted_call;
  /// The number of a call; 0 where nothing was kept.
  using cargo = int;
  using anchor = std::shared_ptr<void>;
  using failure = reply;
  using hooks = scripted_hooks;
};

/// The words of a host.
class plain_host {
public:
  using parcel = std::unique_ptr<int>;

  struct peer {
    enum class who : uint8_t { nobody, target, fallback } is = who::nobody;

    explicit operator bool() const noexcept {
      return is != who::nobody;
    }
  };

  static outcome judge(const reply& x) {
    if (!x.error)
      return x.code < 0 ? outcome::failure : outcome::success;
    auto rejected =
      x.category == "resilience" && is_rejection(static_cast<errc>(x.code));
    return rejected ? outcome::neutral : outcome::failure;
  }

  static reply failure_of(const reply& x) {
    return x;
  }

  static reply make(errc x, duration retry_after = duration::max()) {
    return ours(x, retry_after == duration::max() ? std::nullopt
                                                  : std::optional{retry_after});
  }

  static reply rejection(const admission& why) {
    switch (why.reason) {
      case rejection::open:
        return ours(errc::circuit_open, why.retry_after);
      case rejection::isolated:
        return ours(errc::circuit_isolated);
      default:
        return ours(errc::half_open_full);
    }
  }

  static reply reported(reply e, const retry_report& x) {
    return e.error ? with(std::move(e), x) : e;
  }

  static error_id id_of(const reply& x) {
    return {x.category, x.code, {}};
  }

  static std::optional<duration> hint(const reply& x) {
    return x.answered ? x.hint : std::nullopt;
  }

  static bool is_error(const reply& x) {
    return x.error;
  }

  static int keep(const parcel& x) {
    return *x;
  }

  static int unpack(parcel& x) {
    return *std::exchange(x, nullptr);
  }

  static parcel pack(int x) {
    return std::make_unique<int>(x);
  }

  static reply rejection(const admission& why, const circuit& of_key) {
    auto result = rejection(why);
    result.key = of_key.name();
    return result;
  }

  static std::shared_ptr<circuit> circuit_for(const parcel&, time_point) {
    return nullptr;
  }

  static reply copy(const reply& x) {
    return x;
  }
};

} // namespace resilience::test
