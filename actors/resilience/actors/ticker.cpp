#include "resilience/actors/ticker.hpp"

#include "resilience/actors/compat_actors.hpp"
#include "resilience/actors/compat_elements.hpp"
#include "resilience/actors/compat_handles.hpp"
#include "resilience/actors/compat_sending.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/own_timers.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/spawn_options.hpp>

#include <algorithm>

namespace resilience {

namespace {

constexpr auto later = [](const auto& a, const auto& b) {
  return a.due > b.due;
};

// Sets CAF's timers.
class pulse_actor : public compat::actor_base {
public:
  pulse_actor(caf::actor_config& cfg, std::weak_ptr<ticker> owner)
    : compat::actor_base(cfg), owner_(std::move(owner)) {}

  const char* name() const override {
    return "resilience.ticker";
  }

  caf::behavior make_behavior() override {
    return {[this](tick msg) { pulse(msg.due); }};
  }

private:
  void pulse(int64_t timer) {
    timers_.rang(timer);
    auto owner = owner_.lock();
    if (!owner)
      return quit();
    auto next = owner->fire();
    if (auto delay = timers_.set(next, owner->now()))
      post_self_after(*delay, tick{own_timers::key_of(next)});
  }

  std::weak_ptr<ticker> owner_;
  own_timers timers_;
};

} // namespace

std::shared_ptr<ticker> ticker::make(caf::actor_system& sys) {
  std::shared_ptr<ticker> result{new ticker(sys)};
  result->pulse_ =
    sys.spawn<pulse_actor, caf::hidden>(std::weak_ptr<ticker>{result});
  return result;
}

ticker::ticker(caf::actor_system& sys) : clock_(sys.clock()) {}

ticker::~ticker() {
  stop();
}

void ticker::wake(caf::weak_actor_ptr who, time_point due) {
  add({due, std::move(who), {}});
}

void ticker::wake(std::weak_ptr<tickable> who, time_point due) {
  add({due, {}, std::move(who)});
}

void ticker::stop() {
  caf::actor pulse;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    std::swap(pulse, pulse_);
  }
  if (pulse)
    caf::anon_send_exit(pulse, caf::exit_reason::user_shutdown);
}

time_point ticker::now() const noexcept {
  return clock_.now();
}

void ticker::add(entry what) {
  caf::actor pulse;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    prune();
    if (what.due < armed_for_) {
      armed_for_ = what.due;
      pulse = pulse_;
    }
    entries_.push_back(std::move(what));
    std::push_heap(entries_.begin(), entries_.end(), later);
  }
  if (pulse)
    compat::anon_post(pulse, tick{});
}

// Guards may end long before their deadlines: from time to time those who are
// gone are forgotten, at a cost that each new entry shares.
void ticker::prune() {
  if (entries_.size() < prune_at_)
    return;
  std::erase_if(entries_, [](const entry& x) {
    return x.object.expired() && compat::is_gone(x.actor);
  });
  std::make_heap(entries_.begin(), entries_.end(), later);
  prune_at_ = 2 * entries_.size() + 1'024;
}

time_point ticker::fire() {
  auto at = now();
  std::vector<entry> due;
  time_point next;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    while (!entries_.empty() && entries_.front().due <= at) {
      std::pop_heap(entries_.begin(), entries_.end(), later);
      due.push_back(std::move(entries_.back()));
      entries_.pop_back();
    }
    next = entries_.empty() ? time_point::max() : entries_.front().due;
    armed_for_ = next;
  }
  for (const auto& x : due)
    run(x, at);
  return next;
}

void ticker::run(const entry& what, time_point now) {
  if (auto object = what.object.lock())
    object->on_tick(now);
  else if (auto actor = caf::actor_cast<caf::strong_actor_ptr>(what.actor))
    actor->get()->enqueue(
      compat::make_value_element(nullptr, caf::make_message_id(),
                                 tick{what.due.time_since_epoch().count()}),
      nullptr);
}

} // namespace resilience
