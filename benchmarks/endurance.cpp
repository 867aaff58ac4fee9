// Whether memory stays flat: many calls through a guard with retry, of which
// some fail, some are never answered, and some of those are answered too late.
//
//   endurance [--calls=N]
//
// Exit code 1 if the heap grows after the first tenth.
#include "requests.hpp"

#include <caf/exit_reason.hpp>
#include <caf/response_promise.hpp>

#include <malloc.h>

#include <cstdio>
#include <deque>

using namespace resilience;
using namespace resilience::bench;
using namespace std::chrono_literals;

namespace {

// One of ten requests fails, one of a thousand is answered only when forty more
// of these have come, long after its time.
class erratic : public compat::actor_base {
public:
  using compat::actor_base::actor_base;

  caf::behavior make_behavior() override {
    return {[this](int32_t x) { return on_number(x); }};
  }

  void on_exit() override {
    held_.clear();
  }

private:
  caf::result<int32_t> on_number(int32_t x) {
    ++count_;
    if (count_ % 1'000 == 0) {
      held_.push_back(make_response_promise());
      if (held_.size() > 40) {
        held_.front().deliver(x);
        held_.pop_front();
      }
      return caf::delegated<int32_t>{};
    }
    if (count_ % 10 == 0)
      return caf::make_error(caf::sec::runtime_error);
    return x + 1;
  }

  uint64_t count_ = 0;
  std::deque<caf::response_promise> held_;
};

policy enduring() {
  policy result;
  result.breaker->failure_threshold = 1'000'000;
  result.timeout = timeout_config{.limit = 5ms, .total = 1s};
  result.retry = retry_config{.backoff = {.initial_delay = 1ms}};
  result.retry->budget = {
    .capacity = 1'000'000, .per_call = 1, .per_second = 0};
  result.bulkhead = bulkhead_config{.max_concurrent = 80, .max_queue = 100};
  return result;
}

circuit_metrics metrics_of(caf::actor_system& sys, runtime& rt,
                           const caf::actor& guard) {
  circuit_metrics result;
  caf::scoped_actor self{sys};
  compat::request(self, rt.control(guard), caf::infinite, get_metrics{})
    .receive([&](circuit_metrics& x) { result = std::move(x); },
             [](caf::error&) { std::abort(); });
  return result;
}

// What is allocated: resident memory would not shrink.
double heap_kib() {
  return static_cast<double>(mallinfo2().uordblks) / 1024;
}

} // namespace

int main(int argc, char** argv) {
  resilience::init();
  stage on;
  auto target = on.sys.spawn<erratic>();
  auto guard = on.rt.guard(target, enduring());
  auto calls = static_cast<int64_t>(option(argc, argv, "calls", 10'000'000));
  constexpr int parts = 10;
  std::printf("%12s %12s %12s %12s %12s %12s %12s\n", "calls", "attempts",
              "failures", "retries", "late", "heap KiB", "resident KiB");
  double first = 0;
  double last = 0;
  for (int i = 1; i <= parts; ++i) {
    rate(on.sys, single(guard), calls / parts, 50, 2, caf::infinite);
    auto m = metrics_of(on.sys, on.rt, guard);
    last = heap_kib();
    if (i == 1)
      first = last;
    std::printf("%12ld %12lu %12lu %12lu %12lu %12.0f %12.0f\n",
                static_cast<long>(calls / parts * i), m.total_calls, m.failures,
                m.layers.retries, m.late_answers, last,
                static_cast<double>(resident_bytes()) / 1024);
    std::fflush(stdout);
  }
  std::printf("grown since the first tenth: %.0f KiB\n", last - first);
  caf::anon_send_exit(guard, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(target, caf::exit_reason::user_shutdown);
  return last - first < 512 ? 0 : 1;
}
