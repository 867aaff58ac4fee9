#include "hedged_calls.hpp"

#include "resilience/random.hpp"
#include "resilience/stack.hpp"

#include "event_loop.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

namespace resilience::simulation {

namespace {

/// A request is its number; an answer of ours is an error's code.
struct words {
  struct call {
    size_t number = 0;
    bool asks = false;

    bool is_request() const noexcept {
      return asks;
    }
  };

  using cargo = size_t;
  using failure = errc;
  using anchor = std::shared_ptr<void>;

  struct hooks {
    explicit operator bool() const noexcept {
      return false;
    }
  };
};

struct event {
  enum class kind : uint8_t { arrival, answer, alarm } what{};
  /// Of the attempt that is answered.
  uint64_t id = 0;
  /// For which the alarm was set.
  time_point due{};
};

/// The host of a stack (stack.hpp), its callers and its target in one.
class world {
public:
  using call = words::call;
  using parcel = std::optional<size_t>;

  explicit world(const hedged_calls& x)
    : settings_(x), random_(x.seed),
      machine_({}, {}, x.settings.breaker, {}, 1), stack_(x.settings) {}

  hedged_result run() {
    loop_.plan(gap(), {event::kind::arrival});
    while (!loop_.empty())
      happen(loop_.next());
    result_.hedges = stack_.metrics(now()).hedges;
    std::sort(result_.took.begin(), result_.took.end());
    return std::move(result_);
  }

  // -- the host ---------------------------------------------------------------

  circuit& machine() noexcept {
    return machine_;
  }

  time_point now() const noexcept {
    return loop_.now();
  }

  void wake(time_point due) {
    if (due != time_point::max())
      loop_.plan(saturating_sub(due, now()), {event::kind::alarm, 0, due});
  }

  std::shared_ptr<void> keep_alive() const {
    return nullptr;
  }

  bool target() const {
    return true;
  }

  bool gone() const {
    return false;
  }

  void send(bool, parcel, uint64_t id, time_point) {
    ++result_.attempts;
    loop_.plan(latency(), {event::kind::answer, id});
  }

  void deliver(call who, bool) {
    result_.took.push_back(now() - arrivals_[who.number]);
  }

  void fail(call who, errc) {
    ++result_.failed;
    deliver(who, false);
  }

  void bounce(call who, parcel, const admission&) {
    fail(who, errc::circuit_open);
  }

  outcome judge(bool) const {
    return outcome::success;
  }

  errc failure_of(bool) const {
    return errc::none;
  }

  errc make(errc x, duration = {}) const {
    return x;
  }

  errc rejection(const admission&) const {
    return errc::circuit_open;
  }

  errc rejection(const admission& x, const circuit&) const {
    return rejection(x);
  }

  std::shared_ptr<circuit> circuit_for(const parcel&, time_point) const {
    return nullptr;
  }

  errc reported(errc x, const retry_report&) const {
    return x;
  }

  size_t keep(const parcel& x) const {
    return *x;
  }

  size_t unpack(parcel& x) const {
    return *std::exchange(x, std::nullopt);
  }

  parcel pack(size_t x) const {
    return x;
  }

  bool copy(bool x) const {
    return x;
  }

  bool repeatable(const parcel&) const {
    return true;
  }

  bool may_retry(errc) const {
    return true;
  }

  error_id id_of(errc x) const {
    return {"resilience", static_cast<int64_t>(x), {}};
  }

  std::optional<duration> hint(errc) const {
    return std::nullopt;
  }

  bool is_error(bool) const {
    return false;
  }

  bool is_error(errc) const {
    return true;
  }

  void send_to_fallback(parcel, uint64_t, time_point) {}

  bool asks_fallback() const {
    return false;
  }

  bool fall_back(call&, errc) const {
    return false;
  }

  bool substitute(call&, timeout_action) const {
    return false;
  }

  void note(errc) {}

  void lease_ended() {}

private:
  void happen(const event& x) {
    switch (x.what) {
      case event::kind::arrival:
        return arrive();
      case event::kind::answer:
        return stack_.answered(*this, x.id, true, now());
      default:
        stack_.expire(*this, now());
        wake(stack_.entries().rearm(x.due));
    }
  }

  void arrive() {
    auto number = arrivals_.size();
    arrivals_.push_back(now());
    if (arrivals_.size() < static_cast<size_t>(settings_.calls))
      loop_.plan(gap(), {event::kind::arrival});
    stack_.arrive(*this, call{number, true}, parcel{number}, now(),
                  time_point::max());
  }

  duration exponential(duration mean) {
    auto nanoseconds =
      -std::log1p(-draw_uniform(random_)) * static_cast<double>(mean.count());
    return duration{static_cast<duration::rep>(nanoseconds)};
  }

  duration gap() {
    return exponential(settings_.mean_gap);
  }

  duration latency() {
    const auto& x = settings_.latency;
    auto tail = draw_uniform(random_) < x.tail_share;
    return x.fixed + exponential(tail ? x.tail_mean : x.usual_mean);
  }

  const hedged_calls settings_;
  uint64_t random_;
  circuit machine_;
  stack<words> stack_;
  event_loop<event> loop_;
  std::vector<time_point> arrivals_;
  hedged_result result_;
};

} // namespace

hedged_result run(const hedged_calls& x) {
  return world{x}.run();
}

} // namespace resilience::simulation
