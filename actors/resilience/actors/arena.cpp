#include "resilience/actors/arena.hpp"

#include "resilience/actors/arena_server.hpp"
#include "resilience/actors/error.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <utility>

namespace resilience {

struct arena::state {
  state(arena_actor x, std::shared_ptr<start_gate> y)
    : handle(std::move(x)), gate(std::move(y)) {}

  state(const state&) = delete;
  state& operator=(const state&) = delete;

  // Waits for who is about to join: that takes the runtime.
  ~state() {
    gate->close();
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  }

  const arena_actor handle;
  const std::shared_ptr<start_gate> gate;
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
  auto gate = std::make_shared<start_gate>();
  auto self = ptr->home_system->spawn<arena_server>(rt, config, gate, ptr);
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(self);
  ptr->get()->attach_functor([weak](const caf::error&) {
    if (auto hdl = caf::actor_cast<caf::actor>(weak))
      caf::anon_send_exit(hdl, caf::exit_reason::user_shutdown);
  });
  return arena{std::make_shared<arena::state>(
    caf::actor_cast<arena_actor>(self), std::move(gate))};
}

arena spawn_arena(runtime& rt, const arena_config& config) {
  auto result = try_spawn_arena(rt, config);
  if (!result)
    throw invalid_config_error{"arena \"" + config.name
                               + "\": " + detail_of(result.error())};
  return std::move(*result);
}

} // namespace resilience
