// How many calls may be repeated: a share of the calls made, and a few per
// second for who calls rarely. Without it, retries multiply the load on a
// target that is already down.
//
// Not thread-safe; owned by one guard, which has the lock.
#pragma once

#include "resilience/settings.hpp"
#include "resilience/token_bucket.hpp"

namespace resilience {

struct retry_budget_config {
  /// Retries that can be saved up. 1 to 1e9.
  double capacity = 30;
  /// What each call adds; 0.2 is one retry for five calls. 0 to 1,000.
  double per_call = 0.2;
  /// What each second adds, whether there are calls or not. 0 to 1e9.
  double per_second = 3;

  friend bool operator==(const retry_budget_config&,
                         const retry_budget_config&) = default;
};

template <>
struct settings_of<retry_budget_config> {
  static constexpr auto name = "retry_budget_config";
  static constexpr auto list = std::tuple{
    setting{"capacity", &retry_budget_config::capacity, range{1.0, 1e9},
            "retries that can be saved up"},
    setting{"per_call", &retry_budget_config::per_call, range{0.0, 1000.0},
            "what each call adds"},
    setting{"per_second", &retry_budget_config::per_second, range{0.0, 1e9},
            "what each second adds, with or without calls"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const retry_budget_config& x,
                const std::string& prefix = "retry_budget.");

/// Deterministic in its inputs, copyable, comparable. Numbers are taken to a
/// billionth, from there on all is exact. Starts full.
class retry_budget {
public:
  /// @pre `validate(cfg).empty()`
  explicit retry_budget(const retry_budget_config& cfg = {}) noexcept;

  /// That many calls were made: first attempts, not retries. The same as one
  /// after the other, whatever time passed between them, as long as none was
  /// taken: what does not fit is lost either way.
  void on_calls(uint64_t count) noexcept;

  /// Takes what one retry or hedge costs, if it is there. An earlier instant
  /// than the last counts as that one.
  bool take(time_point now) noexcept;

  /// Applies new settings in place: what is saved stays as far as it fits.
  /// @pre `validate(cfg).empty()`
  void configure(const retry_budget_config& cfg, time_point now) noexcept;

  const retry_budget_config& config() const noexcept {
    return config_;
  }

  /// Retries that would be allowed now.
  double tokens(time_point now) const noexcept {
    return bucket_.tokens(now);
  }

  friend bool operator==(const retry_budget&, const retry_budget&) = default;

private:
  retry_budget_config config_;
  token_bucket::amount per_call_;
  token_bucket bucket_;
};

} // namespace resilience
