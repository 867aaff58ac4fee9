// An actor that does with each request what a test says: the stand-in for
// whatever an application talks to.
//
//   scripted_target bank{env.sys};
//   bank.next(reaction::error(caf::sec::runtime_error), 2)
//     .otherwise(reaction::answer(std::string{"receipt"}));
//   auto payments = rt.guard(bank.handle(), policy);
//
// Takes messages of any content. Before a real actor it makes chosen calls
// fail: `otherwise(reaction::pass_to(real))` and `next(reaction::error(...),
// n)`.
//
// Thread-safe. Declare it after the system; its end ends the actor, and
// requests that were kept in silence are dropped.
#pragma once

#include "resilience/actors/hooks.hpp"
#include "resilience/testing/scripted_actor.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/spawn_options.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace resilience::test {

class scripted_target {
public:
  /// @param otherwise what it does with requests beyond the script.
  explicit scripted_target(caf::actor_system& sys,
                           reaction otherwise = reaction::silence())
    : told_(std::make_shared<detail::script>(std::move(otherwise))),
      self_(sys.spawn<detail::scripted_actor, caf::hidden>(told_)) {}

  scripted_target(const scripted_target&) = delete;
  scripted_target& operator=(const scripted_target&) = delete;

  ~scripted_target() {
    end(caf::exit_reason::kill);
  }

  // -- script -----------------------------------------------------------------

  /// Adds to the script what it does with the next requests, `times` of them;
  /// each request takes one, in order.
  scripted_target& next(const reaction& x, size_t times = 1) {
    std::lock_guard<std::mutex> guard{told_->mutex};
    told_->next.insert(told_->next.end(), times, x);
    return *this;
  }

  /// Says what it does once the script is over.
  scripted_target& otherwise(reaction x) {
    std::lock_guard<std::mutex> guard{told_->mutex};
    told_->otherwise = std::move(x);
    return *this;
  }

  /// Forgets the rest of the script.
  scripted_target& forget() {
    std::lock_guard<std::mutex> guard{told_->mutex};
    told_->next.clear();
    return *this;
  }

  /// Does `x` with every request that waits in silence, with the next step of
  /// the environment.
  void release(reaction x) {
    {
      std::lock_guard<std::mutex> guard{told_->mutex};
      told_->release = std::move(x);
    }
    compat::anon_post(self_, tick{});
  }

  /// Ends the actor, with the next step of the environment.
  void end(caf::exit_reason why = caf::exit_reason::user_shutdown) {
    caf::anon_send_exit(self_, why);
  }

  // -- handles ----------------------------------------------------------------

  const caf::actor& handle() const noexcept {
    return self_;
  }

  /// The same as a typed handle: that the answers are of its types is up to the
  /// script.
  template <class Handle>
  Handle as() const {
    return caf::actor_cast<Handle>(self_);
  }

  /// For `hooks::respawn`: makes actors that go on with the same script.
  respawn_function respawn() const {
    return [told = told_](caf::actor_system& sys) -> caf::actor {
      return sys.spawn<detail::scripted_actor, caf::hidden>(told);
    };
  }

  // -- what it has seen -------------------------------------------------------

  /// Requests that have reached it.
  uint64_t requests() const {
    std::lock_guard<std::mutex> guard{told_->mutex};
    return told_->requests;
  }

  /// Messages that have reached it and want no answer; they take nothing from
  /// the script.
  uint64_t plain() const {
    std::lock_guard<std::mutex> guard{told_->mutex};
    return told_->plain;
  }

  /// Reactions that no request has taken yet.
  size_t left() const {
    std::lock_guard<std::mutex> guard{told_->mutex};
    return told_->next.size();
  }

  /// The messages in order, the latest 10,000 of them.
  std::vector<received_message> received() const {
    std::lock_guard<std::mutex> guard{told_->mutex};
    return {told_->received.begin(), told_->received.end()};
  }

  /// Those that hold exactly one `T`.
  template <class T>
  std::vector<T> received_as() const {
    std::vector<T> result;
    std::lock_guard<std::mutex> guard{told_->mutex};
    for (const auto& x : told_->received)
      if (x.content.template match_elements<T>())
        result.push_back(x.content.template get_as<T>(0));
    return result;
  }

private:
  std::shared_ptr<detail::script> told_;
  caf::actor self_;
};

} // namespace resilience::test
