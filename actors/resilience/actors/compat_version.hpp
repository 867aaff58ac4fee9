// Which of the two generations of CAF this is: RESILIENCE_CAF_017 is 1 for
// 0.17.6 and later of its line, 0 for 1.x. For the seam alone (compat.hpp):
// nothing else may ask.
#pragma once

#include <caf/config.hpp>
// 1.x has the version macros here.
#include <caf/detail/build_config.hpp>

// CAF_VERSION cannot tell: 1.1.0 defines it as the octal 0100.
#if CAF_MAJOR_VERSION >= 1
#  define RESILIENCE_CAF_017 0
#elif CAF_MINOR_VERSION == 17 && CAF_PATCH_VERSION >= 6
#  define RESILIENCE_CAF_017 1
#else
#  error "resilience needs CAF 0.17.6 or CAF 1.x"
#endif
