#include "resilience/actors/services.hpp"

#include "resilience/actors/error.hpp"

namespace resilience {

caf::error services::configured_fault(const policy& p,
                                      const faults& found) const {
  auto text = to_string(found);
  for (const auto& line : settings.sources(p.name))
    text += "; set " + line;
  return make_error(errc::invalid_config, p.name, std::move(text));
}

} // namespace resilience
