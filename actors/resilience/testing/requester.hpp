// An actor that asks on behalf of a test, keeps the answers, and collects what
// else it is sent.
//
// Thread-safe. Declare it after the system; its end ends the actor, and with it
// what depends on the actor's life: permits, subscriptions.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/compat_catch_all.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/testing/answer.hpp"

#include <caf/actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/spawn_options.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace resilience::test {

namespace detail {

class asking_actor : public compat::actor_base {
public:
  struct shared {
    /// Most messages that are kept.
    static constexpr size_t most_heard = 10'000;

    std::mutex mutex;
    std::vector<std::function<void(asking_actor*)>> requests;
    std::deque<caf::message> heard;
  };

  asking_actor(caf::actor_config& cfg, std::shared_ptr<shared> state)
    : compat::actor_base(cfg), state_(std::move(state)) {}

  const char* name() const override {
    return "resilience.test.requester";
  }

  caf::behavior make_behavior() override {
    return compat::with_catch_all(this, {[this](tick) { send_requests(); }},
                                  [this] { return hear(); });
  }

private:
  void send_requests() {
    std::vector<std::function<void(asking_actor*)>> requests;
    {
      std::lock_guard<std::mutex> guard{state_->mutex};
      requests.swap(state_->requests);
    }
    for (auto& f : requests)
      f(this);
  }

  caf::result<caf::message> hear() {
    std::lock_guard<std::mutex> guard{state_->mutex};
    state_->heard.push_back(compat::copy_content(*current_mailbox_element()));
    if (state_->heard.size() > shared::most_heard)
      state_->heard.pop_front();
    return caf::message{};
  }

  std::shared_ptr<shared> state_;
};

} // namespace detail

class requester {
public:
  explicit requester(caf::actor_system& sys)
    : clock_(sys.clock()), self_(sys.spawn<actor_type, caf::hidden>(state_)) {}

  requester(const requester&) = delete;
  requester& operator=(const requester&) = delete;

  ~requester() {
    caf::anon_send_exit(self_, caf::exit_reason::kill);
  }

  /// Asks `to`, which happens with the environment's next step, and waits
  /// without any timeout. A null handle is answered at once:
  /// `caf::sec::request_receiver_down`.
  template <class T, class Handle, class... Ts>
  answer<T> ask(const Handle& to, Ts&&... xs) {
    auto slot = std::make_shared<typename answer<T>::slot>();
    slot->asked_at = clock_.now();
    if (!to) {
      slot->answered_at = slot->asked_at;
      slot->error = caf::make_error(caf::sec::request_receiver_down);
      return answer<T>{slot};
    }
    enqueue([this_clock = &clock_, slot, to,
             content = std::make_tuple(std::forward<Ts>(xs)...)](
              actor_type* me) mutable {
      std::apply(
        [&](auto&... ys) {
          compat::request(me, to, caf::infinite, std::move(ys)...)
            .then(keep_value<T>(this_clock, slot),
                  [this_clock, slot](const caf::error& e) {
                    std::lock_guard<std::mutex> guard{slot->mutex};
                    slot->answered_at = this_clock->now();
                    slot->error = e;
                  });
        },
        content);
    });
    return answer<T>{slot};
  }

  /// What it was sent beside answers and holds exactly one `T`, in order:
  /// events after `subscribe`, for instance. The latest 10,000 messages are
  /// kept.
  template <class T>
  std::vector<T> heard() const {
    std::vector<T> result;
    std::lock_guard<std::mutex> guard{state_->mutex};
    for (const auto& x : state_->heard)
      if (x.template match_elements<T>())
        result.push_back(x.template get_as<T>(0));
    return result;
  }

  /// The actor that asks.
  const caf::actor& self() const noexcept {
    return self_;
  }

private:
  using actor_type = detail::asking_actor;

  template <class T>
  static auto keep_value(caf::actor_clock* clock,
                         std::shared_ptr<typename answer<T>::slot> slot) {
    return detail::answer_types<T>::handler(
      [clock, slot](typename detail::answer_types<T>::stored x) {
        std::lock_guard<std::mutex> guard{slot->mutex};
        slot->answered_at = clock->now();
        slot->value = std::move(x);
      });
  }

  void enqueue(std::function<void(actor_type*)> f) {
    {
      std::lock_guard<std::mutex> guard{state_->mutex};
      state_->requests.push_back(std::move(f));
    }
    compat::anon_post(self_, tick{});
  }

  caf::actor_clock& clock_;
  std::shared_ptr<actor_type::shared> state_ =
    std::make_shared<actor_type::shared>();
  caf::actor self_;
};

} // namespace resilience::test
