#include "resilience/actors/arena.hpp"

#include "resilience/actors/arena_server.hpp"
#include "resilience/actors/breaker.hpp"
#include "resilience/actors/chain.hpp"
#include "resilience/actors/error.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <utility>

namespace resilience {

struct arena::state {
  explicit state(arena_actor x) : handle(std::move(x)) {}

  state(const state&) = delete;
  state& operator=(const state&) = delete;

  ~state() {
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  }

  const arena_actor handle;
};

const arena_actor& arena::handle() const noexcept {
  return state_->handle;
}

caf::expected<arena> try_spawn_arena(runtime& rt, const arena_config& config) {
  if (auto found = validate(config); !found.empty())
    return make_error(errc::invalid_config, config.name, to_string(found));
  // The runtime ends its breakers: this one's end says that it does.
  auto witness = rt.try_breaker({});
  if (!witness)
    return witness.error();
  auto ptr = caf::actor_cast<caf::strong_actor_ptr>(*witness);
  auto self = ptr->home_system->spawn<arena_server>(
    rt, config, breaker_of(ptr)->starts(), ptr);
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(self);
  ptr->get()->attach_functor([weak](const caf::error&) {
    if (auto hdl = caf::actor_cast<caf::actor>(weak))
      caf::anon_send_exit(hdl, caf::exit_reason::user_shutdown);
  });
  return arena{
    std::make_shared<arena::state>(caf::actor_cast<arena_actor>(self))};
}

arena spawn_arena(runtime& rt, const arena_config& config) {
  auto result = try_spawn_arena(rt, config);
  if (!result)
    throw invalid_config_error{"arena \"" + config.name
                               + "\": " + detail_of(result.error())};
  return std::move(*result);
}

} // namespace resilience
