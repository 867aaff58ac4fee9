#include "resilience/actors/compat_actors.hpp"

#include <caf/message.hpp>
#include <caf/result.hpp>

namespace resilience::compat {

#if RESILIENCE_CAF_017

caf::behavior actor_base::frequent_and_rare(
  caf::message_handler frequent, std::function<caf::message_handler()> rare) {
  set_default_handler([make = std::move(rare)](
                        caf::scheduled_actor* self,
                        caf::message_view& msg) -> caf::result<caf::message> {
    if (auto result = make()(msg.content()))
      return std::move(*result);
    return caf::print_and_drop(self, msg);
  });
  return frequent;
}

#else

caf::behavior actor_base::frequent_and_rare(
  caf::message_handler frequent, std::function<caf::message_handler()> rare) {
  return frequent.or_else(rare());
}

#endif

} // namespace resilience::compat
