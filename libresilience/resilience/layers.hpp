// The machines of a guard that act between many calls: rate limiter, bulkhead,
// retry and hedges with their budget, chaos. One lock for all; a guard whose
// policy has none of them has no such object.
//
// Thread-safe. Owned by one guard's stack (stack.hpp), which knows the calls.
// Nothing foreign runs under the lock.
#pragma once

#include "resilience/brief_mutex.hpp"
#include "resilience/bulkhead.hpp"
#include "resilience/latency_quantile.hpp"
#include "resilience/policy.hpp"
#include "resilience/random.hpp"
#include "resilience/rate_limiter.hpp"
#include "resilience/retry.hpp"
#include "resilience/retry_budget.hpp"
#include "resilience/status.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace resilience {

class layers {
public:
  // -- member types -----------------------------------------------------------

  /// What the bulkhead says to a call.
  enum class entry : uint8_t {
    /// No bulkhead: go on, without a place.
    passed,
    /// Go on, and `leave` at the end.
    granted,
    /// It waits.
    queued,
    /// It would wait, but is not ready to: ask again when it is.
    not_ready,
    /// Neither place nor queue has room.
    full,
    /// The ledger did not take it.
    refused,
  };

  /// Whether a failed call is tried again.
  struct retry_decision {
    /// Why not; none: after `delay`.
    std::optional<retry_stop> stop{};
    duration delay{};
  };

  /// What is known of a call whose attempt has failed.
  struct failed_attempt {
    /// Attempts that ran, from 1.
    int32_t attempts = 1;
    /// The delay before the last one; zero before there was any.
    duration previous{};
    /// The delay that the target asked for.
    std::optional<duration> hint{};
    /// When the whole call ends.
    time_point latest = time_point::max();
  };

  /// Whether a policy asks for anything that this class does.
  static bool wanted(const policy& p) noexcept;

  // -- constructors -----------------------------------------------------------

  /// @param seed of the delays' jitter.
  /// @pre `validate(p).empty()`
  explicit layers(const policy& p, uint64_t seed = random_seed());

  /// Applies new settings in place: tokens, places and the budget stay as far
  /// as they fit; what was off starts full. Returns who waited for a place and
  /// now has one.
  /// @pre `validate(p).empty()`
  std::vector<uint64_t> configure(const policy& p, time_point now);

  // -- what is armed (no lock) ------------------------------------------------

  /// Limit of a whole call; `duration::max()` for none.
  duration total() const noexcept {
    return duration{total_.load(std::memory_order_relaxed)};
  }

  timeout_action on_timeout() const noexcept {
    return on_timeout_.load(std::memory_order_relaxed);
  }

  /// Whether calls may be tried again.
  bool retries() const noexcept {
    return has(retry_bit);
  }

  bool falls_back() const noexcept {
    return has(fallback_bit);
  }

  /// Whether something has to be known of a call beside its caller.
  bool follows_calls() const noexcept {
    return has(~limiter_bit);
  }

  bool hedges() const noexcept {
    return has(hedge_bit);
  }

  bool sheds() const noexcept {
    return has(shedding_bit);
  }

  /// Whether each key has a circuit of its own.
  bool keyed() const noexcept {
    return has(keyed_bit);
  }

  /// Whether something is learned from how attempts end.
  bool learns() const noexcept {
    return has(adaptive_bit | quantile_bit);
  }

  bool makes_faults() const noexcept {
    return has(chaos_bit);
  }

  /// Whether more is to be done with an attempt than to send it.
  bool attends_attempts() const noexcept {
    return has(hedge_bit | shedding_bit | chaos_bit);
  }

  /// Age of the oldest attempt from which calls are turned away.
  duration max_age() const noexcept {
    return duration{max_age_.load(std::memory_order_relaxed)};
  }

  /// How long a call may wait for a place.
  duration max_wait() const noexcept {
    return duration{max_wait_.load(std::memory_order_relaxed)};
  }

  /// How long a fallback actor may take.
  duration fallback_limit() const noexcept {
    return duration{fallback_limit_.load(std::memory_order_relaxed)};
  }

  // -- rate limiter -----------------------------------------------------------

  /// Asks for the start of a call; always allowed where there is no limiter.
  rate_limiter::decision take_token(time_point now);

  // -- bulkhead ---------------------------------------------------------------

