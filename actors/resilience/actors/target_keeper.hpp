// What follows the end of a guard's target: who brings a new one, and what
// callers are told until then.
//
// Owned by one guard. `look` and `expect` may be called by any thread; the rest
// belongs to the guard's own context.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/hooks.hpp"
#include "resilience/actors/services.hpp"
#include "resilience/restart.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace resilience {

/// What is known while there is no target.
struct outlook {
  /// Whether another target will come.
  bool awaited = false;
  /// When; the end of time: not known.
  time_point due = time_point::max();
  /// Why there is none, for people.
  std::string why{};
};

/// How a target ended.
struct ending {
  end_kind how = end_kind::failed;
  /// For people.
  std::string why{};
};

class target_keeper {
public:
  target_keeper() = default;
  target_keeper(const target_keeper&) = delete;
  target_keeper& operator=(const target_keeper&) = delete;
  virtual ~target_keeper();

  // -- any thread -------------------------------------------------------------

  /// Whether the guard begins without a target.
  virtual bool brings_first() const noexcept;

  /// Means nothing while there is a target.
  outlook look() const {
    std::lock_guard<std::mutex> guard{mutex_};
    return outlook_;
  }

  void expect(outlook x) {
    std::lock_guard<std::mutex> guard{mutex_};
    std::swap(outlook_, x);
  }

  /// How often a new target took the place of an old one.
  virtual uint64_t restarts() const noexcept;

  /// A target has taken its place.
  virtual void on_adopted(time_point now);

  // -- the guard's own context ------------------------------------------------

  /// The guard begins, with a target.
  virtual void on_begin(time_point now);

  /// The target has ended, or a start has failed: calls `expect`. Comes before
  /// the calls under way are answered. @returns when to call `start`; the end
  /// of time for never.
  virtual time_point on_end(const ending& x, time_point now) = 0;

  /// The same, when they are answered and the guard has no target any more.
  virtual void after_end(const ending& x);

  /// Whether `start` is due.
  virtual bool is_due(time_point now) const;

  /// Makes a target. Runs code of the user's; what fails is told in `fault`.
  virtual caf::strong_actor_ptr start(caf::actor_system& sys,
                                      std::string& fault);

  /// Somebody gives the target another chance. Whether to `start` at once where
  /// there is none.
  virtual bool on_reset();

  /// Appends what stands against restarts as `p` wants them.
  virtual void check(faults& out, const policy& p) const = 0;

  /// Applies them.
  virtual void configure(const policy& p);

  /// Writes the settings in force into `into`.
  virtual void describe_into(policy& into) const;

  /// The guard ends, and had this target, which may be null.
  virtual void on_guard_end(const caf::strong_actor_ptr& target);

protected:
  std::atomic<uint64_t> adopted_{0};

private:
  std::mutex mutable mutex_;
  outlook outlook_{};
};

/// Appends what stands against restarts as `p` wants them; a null keeper has
/// none.
void check_restart(faults& out, const policy& p, const target_keeper* x);

/// Whether an actor that ended so did it as it meant to.
end_kind kind_of_end(const caf::error& reason);

/// Calls `make` unless the runtime ends; whatever goes wrong is told in
/// `fault`.
caf::strong_actor_ptr start_target(services& common, caf::actor_system& sys,
                                   const respawn_function& make,
                                   std::string& fault);

} // namespace resilience
