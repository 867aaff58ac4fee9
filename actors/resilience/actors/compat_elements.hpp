// Mailbox elements: what actors are handed by `enqueue`, which a guard takes
// apart and puts together itself. Part of the seam (compat.hpp). Without state:
// an element belongs to who holds it, on whatever thread.
#pragma once

#include "resilience/actors/compat_version.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>

#include <utility>
#include <vector>

namespace resilience::compat {

#if RESILIENCE_CAF_017
/// What runs actors: passed through `enqueue`, never stored.
using scheduler = caf::execution_unit;
using enqueue_result = void;
#  define RESILIENCE_ENQUEUED static_cast<void>(0)
#else
using scheduler = caf::scheduler;
/// Whether the receiver lives. A guard always says so: a target's false would
/// declare the guard dead.
using enqueue_result = bool;
#  define RESILIENCE_ENQUEUED true
#endif

inline caf::mailbox_element_ptr make_element(caf::strong_actor_ptr sender,
                                             caf::message_id id,
                                             caf::message content) {
#if RESILIENCE_CAF_017
  return caf::make_mailbox_element(std::move(sender), id, {},
                                   std::move(content));
#else
  return caf::make_mailbox_element(std::move(sender), id, std::move(content));
#endif
}

/// The same for one value, which 0.17 keeps in the element itself.
template <class T>
caf::mailbox_element_ptr make_value_element(caf::strong_actor_ptr sender,
                                            caf::message_id id, T value) {
#if RESILIENCE_CAF_017
  return caf::make_mailbox_element(std::move(sender), id, {}, std::move(value));
#else
  return make_element(std::move(sender), id,
                      caf::make_message(std::move(value)));
#endif
}

/// Turns a request into the element that answers it with `e`, in no actor's
/// name. 1.x can use the request's own element.
inline caf::mailbox_element_ptr
make_error_answer(caf::mailbox_element_ptr request, caf::error e) {
#if RESILIENCE_CAF_017
  return make_value_element(nullptr, request->mid.response_id(), std::move(e));
#else
  request->sender = nullptr;
  request->mid = request->mid.response_id();
  request->payload = caf::make_message(std::move(e));
  return request;
#endif
}

/// Whether the content is one error and nothing else. For every answer: 0.17
/// has a number for each sequence of its own types, one virtual call away.
inline bool holds_error(const caf::mailbox_element& element) {
#if RESILIENCE_CAF_017
  return element.content().type_token() == caf::make_type_token<caf::error>();
#else
  return element.payload.match_elements<caf::error>();
#endif
}

/// The content as a message that shares it where CAF can.
inline caf::message copy_content(const caf::mailbox_element& element) {
#if RESILIENCE_CAF_017
  return element.copy_content_to_message();
#else
  return element.payload;
#endif
}

/// The content of a request that is kept to be sent later, or again.
struct kept_request {
  caf::message content;
#if RESILIENCE_CAF_017
  /// Who else is to answer, in a composition.
  std::vector<caf::strong_actor_ptr> stages;
#endif
};

inline kept_request keep_request(const caf::mailbox_element& element) {
#if RESILIENCE_CAF_017
  return {element.copy_content_to_message(), element.stages};
#else
  return {element.payload};
#endif
}

/// The same, and takes the content out of the element.
inline kept_request unpack_request(caf::mailbox_element& element) {
#if RESILIENCE_CAF_017
  return {element.move_content_to_message(), std::move(element.stages)};
#else
  return {std::move(element.payload)};
#endif
}

inline caf::mailbox_element_ptr pack_request(caf::strong_actor_ptr sender,
                                             caf::message_id id,
                                             const kept_request& x) {
#if RESILIENCE_CAF_017
  return caf::make_mailbox_element(std::move(sender), id, x.stages, x.content);
#else
  return make_element(std::move(sender), id, x.content);
#endif
}

/// Whether a message that reaches a guard is for the guard itself: one of CAF's
/// own, which reach `enqueue` like any other, or a single value of one of our
/// control types.
bool is_for_guard(caf::mailbox_element& element);

} // namespace resilience::compat
