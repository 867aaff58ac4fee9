// An actor system on a virtual clock: nothing runs and no time passes unless
// the test says so. For any framework of tests; no test ever waits.
//
//   environment env;
//   runtime rt{env.sys};
//   scripted_target bank{env.sys};
//   auto payments = rt.guard(bank.handle(), policy);
//   auto receipt = env.ask<std::string>(payments, 42);
//
// Actors that are detached, blocking ones among them (`caf::scoped_actor`,
// functions of health checkers, the writer of a runtime with a database), have
// threads of their own, which know nothing of it: a `receive` in a test waits
// for actors that do not run meanwhile.
//
// Not thread-safe: one thread uses it, from the first to the last. Declare it
// before the runtime. Several may live at once, each with its own time.
#pragma once

#include "resilience/actors/init.hpp"
#include "resilience/testing/force.hpp"
#include "resilience/testing/requester.hpp"
#include "resilience/testing/virtual_system.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>

namespace resilience::test {

/// Type id blocks of an application, for `environment`.
template <class... Blocks>
struct types_of {};

/// E.g. `environment env{types<caf::id_block::shop>};`
template <class... Blocks>
inline constexpr types_of<Blocks...> types{};

class environment : public detail::virtual_system {
public:
  /// @param prepare changes the configuration of `sys`: on CAF 0.17 before the
  ///        system is made, on 1.x right after it. So it is good for what is
  ///        read later, like settings of this library.
  explicit environment(const prepare_config& prepare = {})
    : environment(types<>, prepare) {}

  /// Makes the types of `Blocks` known, too. On 1.x that must not come while
  /// other systems run that do not know them.
  template <class... Blocks>
  explicit environment(types_of<Blocks...>, const prepare_config& prepare = {})
    : virtual_system([] { resilience::init<Blocks...>(); },
                     [&prepare](caf::actor_system_config& c) {
                       resilience::init<Blocks...>(c);
                       if (prepare)
                         prepare(c);
                     }) {}

  // What ends with the test is told so: CAF drops what waits, and then waits
  // for actors whose last references lay in there.
  ~environment() {
    user_.reset();
    for (size_t i = 0; i < most_events && deliver_one(); ++i)
      ;
    for (size_t i = 0; i < most_events && deliver_one(); ++i)
      end_busy_actors(); // they would never rest
  }

  /// Messages and timers that one call of `run`, `advance` and their like goes
  /// through at most; a runtime alone has 90,000 a day. Beyond it throws
  /// std::runtime_error: actors that keep each other busy would hold the test
  /// for ever.
  size_t most_events = 10'000'000;

  /// On the virtual clock. It begins anywhere.
  time_point now() {
    return sys.clock().now();
  }

  // -- running ----------------------------------------------------------------

  /// Delivers one message; false if there is none.
  bool step() {
    return deliver_one();
  }

  /// Delivers messages until there are none; no time passes. @returns how many.
  size_t run() {
    return events{*this}.deliver_all();
  }

  /// Lets `d` pass, with everything that happens in it, each thing at its own
  /// instant. 0 to 100 years, 200 in all. @returns the messages that were
  /// delivered.
  /// @throws invalid_config_error
  size_t advance(duration d) {
    auto before = delivered_;
    run_until([] { return false; }, d);
    return delivered_ - before;
  }

  /// Lets `d` pass at once, as on a machine that stood still: whatever was due
  /// meanwhile is late. As for `advance`. @returns the messages that were
  /// delivered.
  /// @throws invalid_config_error
  size_t stall(duration d) {
    check(d);
    if (d > duration::zero())
      move_clock(d);
    return run();
  }

  /// Lets time pass until `reached()`, which is asked first, then after every
  /// message, every timer, and at the end. @returns how long it took, or
  /// nothing if it was not reached within `limit`, which has passed then. As
  /// for `advance`.
  /// @throws invalid_config_error
  template <class Predicate>
  std::optional<duration> run_until(Predicate reached, duration limit) {
    check(limit);
    events going{*this};
    auto begin = now();
    auto end = begin + limit;
    for (;;) {
      if (reached())
        return now() - begin;
      if (going.deliver())
        continue;
      auto next = next_timer();
      if (!next || *next > end)
        break;
      going.count();
      ring_next_timer();
    }
    if (now() < end)
      move_clock(end - now());
    going.deliver_all();
    return reached() ? std::optional{now() - begin} : std::nullopt;
  }

  /// The same for a circuit: `which` is its name, or a guard, or a breaker.
  /// @throws invalid_config_error also if there is no such circuit.
  template <class Which>
  std::optional<duration> run_until(runtime& rt, const Which& which,
                                    circuit_state wanted, duration limit) {
    auto circuit = detail::circuit_behind(rt.control(which));
    return run_until(
      [&circuit, wanted] { return circuit->status().state == wanted; }, limit);
  }

  // -- asking -----------------------------------------------------------------

  /// Asks `to`, and runs what takes no time; if the answer takes any it is
  /// pending then.
  template <class T, class Handle, class... Ts>
  answer<T> ask(const Handle& to, Ts&&... xs) {
    auto result = user().ask<T>(to, std::forward<Ts>(xs)...);
    run();
    return result;
  }

  /// The actor that asks for `ask`; its own `ask` runs nothing yet.
  requester& user() {
    if (!user_)
      user_.emplace(sys);
    return *user_;
  }

private:
  /// What one call goes through.
  class events {
  public:
    explicit events(environment& env) : env_(env), left_(env.most_events) {}

    void count() {
      if (left_ == 0)
        throw std::runtime_error("the actors do not come to rest, or much "
                                 "happens in that time: there were more than "
                                 "environment::most_events");
      --left_;
    }

    bool deliver() {
      if (!env_.deliver_one())
        return false;
      ++env_.delivered_;
      count();
      return true;
    }

    size_t deliver_all() {
      size_t result = 0;
      while (deliver())
        ++result;
      return result;
    }

  private:
    environment& env_;
    size_t left_;
  };

  // CAF adds delays to the time without looking.
  void check(duration d) {
    constexpr duration latest = std::chrono::hours{24 * 365 * 250};
    faults found;
    check_range(found, "time to pass", d, duration::zero(),
                latest - now().time_since_epoch());
    if (!found.empty())
      throw invalid_config_error{found};
  }

  size_t delivered_ = 0;
  std::optional<requester> user_;
};

} // namespace resilience::test
