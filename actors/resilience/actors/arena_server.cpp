#include "resilience/actors/arena_server.hpp"

#include "resilience/actors/compat.hpp"
#include "resilience/actors/error.hpp"
#include "resilience/actors/inherited_deadline.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

namespace {

/// Beyond any number of agents.
constexpr uint32_t max_quorum = 10'000;

// Whether a request would reach guards themselves, and not what is behind.
bool is_for_guards(const caf::message& content) {
  auto element = compat::make_element(nullptr, caf::make_message_id(), content);
  return compat::is_for_guard(*element);
}

caf::result<void> done_or(caf::error e) {
  if (compat::failed(e))
    return e;
  return caf::unit;
}

} // namespace

arena_server::arena_server(caf::actor_config& cfg, runtime& rt,
                           const arena_config& config,
                           std::shared_ptr<start_gate> gate,
                           caf::strong_actor_ptr witness)
  : compat::actor_base(cfg), config_(config),
    roster_(rt, config_, std::move(gate)), witness_(std::move(witness)) {}

const char* arena_server::name() const {
  return "resilience.arena";
}

caf::behavior arena_server::make_behavior() {
  caf::message_handler handlers{
    [this](const start_round& x) { return on_round(x); },
    [this](const join_arena& x) { return done_or(roster_.join(x, ctrl())); },
    [this](const leave_arena& x) { return done_or(roster_.leave(x.name)); },
    [this](get_arena_status) { return status(); },
    [this](tick x) {
      timers_.rang(x.due);
      on_time();
    },
  };
  return handlers.or_else(outlive_links());
}

void arena_server::on_exit() {
  for (auto& [number, x] : std::exchange(rounds_, {}))
    x.fail(make_error(errc::shutting_down, config_.name, std::string{}));
  roster_.clear();
  witness_ = nullptr;
}

time_point arena_server::now() const {
  return home_system().clock().now();
}

// -- a round ------------------------------------------------------------------

faults arena_server::check(const start_round& x) const {
  faults result;
  if (x.content.empty())
    result.push_back("content must not be empty");
  else if (is_for_guards(x.content))
    result.push_back("content must be for the agents, is for their guards");
  if (x.quorum > max_quorum)
    result.push_back("quorum must be at most " + std::to_string(max_quorum)
                     + ", is " + std::to_string(x.quorum));
  check_range(result, "deadline", x.deadline, any_length.lowest,
              config_.max_deadline);
  return result;
}

caf::result<round_result> arena_server::on_round(const start_round& x) {
  if (auto found = check(x); !found.empty())
    return make_error(errc::invalid_config, config_.name, to_string(found));
  if (rounds_.size() >= static_cast<size_t>(config_.max_rounds))
    return make_error(errc::limit_reached, config_.name,
                      std::to_string(config_.max_rounds) + " rounds");
  auto number = ++started_;
  auto i =
    rounds_
      .try_emplace(number, number, roster_.seats(), x.quorum,
                   saturating_add(now(), x.deadline), make_response_promise())
      .first;
  skip_who_cannot(i->second);
  if (i->second.machine().end()) {
    finish(i);
  } else {
    ask(number, i->second, x.content);
    wake_at(i->second.machine().deadline());
  }
  return caf::delegated<round_result>{};
}

void arena_server::skip_who_cannot(arena_round& x) const {
  for (size_t i = 0; i < x.seats().size(); ++i)
    if (auto e = roster_.obstacle(x.seats()[i].name, now()); compat::failed(e))
      x.on_skip(i, std::move(e));
}

// Answers come back as messages, so nothing ends while this runs.
void arena_server::ask(uint64_t number, const arena_round& x,
                       const caf::message& content) {
  for (size_t i = 0; i < x.seats().size(); ++i) {
    if (x.machine().of(i) != part::open)
      continue;
    inherited_deadline scope{x.machine().deadline()};
    request_any(
      x.seats()[i].handle, caf::timespan::max(), content,
      [this, number, i](caf::message& answer) { on_reply(number, i, answer); });
  }
}

void arena_server::on_reply(uint64_t number, size_t agent,
                            caf::message& answer) {
  auto i = rounds_.find(number);
  if (i == rounds_.end()) {
    ++late_;
    return;
  }
  // What guards say themselves comes in nobody's name.
  i->second.on_reply(agent, std::move(answer), current_sender() == nullptr);
  if (i->second.machine().end())
    finish(i);
}

arena_server::rounds::iterator arena_server::finish(rounds::iterator i) {
  roster_.count(i->second);
  i->second.finish();
  return rounds_.erase(i);
}

// -- time ---------------------------------------------------------------------

void arena_server::on_time() {
  auto at = now();
  auto next = time_point::max();
  for (auto i = rounds_.begin(); i != rounds_.end();) {
    if (i->second.on_time(at)) {
      i = finish(i);
      continue;
    }
    next = std::min(next, i->second.machine().deadline());
    ++i;
  }
  wake_at(next);
}

void arena_server::wake_at(time_point due) {
  if (auto delay = timers_.set(due, now()))
    post_self_after(*delay, tick{own_timers::key_of(due)});
}

arena_status arena_server::status() const {
  return {config_.name, roster_.status(), rounds_.size(),
          started_ - rounds_.size(), late_};
}

} // namespace resilience
