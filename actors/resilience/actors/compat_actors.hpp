// The base class of our actors. Part of the seam (compat.hpp). Its members
// belong to the actor's own context.
#pragma once

#include "resilience/actors/compat_version.hpp"

#include <caf/actor.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/message.hpp>
#include <caf/message_handler.hpp>
#include <caf/system_messages.hpp>
#include <caf/timespan.hpp>

#if RESILIENCE_CAF_017
#  include <caf/send.hpp>
#endif

#include <functional>
#include <utility>

namespace resilience::compat {

/// Base class of our actors.
class actor_base : public caf::event_based_actor {
public:
  using super = caf::event_based_actor;

  using super::super;

protected:
  /// Sends `what` to this actor after `delay`.
  template <class T>
  void post_self_after(caf::timespan delay, T&& what) {
#if RESILIENCE_CAF_017
    delayed_send(this, delay, std::forward<T>(what));
#else
    mail(std::forward<T>(what)).delay(delay).send(this);
#endif
  }

  /// For the behaviour: `f` gets each `caf::exit_msg` but a kill instead of the
  /// end that it would mean.
  template <class F>
  caf::message_handler trap_exit(F f) {
#if RESILIENCE_CAF_017
    set_exit_handler(std::move(f));
    return {};
#else
    return {[f = std::move(f)](const caf::exit_msg& x) mutable { f(x); }};
#endif
  }

  /// For the behaviour: this actor ends when it is told to
  /// (`caf::anon_send_exit`), but who has linked to it does not take it along.
  caf::message_handler outlive_links() {
    return trap_exit([this](const caf::exit_msg& x) {
      if (x.source == address())
        quit(x.reason);
    });
  }

  /// Sends `content` as a request. `f` gets the answer, of whatever types, in
  /// this actor's context; an error is a message of one `caf::error`, as is the
  /// timeout. @param timeout `caf::timespan::max()` for none.
  void request_any(const caf::actor& to, caf::timespan timeout,
                   const caf::message& content,
                   std::function<void(caf::message&)> f);

  /// A behaviour of `frequent` handlers and of those that `rare` makes. On 0.17
  /// each handler takes 40 bytes, so there the rare ones exist only while a
  /// message for them is handled.
  caf::behavior frequent_and_rare(caf::message_handler frequent,
                                  std::function<caf::message_handler()> rare);
};

} // namespace resilience::compat
