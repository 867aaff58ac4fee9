#include "resilience/probes/probe_thread.hpp"

#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace resilience {

void run_detached(std::function<void()> job) {
  std::thread{std::move(job)}.detach();
}

health_report run_check(const std::function<health_report()>& check) {
  try {
    return check();
  } catch (const std::exception& e) {
    return health_report::unhealthy(std::string{"exception: "} + e.what());
  } catch (...) {
    return health_report::unhealthy("an exception that is no std::exception");
  }
}

struct probe_thread::state {
  state(check what_, on_done done_)
    : what(std::move(what_)), done(std::move(done_)) {}

  void run(uint64_t number) {
    auto result = run_check(what);
    if (end())
      done(number, std::move(result));
  }

  // Whether anybody still wants to know.
  bool end() {
    std::lock_guard<std::mutex> guard{mutex};
    busy = false;
    return !abandoned;
  }

  const check what;
  const on_done done;
  std::mutex mutex;
  bool busy = false;
  bool abandoned = false;
};

probe_thread::probe_thread(check what, on_done done, job_launcher launch)
  : state_(std::make_shared<state>(std::move(what), std::move(done))),
    launch_(launch ? std::move(launch) : job_launcher{run_detached}) {}

probe_thread::~probe_thread() {
  std::lock_guard<std::mutex> guard{state_->mutex};
  state_->abandoned = true;
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
  } catch (const std::exception& e) {
    state_->end();
    state_->done(
      run, health_report::unhealthy(std::string{"no thread: "} + e.what()));
  }
  return true;
}

bool probe_thread::busy() const {
  std::lock_guard<std::mutex> guard{state_->mutex};
  return state_->busy;
}

} // namespace resilience
