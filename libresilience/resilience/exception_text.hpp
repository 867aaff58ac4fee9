// What an exception says, whatever it is.
//
// Any thread.
#pragma once

#include <exception>
#include <string>

namespace resilience {

/// Of a `std::exception` its `what`, which may be null, and those of what it
/// carries within (`std::nested_exception`), the outermost sixteen:
/// `outer: inner`. Of a text itself; else that it is no `std::exception`.
/// @pre `x` is not null
std::string text_of(const std::exception_ptr& x);

} // namespace resilience
