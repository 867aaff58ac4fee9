// Values and options of CAF's configuration. Part of the seam (compat.hpp). For
// the thread that reads the configuration.
#pragma once

#include <caf/config_option.hpp>
#include <caf/config_value.hpp>

#include <optional>
#include <string>
#include <vector>

namespace resilience::compat {

/// The value as a text, if it is one. 0.17 has two kinds, "text" and 'atom',
/// where 1.x has two kinds of quotes.
std::optional<std::string> text_of(const caf::config_value& x);

/// An option that may be given any number of times and then holds the list of
/// what was given. CAF keeps only the last one.
/// @param given has the list, too; outlives the option.
caf::config_option repeatable_option(std::vector<std::string>& given,
                                     const std::string& category,
                                     const std::string& name,
                                     const std::string& description);

} // namespace resilience::compat
