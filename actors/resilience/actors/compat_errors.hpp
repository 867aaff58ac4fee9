// Errors: what the two generations of CAF ask and say differently of them, and
// resilience::errc as one of their enumerations. Part of the seam (compat.hpp).
// Without state; any thread.
#pragma once

#include "resilience/actors/compat_version.hpp"
#include "resilience/error.hpp"

#include <caf/error.hpp>
#include <caf/fwd.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

#include <string>

/// Makes an enumeration one of error codes where CAF wants to know; at global
/// scope, behind its type id.
#if RESILIENCE_CAF_017
#  define RESILIENCE_ERROR_ENUM(type)
#else
#  define RESILIENCE_ERROR_ENUM(type) CAF_ERROR_CODE_ENUM(type)
#endif

namespace resilience {

#if RESILIENCE_CAF_017
/// Found by CAF 0.17 through argument-dependent lookup.
caf::error make_error(errc x);
#endif

} // namespace resilience

namespace resilience::compat {

/// Whether `e` says anything: the default error does not.
inline bool failed(const caf::error& e) {
#if RESILIENCE_CAF_017
  return static_cast<bool>(e);
#else
  return !e.empty();
#endif
}

/// The error that `content` is; null if it is anything else. Lives with it.
inline const caf::error* error_in(const caf::message& content) {
  return content.match_elements<caf::error>() ? &content.get_as<caf::error>(0)
                                              : nullptr;
}

/// An error of ours with what it carries.
caf::error error_with(errc x, caf::message context);

/// Whether `e` is one of ours.
bool is_ours(const caf::error& e);

/// For people.
std::string render(caf::actor_system& sys, const caf::error& e);

/// The same error with `extra` after what its context holds.
/// @pre `failed(e)`
caf::error with_context(caf::error e, const caf::message& extra);

/// The category of an error as lists of errors name it: `resilience`,
/// `caf::sec`, `caf::exit_reason`, else what the application calls it: the
/// category's atom on 0.17, the enumeration's registered name on 1.x.
/// @pre `failed(e)`
std::string category_name(const caf::error& e);

/// The name of the error's code, where the category is one of those three.
/// @pre `failed(e)`
std::string code_name(const caf::error& e);

/// Whether `e` is what CAF says when nobody answered: it then speaks in no
/// actor's name. 1.0.2 says it by an empty error. A promise that was dropped
/// (1.x) speaks in the target's name.
inline bool says_nobody_answered(const caf::error& e, bool has_sender) {
  if (!failed(e) || (!has_sender && e == caf::sec::request_receiver_down))
    return true;
#if RESILIENCE_CAF_017
  return false;
#else
  return e == caf::sec::broken_promise;
#endif
}

} // namespace resilience::compat
