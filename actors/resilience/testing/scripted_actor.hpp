// The actor behind a scripted target (scripted_target.hpp).
//
// The script is shared with the test and locked; the rest belongs to the
// actor's own context. Spawned by scripted targets and by their respawn
// functions.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/compat_catch_all.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/testing/reaction.hpp"

#include <caf/response_promise.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

namespace resilience::test {

/// A message that reached a scripted target.
struct received_message {
  caf::message content{};
  /// On the system's clock.
  time_point at{};
  bool wants_answer = false;
};

namespace detail {

/// What a test has told a target, and what the target tells.
struct script {
  /// Most messages that are kept.
  static constexpr size_t most_received = 10'000;

  explicit script(reaction x) : otherwise(std::move(x)) {}

  /// What to do with the message that has come; nothing with one that wants no
  /// answer, unless all are passed on.
  reaction take(received_message x) {
    std::lock_guard<std::mutex> guard{mutex};
    auto asks = x.wants_answer;
    ++(asks ? requests : plain);
    received.push_back(std::move(x));
    if (received.size() > most_received)
      received.pop_front();
    if (!asks || next.empty())
      return otherwise;
    auto result = std::move(next.front());
    next.pop_front();
    return result;
  }

  std::mutex mutex;
  std::deque<reaction> next;
  reaction otherwise;
  std::deque<received_message> received;
  uint64_t requests = 0;
  uint64_t plain = 0;
  /// What those who wait in silence get, with the actor's next tick.
  std::optional<reaction> release;
};

class scripted_actor : public compat::actor_base {
public:
  scripted_actor(caf::actor_config& cfg, std::shared_ptr<script> told)
    : compat::actor_base(cfg), told_(std::move(told)) {}

  const char* name() const override {
    return "resilience.test.target";
  }

  caf::behavior make_behavior() override {
    return compat::with_catch_all(this, {[this](tick) { on_tick(); }},
                                  [this] { return on_message(); });
  }

  void on_exit() override {
    silent_.clear();
    delayed_.clear();
  }

private:
  struct call {
    caf::strong_actor_ptr who;
    caf::message_id id;
    caf::message content;
    caf::response_promise promise;
  };

  caf::result<caf::message> on_message() {
    auto& element = *current_mailbox_element();
    auto asks = element.mid.is_request();
    auto content = compat::copy_content(element);
    auto what = told_->take({content, now(), asks});
    // The promise takes the sender out of the element.
    auto who = element.sender;
    if (!asks) {
      if (auto x = std::get_if<reaction::passing>(&what.what()))
        x->to->enqueue(
          compat::make_element(std::move(who), element.mid, std::move(content)),
          context());
      return caf::message{};
    }
    auto id = element.mid;
    react(std::move(what),
          {std::move(who), id, std::move(content), make_response_promise()});
    return caf::delegated<caf::message>{};
  }

  void on_tick() {
    if (auto x = released())
      for (auto& from : std::exchange(silent_, {}))
        react(*x, std::move(from));
    while (!delayed_.empty() && delayed_.begin()->first <= now()) {
      auto [what, from] =
        std::move(delayed_.extract(delayed_.begin()).mapped());
      perform(what, std::move(from));
    }
  }

  std::optional<reaction> released() {
    std::lock_guard<std::mutex> guard{told_->mutex};
    return std::exchange(told_->release, std::nullopt);
  }

  void react(reaction what, call from) {
    if (what.delay() > duration::zero())
      postpone(std::move(what), std::move(from));
    else
      perform(what, std::move(from));
  }

  void postpone(reaction what, call from) {
    auto due = now() + what.delay();
    post_self_after(what.delay(), tick{due.time_since_epoch().count()});
    delayed_.emplace(due, std::pair{std::move(what), std::move(from)});
  }

  void perform(const reaction& what, call from) {
    std::visit([&](const auto& x) { run(x, what, from); }, what.what());
  }

  void run(const reaction::silent&, const reaction&, call& from) {
    silent_.push_back(std::move(from));
  }

  void run(const reaction::dropping&, const reaction&, call&) {
    // The promise ends with the call.
  }

  void run(const reaction::answering& x, const reaction& what, call& from) {
    from.promise.deliver(x.content);
    if (what.is_twice() && from.who)
      from.who->get()->enqueue(
        compat::make_element(nullptr, from.id.response_id(), x.content),
        context());
  }

  void run(const reaction::dying& x, const reaction&, call& from) {
    silent_.push_back(std::move(from)); // nobody answers before the end
    quit(x.reason);
  }

  void run(const reaction::raising& x, const reaction&, call&) {
    throw std::runtime_error(x.what);
  }

  void run(const reaction::passing& x, const reaction&, call& from) {
    from.promise.delegate(x.to, from.content);
  }

  void run(const reaction::computing& x, const reaction&, call& from) {
    if (auto result = x.f(from.content))
      from.promise.deliver(std::move(*result));
    else
      from.promise.deliver(std::move(result.error()));
  }

  time_point now() {
    return home_system().clock().now();
  }

  std::shared_ptr<script> told_;
  std::vector<call> silent_;
  /// By when they are due, then in their order.
  std::multimap<time_point, std::pair<reaction, call>> delayed_;
};

} // namespace detail

} // namespace resilience::test
