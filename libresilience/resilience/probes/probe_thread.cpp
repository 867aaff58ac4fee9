#include "resilience/probes/probe_thread.hpp"

#include "resilience/exception_text.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace resilience {

void run_detached(std::function<void()> job) {
  struct runner {
    std::mutex mutex;
    std::thread thread;
  };
  auto self = std::make_shared<runner>();
  std::lock_guard<std::mutex> guard{self->mutex};
  self->thread = std::thread{[self, what = std::move(job)] {
    {
      std::lock_guard<std::mutex> until_known{self->mutex};
      // Here and not by who starts it: the glibc of many systems (2.36 of
      // Debian 12 among them) still looks at the thread after it has been let
      // go, and crashes where it has ended by then.
      self->thread.detach();
    }
    what();
  }};
}

health_report run_check(const std::function<health_report()>& check) {
  try {
    return check();
  } catch (const std::exception&) {
    return health_report::unhealthy("exception: "
                                    + text_of(std::current_exception()));
  } catch (...) {
    return health_report::unhealthy(text_of(std::current_exception()));
  }
}

struct probe_thread::state {
  state(check what_, on_done done_)
    : what(std::move(what_)), done(std::move(done_)) {}

  void run(uint64_t number) {
    auto result = run_check(what);
    if (!begin_to_tell())
      return;
    auto* outer = std::exchange(teller, this);
    done(number, std::move(result));
    teller = outer;
    end_telling();
  }

  // Whether anybody still wants to know.
  bool begin_to_tell() {
    std::lock_guard<std::mutex> guard{mutex};
    busy = false;
    telling += abandoned ? 0 : 1;
    return !abandoned;
  }

  void end_telling() {
    std::lock_guard<std::mutex> guard{mutex};
    --telling;
    told.notify_all();
  }

  // Waits for others that tell: they use what ends after the owner.
  void abandon() {
    std::unique_lock<std::mutex> guard{mutex};
    abandoned = true;
    told.wait(guard, [this] { return telling == (teller == this ? 1 : 0); });
  }

  void not_started() {
    std::lock_guard<std::mutex> guard{mutex};
    busy = false;
  }

  /// Whose result this thread tells just now.
  static thread_local const state* teller;

  const check what;
  const on_done done;
  std::mutex mutex;
  std::condition_variable told;
  int telling = 0;
  bool busy = false;
  bool abandoned = false;
};

thread_local const probe_thread::state* probe_thread::state::teller = nullptr;

probe_thread::probe_thread(check what, on_done done, job_launcher launch)
  : state_(std::make_shared<state>(std::move(what), std::move(done))),
    launch_(launch ? std::move(launch) : job_launcher{run_detached}) {}

probe_thread::~probe_thread() {
  state_->abandon();
}

bool probe_thread::start(uint64_t run) {
  {
    std::lock_guard<std::mutex> guard{state_->mutex};
    if (state_->busy)
      return false;
    state_->busy = true;
  }
  try {
    launch_([x = state_, run] { x->run(run); });
  } catch (...) {
    state_->not_started();
    state_->done(run, health_report::unhealthy(
                        "no thread: " + text_of(std::current_exception())));
  }
  return true;
}

bool probe_thread::busy() const {
  std::lock_guard<std::mutex> guard{state_->mutex};
  return state_->busy;
}

} // namespace resilience
