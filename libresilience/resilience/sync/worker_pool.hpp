// Threads for work that may block: at most so many, and a bounded line of jobs
// that wait for one.
//
// A job that never returns keeps its thread, itself and a small state, nothing
// else: the end of the pool waits for no job. Idle threads it joins, those at
// work end by themselves.
//
// Thread-safe; who destroys must be the last to call. That may be a job.
#pragma once

#include "resilience/time.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace resilience {

class worker_pool {
public:
  // -- member types -----------------------------------------------------------

  /// One piece of work. Destroyed on any thread, under no lock.
  class job {
  public:
    virtual ~job() = default;

    /// Whether anybody still waits for it; asked before it runs, and never
    /// after the pool's end. Runs under the pool's lock: short.
    virtual bool wanted() noexcept {
      return true;
    }

    /// The work: may take as long as it likes.
    virtual void run() noexcept = 0;

    /// Tells what became of it. Called after `run`, unless the pool has ended:
    /// its end waits for those that tell.
    virtual void tell() noexcept = 0;

    /// The pool has ended and `tell` will never be called: lets go of whoever
    /// wanted to know. Called while `run` runs, on another thread; within it
    /// where that is what ends the pool.
    virtual void abandon() noexcept {}
  };

  using job_ptr = std::shared_ptr<job>;

  struct limits {
    /// At least 1.
    int32_t max_threads = 1;
    /// Jobs that wait for a thread. At least 0.
    int32_t max_queue = 0;
    /// How long a thread stays without work. At least 0.
    duration idle_time{};
  };

  enum class verdict : uint8_t {
    /// It runs, or waits for a thread.
    taken,
    /// All threads are busy and the queue has no room.
    full,
    /// The pool has ended.
    closed,
    /// The system gave no thread.
    no_thread,
  };

  struct load {
    size_t threads = 0;
    size_t busy = 0;
    size_t queued = 0;
  };

  // -- constructors -----------------------------------------------------------

  explicit worker_pool(const limits& x);

  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  ~worker_pool();

  // -- modifiers --------------------------------------------------------------

  /// Takes `what` only if it says so. Never blocks.
  /// @pre `what` is not null
  verdict submit(job_ptr what);

  /// Drops what waits, joins who is idle, and leaves alone who works.
  void close();

  // -- properties -------------------------------------------------------------

  load now() const;

private:
  class state;

  std::shared_ptr<state> state_;
};

} // namespace resilience
