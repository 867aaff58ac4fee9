// Probes: what a health checker does to find out how a dependency is.
//
// Values; cheap to copy. A probe asks an actor, without blocking anybody, or
// runs a function that may block on a thread of its own (probe_thread.hpp).
#pragma once

#include "resilience/actors/health_messages.hpp"
#include "resilience/actors/interfaces.hpp"
#include "resilience/probes/probe_thread.hpp"

#include <caf/actor_cast.hpp>

#include <functional>
#include <string>
#include <utility>

namespace resilience {

class probe {
public:
  /// Asks `x`, an actor on this or on another node, for its health
  /// (`get_health`). No answer, an error, and anything that is no
  /// `health_report` is unhealthy.
  template <class Handle>
  static probe actor(const Handle& x) {
    return asking(pointer_to(x), caf::make_message(get_health{}), read_report);
  }

  /// Sends `x` this request; any answer that is no error is healthy.
  template <class Handle, class T, class... Ts>
  static probe actor(const Handle& x, T&& y, Ts&&... ys) {
    return asking(
      pointer_to(x),
      caf::make_message(std::forward<T>(y), std::forward<Ts>(ys)...),
      read_anything);
  }

  /// Looks at the circuit behind `x`, see `health_of`. Sends nothing to what is
  /// behind the circuit.
  /// @param critical whether an open circuit is unhealthy, not just degraded.
  static probe circuit(const control_actor& x, bool critical = false);

  /// Calls `f` on a thread of its own; an exception is unhealthy. `f` should
  /// end within the check's timeout: the next check waits for it. Whatever it
  /// captures must live until it returns, be it after the runtime's end.
  /// @param launch runs `f` instead, on any thread, e.g. one of a pool.
  static probe function(std::function<health_report()> f,
                        job_launcher launch = {});

  /// Connects to a TCP port and closes again.
  /// @param host a name or an IPv4 or IPv6 address.
  /// @param port 1 to 65535.
  /// @param limit for connecting; choose it below the check's timeout, so that
  ///        the report says more than that.
  static probe tcp(std::string host, int32_t port,
                   duration limit = std::chrono::seconds{4});

  /// One that no checker takes, for functions that make probes.
  static probe faulty(faults found);

  // -- for the checker --------------------------------------------------------

  /// What an answer means that is no error.
  using reader = std::function<health_report(const caf::message&)>;

  /// What speaks against it, if anything.
  const faults& found() const noexcept {
    return faults_;
  }

  /// The actor that is asked; null for a function.
  const caf::strong_actor_ptr& target() const noexcept {
    return target_;
  }

  const caf::message& request() const noexcept {
    return request_;
  }

  const reader& read() const noexcept {
    return read_;
  }

  /// Empty where an actor is asked.
  const std::function<health_report()>& blocking() const noexcept {
    return blocking_;
  }

  const job_launcher& launch() const noexcept {
    return launch_;
  }

private:
  template <class Handle>
  static caf::strong_actor_ptr pointer_to(const Handle& x) {
    return caf::actor_cast<caf::strong_actor_ptr>(x);
  }

  static probe asking(caf::strong_actor_ptr x, caf::message request, reader f);
  static health_report read_report(const caf::message& x);
  static health_report read_anything(const caf::message& x);

  faults faults_;
  caf::strong_actor_ptr target_;
  caf::message request_;
  reader read_;
  std::function<health_report()> blocking_;
  job_launcher launch_;
};

} // namespace resilience
