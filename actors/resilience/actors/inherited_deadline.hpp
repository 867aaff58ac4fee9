// How a deadline travels from a guard to a guard behind it in one process:
// CAF's messages carry none. The outer guard leaves it on the thread while it
// enqueues a request to the inner one, which takes it first of all.
//
// Each thread has its own.
#pragma once

#include "resilience/time.hpp"

#include <utility>

namespace resilience {

class inherited_deadline {
public:
  /// For the guard that is enqueued to within this scope.
  explicit inherited_deadline(time_point latest) noexcept
    : before_(std::exchange(current_, latest)) {}

  inherited_deadline(const inherited_deadline&) = delete;
  inherited_deadline& operator=(const inherited_deadline&) = delete;

  ~inherited_deadline() {
    current_ = before_;
  }

  /// The deadline of the request that arrives; none for what follows.
  static time_point take() noexcept {
    return std::exchange(current_, time_point::max());
  }

private:
  static inline thread_local time_point current_ = time_point::max();

  time_point before_;
};

} // namespace resilience
