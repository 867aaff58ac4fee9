// resilience::errc as caf::error: `e == resilience::errc::circuit_open` works
// on every version of CAF.
#pragma once

#include "resilience/actors/compat_errors.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/circuit_breaker.hpp"
#include "resilience/error.hpp"
#include "resilience/time.hpp"

#include <optional>
#include <string>

namespace resilience {

/// An error about the circuit `name`; `detail` is for people.
caf::error make_error(errc x, std::string name, std::string detail);

/// A rejection of the circuit `name` that says when to come back.
caf::error make_error(errc x, std::string name, duration retry_after);

/// An error about the circuit `name` with both.
caf::error make_error(errc x, std::string name, std::string detail,
                      duration retry_after);

/// The error for a call that the circuit `name` did not admit; `retry_after` is
/// rounded up to a millisecond.
/// @pre `!why`
caf::error rejected(const std::string& name, const admission& why);

/// The same of the circuit that `name` has for a key.
caf::error rejected(const std::string& name, const admission& why,
                    const std::string& key);

/// The code of an error that this library raised, else `errc::none`.
errc code_of(const caf::error& e);

/// When to come back, where the error or its report says so. Never early.
std::optional<duration> retry_after(const caf::error& e);

/// The circuit an error of this library is about; empty if it is about none.
std::string circuit_of(const caf::error& e);

/// Detail for people that an error of this library carries; may be empty.
std::string detail_of(const caf::error& e);

/// What the error of a call that could be tried again says about its attempts.
/// The report stands behind whatever context the error has.
std::optional<retry_report> retries_of(const caf::error& e);

/// The same error with a report.
/// @pre `compat::failed(e)`
caf::error with_report(caf::error e, const retry_report& x);

} // namespace resilience
