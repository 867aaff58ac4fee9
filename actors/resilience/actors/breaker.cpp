#include "resilience/actors/breaker.hpp"

#include "resilience/actors/error.hpp"
#include "resilience/actors/guard_keys.hpp"
#include "resilience/random.hpp"
#include "resilience/utf8.hpp"

#include <utility>

namespace resilience {

namespace {

/// Bytes of a key that an error repeats.
constexpr size_t most_of_key = 256;

} // namespace

breaker::breaker(caf::actor_config& cfg,
                 std::shared_ptr<shared_circuit> circuit,
                 std::shared_ptr<ticker> timer,
                 std::shared_ptr<services> common, const policy& p, hooks x)
  : compat::actor_base(cfg), stack_(p, std::move(x)),
    common_(std::move(common)), circuit_(std::move(circuit)),
    timer_(std::move(timer)) {}

const char* breaker::name() const {
  return "resilience.breaker";
}

caf::behavior breaker::make_behavior() {
  return frequent_and_rare(caf::message_handler{[this](tick x) {
                             on_tick(time_point{duration{x.due}});
                           }},
                           [this] { return control_handlers(); });
}

caf::message_handler breaker::control_handlers() {
  return {
    [this](get_status) { return circuit_->status(); },
    [this](get_metrics) { return metrics(); },
    [this](get_policy) { return current_policy(); },
    [this](reset) {
      return changed_by(owner::hand, [this] {
        machine().reset(now());
        on_reset();
      });
    },
    [this](isolate x) {
      return changed_by(x.who, [&] { machine().isolate(x.who, now()); });
    },
    [this](disable) {
      return changed_by(owner::hand, [this] { machine().disable(now()); });
    },
    [this](restore x) {
      return changed_by(x.who, [&] { machine().restore(x.who, now()); });
    },
    [this](const configure& x) { return on_configure(x.value); },
    [this](subscribe) { return on_subscribe(); },
    [this](unsubscribe) { return on_unsubscribe(); },
    [this](describe_policy) { return description(); },
    [this](acquire) { return on_acquire(); },
    [this](const report& x) { return on_report(x); },
    [this](const get_keys& x) { return on_get_keys(x); },
    [this](const get_key& x) { return on_key(x.key, false); },
    [this](const reset_key& x) { return on_key(x.key, true); },
    [this](const actor_ended& x) { on_down(x.who, x.reason); },
  };
}

void breaker::on_exit() {
  forget_holders();
  settle_permits(stack_.entries().shut([] {}));
}

caf::error breaker::shutting_down_error() const {
  return make_error(errc::shutting_down, circuit_->machine().name(),
                    std::string{});
}

void breaker::watch_end(const caf::strong_actor_ptr& whom) {
  common_->ends->add(whom, caf::strong_actor_ptr{ctrl()});
}

void breaker::forget(const caf::actor_control_block* whom) {
  common_->ends->remove(whom, ctrl());
}

void breaker::forget_holders() {
  if (auto desk = std::move(desk_))
    for (const auto& holder : desk->holders)
      forget(caf::actor_cast<caf::actor_control_block*>(holder));
}

bool breaker::ended() const {
  return stack_.entries().is_shut();
}

caf::strong_actor_ptr breaker::guarded() {
  return nullptr;
}

// -- calls under way ----------------------------------------------------------

void breaker::wake_at(time_point due) {
  if (due != time_point::max())
    timer_->wake(caf::weak_actor_ptr{ctrl()}, due);
}

void breaker::sweep(time_point now, compat::scheduler*) {
  for (auto& x : stack_.entries().expire(now)) {
    circuit_->note_lease_end();
    machine().expire(x.pass, saturating_sub(x.deadline, x.opened), x.deadline);
  }
}

void breaker::settle_permits(std::vector<call_stack::entry> held) {
  auto at = now();
  for (auto& x : held)
    machine().settle(x.pass, outcome::neutral, saturating_sub(at, x.opened),
                     at);
}

void breaker::on_tick(time_point alarm) {
  sweep(now(), context());
  wake_at(stack_.entries().rearm(alarm));
}

// -- by hand ------------------------------------------------------------------

template <class F>
caf::result<circuit_status> breaker::changed_by(owner who, F change) {
  if (!valid(who))
    return make_error(errc::invalid_config, machine().name(),
                      "owner must be hand, health or cluster");
  change();
  return circuit_->status();
}

policy breaker::current_policy() const {
  policy result;
  result.name = circuit_->machine().name();
  result.provider = circuit_->machine().provider();
  result.breaker = circuit_->machine().config();
  describe_layers(result);
  return result;
}

std::string breaker::description() const {
  auto result = describe(current_policy());
  for (const auto& line : common_->settings.sources(circuit_->machine().name()))
    result += "set " + line + "\n";
  return result;
}

circuit_metrics breaker::metrics() {
  auto result = circuit_->metrics();
  result.layers = count_layers();
  return result;
}

void breaker::check_layers(faults&, const policy&) const {}

void breaker::describe_layers(policy& into) const {
  stack_.describe_into(into);
}

layer_metrics breaker::count_layers() {
  return stack_.metrics(now());
}

void breaker::on_reset() {}

void breaker::configure_layers(const policy& p) {
  // Without a target only the limit of permits is left.
  stack_.entries().limit(static_cast<uint32_t>(p.max_in_flight));
}

caf::result<circuit_status> breaker::on_configure(const policy& p) {
  auto found = validate(p);
  check_layers(found, p);
  auto fixed = [&](const char* path, const std::string& value,
                   const std::string& present) {
    if (!value.empty() && value != present)
      found.push_back(std::string{path} + " cannot change from \"" + present
                      + "\" to \"" + value + "\"");
  };
  fixed("name", p.name, machine().name());
  fixed("provider", p.provider, machine().provider());
  if (!found.empty())
    return make_error(errc::invalid_config, machine().name(), to_string(found));
  if (auto refused = circuit_->configure(p.breaker); !refused.empty())
    return make_error(errc::invalid_config, machine().name(),
                      to_string(refused));
  configure_layers(p);
  return circuit_->status();
}

caf::result<circuit_status> breaker::on_subscribe() {
  auto who = caf::actor_cast<caf::strong_actor_ptr>(current_sender());
  if (who && !circuit_->subscribe(who))
    return make_error(errc::limit_reached, machine().name(),
                      std::to_string(circuit_->max_subscribers())
                        + " subscribers");
  // Afterwards: a transition in between is seen twice rather than never.
  return circuit_->status();
}

circuit_status breaker::on_unsubscribe() {
  circuit_->unsubscribe(caf::actor_cast<caf::actor_addr>(current_sender()));
  return circuit_->status();
}

// -- circuits by key ----------------------------------------------------------

guard_keys* breaker::keys() noexcept {
  return nullptr;
}

caf::result<keys_status> breaker::on_get_keys(const get_keys& x) {
  if (auto* found = keys())
    return found->status(x, now());
  return make_error(errc::unknown_circuit, machine().name(),
                    "no circuits by key");
}

caf::result<circuit_status> breaker::on_key(const std::string& key,
                                            bool to_reset) {
  auto* all = keys();
  auto found = all != nullptr ? all->find(key) : nullptr;
  if (!found)
    return make_error(errc::unknown_circuit, machine().name(),
                      is_utf8(key) && key.size() <= most_of_key
                        ? "key " + key
                        : std::string{"no such key"});
  if (to_reset)
    all->reset(key, now());
  return status_of_key(*found, now());
}

// -- permits for work that is no actor ----------------------------------------

breaker::permit_desk::permit_desk() : secret(random_seed()) {}

uint64_t breaker::permit_desk::token(uint64_t id) const noexcept {
  return split_mix(id ^ secret);
}

caf::expected<call_permit> breaker::grant() {
  return grant_to(nullptr, nullptr);
}

caf::expected<call_permit> breaker::grant_to(const caf::strong_actor_ptr& who,
                                             compat::scheduler* via) {
  auto at = now();
  sweep(at, via);
  auto admission = machine().admit(at);
  if (!admission)
    return rejected(machine().name(), admission);
  call_stack::passage holder{call{who, {}}, nullptr};
  auto lease = machine().lease();
  auto opened = stack_.entries().open(holder, admission.pass, at,
                                      saturating_add(at, lease));
  if (opened.why != refusal::none) {
    machine().settle(admission.pass, outcome::neutral, duration::zero(), at);
    if (opened.why == refusal::closed)
      return shutting_down_error();
    return make_error(errc::overloaded, machine().name(),
                      std::to_string(stack_.entries().limit())
                        + " calls in flight");
  }
  if (opened.wake)
    wake_at(saturating_add(at, lease));
  return call_permit{opened.id, 0, lease};
}

std::optional<bool> breaker::take_back(uint64_t id, outcome what,
                                       std::string why) {
  return take_back_from(id, what, std::move(why), nullptr);
}

std::optional<bool> breaker::take_back_from(uint64_t id, outcome what,
                                            std::string why,
                                            compat::scheduler* via) {
  auto at = now();
  sweep(at, via);
  auto found = stack_.entries().close_if(id, [](const call_stack::entry& e) {
    return !e.payload.trip && !e.payload.who.is_request();
  });
  if (!found)
    return std::nullopt;
  if (what == outcome::failure)
    circuit_->note_failure(caf::make_message(std::move(why)));
  auto took = saturating_sub(at, found->opened);
  return !machine().settle(found->pass, what, took, at).late;
}

caf::result<call_permit> breaker::on_acquire() {
  auto who = caf::actor_cast<caf::strong_actor_ptr>(current_sender());
  auto result = grant_to(who, context());
  if (!result)
    return std::move(result.error());
  if (!desk_)
    desk_ = std::make_unique<permit_desk>();
  result->token = desk_->token(result->id);
  // Without a sender there is nobody to watch: the lease bounds the permit.
  if (who
      && desk_->holders.insert(caf::actor_cast<caf::actor_addr>(who)).second)
    watch_end(who);
  return *result;
}

caf::result<bool> breaker::on_report(const report& x) {
  if (!valid(x.what))
    return make_error(errc::invalid_config, machine().name(),
                      "outcome must be success, failure or neutral");
  auto genuine = desk_ && x.permit.token == desk_->token(x.permit.id);
  auto counted =
    genuine ? take_back_from(x.permit.id, x.what,
                             "reported by the permit's holder", context())
            : std::nullopt;
  if (!counted)
    return make_error(errc::unknown_permit, machine().name(), std::string{});
  return *counted;
}

void breaker::on_down(const caf::actor_addr& whom, const caf::error&) {
  if (!desk_ || desk_->holders.erase(whom) == 0)
    return;
  settle_permits(stack_.entries().close_all([&](const call_stack::entry& x) {
    const auto& holder = x.payload.who;
    return !holder.is_request() && holder.who
           && caf::actor_cast<caf::actor_addr>(holder.who) == whom;
  }));
}

} // namespace resilience
