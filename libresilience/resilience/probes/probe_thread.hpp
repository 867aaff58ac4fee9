// Runs a check that may block, on a thread of its own, one at a time.
//
// The thread lives for one check. A check that never returns keeps its thread,
// its function and nothing else: the thread is detached and shares no more than
// a small state with the owner, so nobody ever waits for it. What the function
// captures must therefore live until it returns, not until its owner ends.
//
// `start` and `busy` are for any thread; who destroys must be the last to call.
#pragma once

#include "resilience/health_report.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace resilience {

/// Runs what it is given once: now or later, on any thread. May throw.
using job_launcher = std::function<void(std::function<void()>)>;

/// On a new thread, which nobody waits for.
/// @throws std::system_error where there are too many threads.
void run_detached(std::function<void()> job);

/// What `check` says; an exception is unhealthy, with its text.
health_report run_check(const std::function<health_report()>& check);

class probe_thread {
public:
  using check = std::function<health_report()>;

  /// Called on the check's thread, or within `start` where there is none;
  /// short. Never after the owner's end, which may come within it.
  using on_done = std::function<void(uint64_t run, health_report)>;

  /// @param what not empty.
  /// @param launch what runs checks; `run_detached` if empty.
  probe_thread(check what, on_done done, job_launcher launch = {});

  probe_thread(const probe_thread&) = delete;
  probe_thread& operator=(const probe_thread&) = delete;

  /// Never waits for a check under way; its result is dropped. Does wait for
  /// `on_done`, unless that is who destroys: what it uses, such as an actor
  /// system, ends next.
  ~probe_thread();

  /// Begins a check under the caller's number. False: the last one still runs.
  bool start(uint64_t run);

  /// Whether a check is under way.
  bool busy() const;

private:
  struct state;

  std::shared_ptr<state> state_;
  job_launcher launch_;
};

} // namespace resilience
