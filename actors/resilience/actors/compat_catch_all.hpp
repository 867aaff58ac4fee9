// Handlers for messages of any content. Part of the seam (compat.hpp). Without
// state; for the actor's own context.
#pragma once

#include "resilience/actors/compat_version.hpp"

#include <caf/behavior.hpp>
#include <caf/message.hpp>
#include <caf/message_handler.hpp>
#include <caf/result.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/system_messages.hpp>

#include <utility>

namespace resilience::compat {

/// A behaviour of `known`, and of `f` for every other message, which stands in
/// `self->current_mailbox_element()`; `f` returns a
/// `caf::result<caf::message>`. Exit messages end the actor as ever.
/// @pre `known` is not empty
template <class F>
caf::behavior with_catch_all(caf::scheduled_actor* self,
                             caf::message_handler known, F f) {
#if RESILIENCE_CAF_017
  self->set_default_handler(
    [f = std::move(f)](caf::scheduled_actor*, caf::message_view&) mutable
    -> caf::result<caf::message> { return f(); });
  return known;
#else
  return known.or_else(
    [self](const caf::exit_msg& x) { self->quit(x.reason); },
    [f = std::move(f)](caf::message&) mutable -> caf::result<caf::message> {
      return f();
    });
#endif
}

} // namespace resilience::compat