  /// Asks for a place. If there is none and the queue has room, `open()` enters
  /// the call where it waits and returns its id, 0 if that failed. It runs
  /// under the lock, so that nobody is promoted who is not there yet.
  template <class F>
  entry enter(bool ready, F&& open) {
    if (!has(bulkhead_bit))
      return entry::passed;
    std::lock_guard<brief_mutex> guard{mutex_};
    if (bulkhead_.has_place()) {
      bulkhead_.enter(0);
      return entry::granted;
    }
    if (!std::cmp_less(bulkhead_.queued(), bulkhead_.config().max_queue)) {
      ++metrics_.bulkhead_full;
      return entry::full;
    }
    if (!ready)
      return entry::not_ready;
    auto id = open();
    if (id == 0)
      return entry::refused;
    bulkhead_.enter(id);
    return entry::queued;
  }

  /// Gives a place back; returns who waited and has it now.
  std::optional<uint64_t> leave();

  /// Takes a waiting call out of the queue, because it waited too long (it
  /// counts as turned away) or its guard ends.
  void abandon(uint64_t id, bool too_long);

  // -- latencies --------------------------------------------------------------

  /// An attempt of a call has ended after `took`. Returns who waited for a
  /// place and has it now, because the limit has grown.
  std::vector<uint64_t> learn(outcome what, duration took, time_point now);

  // -- retry ------------------------------------------------------------------

  /// A call begins its first attempt.
  void on_call() noexcept {
    if (has(retry_bit | hedge_bit))
      calls_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Whether the lists allow to try `e` again.
  bool may_retry(const error_id& e) const;

  /// Decides for a failure that may be tried again, and takes what the retry
  /// costs.
  retry_decision decide(const failed_attempt& x, time_point now);

  // -- hedges -----------------------------------------------------------------

  /// How long an attempt may take before another one is sent.
  duration hedge_delay(time_point now) const;

  /// Asks for a second attempt, and takes what it costs.
  bool take_hedge(time_point now);

  void count_hedge_won() noexcept;

  // -- chaos, shedding --------------------------------------------------------

  /// What happens to the next attempt.
  injected draw_fault();

  /// By how much chaos delays an attempt.
  duration fault_delay() const;

  void count_shed() noexcept;

  // -- fallback ---------------------------------------------------------------

  /// Whether the fallback answers `e`.
  bool covers(const error_id& e) const;

  void count_fallback(bool answered) noexcept;
  void count_substitute() noexcept;
  void count_hook_failure() noexcept;

  // -- properties -------------------------------------------------------------

  /// Writes the settings in force into `into`. Its timeout is on if the
  /// attempt's limit is.
  void describe_into(policy& into) const;

  layer_metrics metrics(time_point now);

private:
  static constexpr uint32_t limiter_bit = 1;
  static constexpr uint32_t bulkhead_bit = 2;
  static constexpr uint32_t retry_bit = 4;
  static constexpr uint32_t fallback_bit = 8;
  static constexpr uint32_t total_bit = 16;
  static constexpr uint32_t substitute_bit = 32;
  static constexpr uint32_t hedge_bit = 64;
  static constexpr uint32_t shedding_bit = 128;
  static constexpr uint32_t chaos_bit = 256;
  static constexpr uint32_t keyed_bit = 512;
  static constexpr uint32_t adaptive_bit = 1024;
  static constexpr uint32_t quantile_bit = 2048;

  static uint32_t bits_of(const policy& p) noexcept;

  bool has(uint32_t bits) const noexcept {
    return (armed_.load(std::memory_order_acquire) & bits) != 0;
  }

  void store_settings(const policy& p, time_point now);
  /// The settings of the bulkhead with the limit that was found.
  bulkhead_config bulkhead_now() const;
  void configure_adaptive();
  void configure_latencies(time_point now);
  void credit_budget() noexcept;
  /// What bounds retries and hedges together.
  const retry_budget_config* budget_in_force() const noexcept;

  std::atomic<uint32_t> armed_{0};
  std::atomic<timeout_action> on_timeout_{timeout_action::raise};
  std::atomic<duration::rep> total_;
  std::atomic<duration::rep> max_wait_;
  std::atomic<duration::rep> fallback_limit_;
  std::atomic<duration::rep> max_age_;
  /// Calls that the budget has not heard of: it is asked rarely.
  std::atomic<uint64_t> calls_{0};

  brief_mutex mutable mutex_;
  rate_limiter limiter_;
  /// Stays while the bulkhead is off: places given before are given back here.
  bulkhead bulkhead_;
  std::optional<bulkhead_config> bulkhead_setting_;
  std::optional<adaptive_limit> adaptive_;
  std::optional<retry_config> retry_;
  std::optional<hedge_config> hedge_;
  /// Of successful attempts, where hedges want to know; large.
  std::unique_ptr<recent_latency> latencies_;
  retry_budget budget_;
  std::optional<fallback_config> fallback_;
  std::optional<duration> total_setting_;
  chaos chaos_;
  uint64_t random_state_;
  layer_metrics metrics_;
};

} // namespace resilience
