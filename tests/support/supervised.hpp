// What tests of the supervisor start from: named guards, a caller, and a
// subscriber that answers when it is told.
#pragma once

#include "support/guard_fixture.hpp"

#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace resilience::test {

/// Gets batches of events and keeps them; while `slow`, it answers none.
class listener : public compat::actor_base {
public:
  struct shared {
    std::vector<transition_event> events;
    std::vector<health_changed> health;
    std::vector<size_t> batches;
    uint64_t dropped = 0;
    bool slow = false;
    int accepted = 0;
    errc refused = errc::none;
  };

  listener(caf::actor_config& cfg, supervisor_actor whom,
           std::shared_ptr<shared> state)
    : compat::actor_base(cfg), supervisor_(std::move(whom)),
      state_(std::move(state)) {}

  void on_exit() override {
    open_.clear();
  }

  caf::behavior make_behavior() override {
    return {
      [this](const event_batch& x) -> caf::result<void> {
        for (const auto& e : x.events)
          state_->events.push_back(e);
        for (const auto& e : x.health)
          state_->health.push_back(e);
        state_->batches.push_back(x.events.size());
        state_->dropped += x.dropped;
        if (!state_->slow)
          return caf::unit;
        open_.push_back(make_response_promise());
        return caf::delegated<void>{};
      },
      [this](answer_all) {
        state_->slow = false;
        for (auto& x : open_)
          x.deliver(caf::unit);
        open_.clear();
      },
      // Asks on behalf of the test, so that it is the subscriber.
      [this](const subscribe_events& x) {
        auto* self = this;
        compat::request(self, supervisor_, caf::infinite, x)
          .then([this](const supervisor_status&) { ++state_->accepted; },
                [this](const caf::error& e) { state_->refused = code_of(e); });
      },
      [this](unsubscribe_events x) {
        auto* self = this;
        compat::request(self, supervisor_, caf::infinite, x)
          .then([](const supervisor_status&) {});
      },
    };
  }

private:
  supervisor_actor supervisor_;
  std::shared_ptr<shared> state_;
  std::vector<caf::response_promise> open_;
};

class supervised : public guard_fixture {
public:
  struct subscriber {
    std::shared_ptr<listener::shared> got;
    caf::actor self;
  };

  subscriber subscribed(subscribe_events wish = {}) {
    auto result = idle_subscriber();
    compat::anon_post(result.self, std::move(wish));
    env.run();
    return result;
  }

  subscriber idle_subscriber() {
    subscriber result;
    result.got = std::make_shared<listener::shared>();
    result.self = env.sys.spawn<listener>(rt.supervisor(), result.got);
    return result;
  }

  /// Asks the supervisor and returns the answer.
  template <class T, class Message>
  T asked(Message msg, errc* refused = nullptr) {
    T result{};
    auto r = user.ask_for<T>([&](reply&, const T& x) { result = x; },
                             rt.supervisor(), std::move(msg));
    env.run();
    EXPECT_FALSE(r->pending());
    if (refused)
      *refused = code_of(r->error);
    else
      EXPECT_TRUE(r->ok()) << to_string(r->error);
    return result;
  }

  supervisor_status now() {
    return asked<supervisor_status>(get_supervisor_status{});
  }
};

} // namespace resilience::test
