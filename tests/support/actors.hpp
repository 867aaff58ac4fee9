// Actors that tests drive: a target that does as it is told, and a caller that
// asks when it is told.
#pragma once

#include "resilience/actors/all.hpp"

#include <caf/response_promise.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace resilience::test {

/// Tells a `caller` to run its next action.
struct act {};

/// Tells a `target` to answer all that it has kept.
struct answer_all {};

template <class Inspector>
auto inspect(Inspector& f, act& x) {
  return compat::fields(f, x, "act");
}

template <class Inspector>
auto inspect(Inspector& f, answer_all& x) {
  return compat::fields(f, x, "answer_all");
}

} // namespace resilience::test

CAF_BEGIN_TYPE_ID_BLOCK(resilience_test, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(resilience_test, (resilience::test::act))
CAF_ADD_TYPE_ID(resilience_test, (resilience::test::answer_all))
CAF_END_TYPE_ID_BLOCK(resilience_test)

namespace resilience::test {

/// What a `target` does with a number.
enum class manner { answer, fail, keep, drop, die, raise, twice, backend };

/// Answers `x + 1`, or misbehaves.
class target : public compat::actor_base {
public:
  struct shared {
    std::atomic<manner> how{manner::answer};
    std::atomic<int> requests{0};
    std::atomic<int> plain{0};
    std::atomic<uint64_t> category{99};
  };

  target(caf::actor_config& cfg, std::shared_ptr<shared> state)
    : compat::actor_base(cfg), state_(std::move(state)) {}

  void on_exit() override {
    kept_.clear();
  }

  caf::behavior make_behavior() override {
    return {
      [this](int32_t x) { return on_number(x); },
      [](int32_t a, int32_t b) -> caf::result<int32_t, std::string> {
        return {a + b, std::string{"sum"}};
      },
      [this](float) { ++state_->requests; },
      [](std::string& x) { return x; },
      [this](answer_all) {
        for (auto& x : kept_)
          x.deliver(int32_t{55});
        kept_.clear();
      },
    };
  }

private:
  caf::result<int32_t> on_number(int32_t x) {
    const auto& id = current_mailbox_element()->mid;
    ++(id.is_request() ? state_->requests : state_->plain);
    state_->category = id.category();
    switch (state_->how.load()) {
      case manner::fail:
        return caf::make_error(caf::sec::runtime_error);
      case manner::backend: // passes on what its own backend's death means
        return caf::make_error(caf::sec::request_receiver_down);
      case manner::keep:
        kept_.push_back(make_response_promise());
        return caf::delegated<int32_t>{};
      case manner::drop:
        make_response_promise();
        return caf::delegated<int32_t>{};
      case manner::die:
        quit(caf::exit_reason::user_shutdown);
        kept_.push_back(make_response_promise());
        return caf::delegated<int32_t>{};
      case manner::raise:
        throw std::runtime_error("raised by the target");
      case manner::twice:
        current_sender()->get()->enqueue(
          compat::make_element(nullptr, id.response_id(),
                               caf::make_message(int32_t{-1})),
          context());
        return x + 1;
      default:
        return x + 1;
    }
  }

  std::shared_ptr<shared> state_;
  std::vector<caf::response_promise> kept_;
};

/// What came back for one request.
struct reply {
  int answers = 0;
  int32_t value = 0;
  caf::error error;

  bool pending() const noexcept {
    return answers == 0;
  }

  bool ok() const {
    return answers == 1 && !compat::failed(error);
  }

  bool is(errc x) const {
    return answers == 1 && error == x;
  }
};

using reply_ptr = std::shared_ptr<reply>;

/// Runs the actions that a test queues for it, in its own context.
class caller : public compat::actor_base {
public:
  using action = std::function<void(caller*)>;

  struct shared {
    std::mutex mutex;
    std::vector<action> actions;
    std::vector<transition_event> events;
    std::vector<int32_t> plain;
  };

  caller(caf::actor_config& cfg, std::shared_ptr<shared> state)
    : compat::actor_base(cfg), state_(std::move(state)) {}

  caf::behavior make_behavior() override {
    return {
      [this](act) {
        std::vector<action> actions;
        {
          std::lock_guard<std::mutex> guard{state_->mutex};
          actions.swap(state_->actions);
        }
        for (auto& f : actions)
          f(this);
      },
      [this](const transition_event& x) { state_->events.push_back(x); },
      [this](int32_t x) { state_->plain.push_back(x); },
    };
  }

private:
  std::shared_ptr<shared> state_;
};

/// A caller and the ways to use it from a test.
struct client {
  explicit client(caf::actor_system& sys)
    : state(std::make_shared<caller::shared>()),
      self(sys.spawn<caller>(state)) {}

  void run(caller::action f) {
    {
      std::lock_guard<std::mutex> guard{state->mutex};
      state->actions.push_back(std::move(f));
    }
    compat::anon_post(self, act{});
  }

  /// Sends a request whose answer is an `int32_t`.
  template <class Handle, class... Ts>
  reply_ptr ask(const Handle& to, Ts... xs) {
    return ask_for<int32_t>([](reply& r, int32_t x) { r.value = x; }, to,
                            xs...);
  }

  template <class T, class F, class Handle, class... Ts>
  reply_ptr ask_for(F store, const Handle& to, Ts... xs) {
    auto result = std::make_shared<reply>();
    run([=](caller* me) {
      compat::request(me, to, caf::infinite, xs...)
        .then(
          [=](const T& x) {
            ++result->answers;
            store(*result, x);
          },
          [=](caf::error& e) {
            ++result->answers;
            result->error = std::move(e);
          });
    });
    return result;
  }

  /// Sends a control message and keeps the answer.
  template <class T, class Message>
  std::shared_ptr<T> control(const control_actor& to, Message msg,
                             reply_ptr* raw = nullptr) {
    auto value = std::make_shared<T>();
    auto r = ask_for<T>([value](reply&, const T& x) { *value = x; }, to, msg);
    if (raw)
      *raw = r;
    return value;
  }

  std::shared_ptr<caller::shared> state;
  caf::actor self;
};

} // namespace resilience::test
