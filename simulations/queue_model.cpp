#include "queue_model.hpp"

#include "event_loop.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

namespace resilience::simulation {

namespace {

/// Seconds, and parts of them.
double seconds(duration x) {
  return std::chrono::duration<double>(x).count();
}

struct event {
  enum class kind : uint8_t { arrival, answer, change } what;
  /// Of an answer: when its call was let in, and whether a worker was on it.
  time_point begun{};
  bool served = true;
};

/// The mean of a value that changes at times, per step and after the warm-up.
class course {
public:
  explicit course(const queue_model& x) : warm_up_(x.warm_up), step_(x.step) {}

  void hold(double value, time_point until) {
    while (at_ < until) {
      auto end = std::min(step_end_, until);
      if (auto warm = time_point{warm_up_}; at_ < warm)
        end = std::min(end, warm);
      auto part = value * seconds(end - at_);
      in_step_ += part;
      if (at_ >= time_point{warm_up_})
        after_warm_up_ += part;
      at_ = end;
      if (at_ == step_end_)
        close_step();
    }
  }

  double mean() const {
    return after_warm_up_ / seconds(at_ - time_point{warm_up_});
  }

  double greatest() const {
    auto first = std::min<ptrdiff_t>(warm_up_ / step_, std::ssize(steps_));
    auto i = std::max_element(steps_.begin() + first, steps_.end());
    return i == steps_.end() ? 0 : *i;
  }

  std::vector<double> take() {
    return std::move(steps_);
  }

private:
  void close_step() {
    steps_.push_back(in_step_ / seconds(step_));
    in_step_ = 0;
    step_end_ += step_;
  }

  duration warm_up_;
  duration step_;
  time_point at_{};
  time_point step_end_{step_};
  double in_step_ = 0;
  double after_warm_up_ = 0;
  std::vector<double> steps_;
};

class simulator {
public:
  simulator(const queue_model& model, adaptive_limit limit,
            std::optional<int32_t> fixed)
    : model_(model), limit_(limit), fixed_(fixed), times_(model.seed),
      workers_(model.workers), limits_(model) {}

  queue_result run() {
    for (const auto& x : model_.changes)
      loop_.plan(x.when, {event::kind::change});
    if (model_.load)
      plan_arrival();
    let_in();
    const time_point end{model_.length};
    for (;;) {
      auto x = loop_.next();
      limits_.hold(limit(), std::min(loop_.now(), end));
      if (loop_.now() >= end)
        return result();
      handle(x);
    }
  }

private:
  int32_t limit() const {
    return fixed_ ? *fixed_ : limit_.limit();
  }

  bool warm() const {
    return loop_.now() >= time_point{model_.warm_up};
  }

  void plan_arrival() {
    auto rate = *model_.load * model_.workers / seconds(model_.service);
    auto mean = std::chrono::duration<double>(1 / rate);
    loop_.plan(
      times_.draw(std::chrono::duration_cast<duration>(mean), spread::wide),
      {event::kind::arrival});
  }

  void handle(const event& x) {
    switch (x.what) {
      case event::kind::arrival:
        if (waiting_ < model_.max_waiting || in_flight_ < limit())
          ++waiting_;
        plan_arrival();
        break;
      case event::kind::answer:
        if (x.served)
          free_worker();
        answer(x);
        break;
      default:
        change();
    }
    let_in();
  }

  void change() {
    const auto& x = model_.changes[next_change_++];
    workers_ = x.workers;
    slower_ = x.slower;
    while (busy_ < workers_ && !queue_.empty())
      serve_next();
  }

  void let_in() {
    while (in_flight_ < limit() && (!model_.load || waiting_ > 0)) {
      waiting_ -= model_.load ? 1 : 0;
      ++in_flight_;
      if (busy_ < workers_)
        serve(loop_.now());
      else if (model_.rejects)
        loop_.plan(model_.service / 100,
                   {event::kind::answer, loop_.now(), false});
      else
        queue_.push_back(loop_.now());
    }
  }

  void serve(time_point begun) {
    ++busy_;
    auto mean =
      std::chrono::duration<double>(seconds(model_.service) * slower_);
    loop_.plan(
      times_.draw(std::chrono::duration_cast<duration>(mean), model_.services),
      {event::kind::answer, begun, true});
  }

  void serve_next() {
    auto begun = queue_.front();
    queue_.pop_front();
    serve(begun);
  }

  void free_worker() {
    --busy_;
    if (busy_ < workers_ && !queue_.empty())
      serve_next();
  }

  void answer(const event& x) {
    auto took = loop_.now() - x.begun;
    if (warm() && x.served) {
      ++calls_;
      sum_ += seconds(took);
    }
    if (!fixed_)
      limit_.record(x.served ? outcome::success : outcome::failure, took,
                    in_flight_, loop_.now());
    --in_flight_;
  }

  queue_result result() {
    auto n = std::max(static_cast<double>(calls_), 1.0);
    auto mean = std::chrono::duration<double>(sum_ / n);
    return {limits_.mean(),
            limits_.greatest(),
            static_cast<double>(calls_)
              / seconds(model_.length - model_.warm_up),
            std::chrono::duration_cast<duration>(mean),
            calls_,
            limits_.take()};
  }

  const queue_model& model_;
  adaptive_limit limit_;
  std::optional<int32_t> fixed_;
  random_times times_;
  event_loop<event> loop_;
  int32_t workers_;
  double slower_ = 1;
  int32_t busy_ = 0;
  /// When the calls that wait for a worker were let in.
  std::deque<time_point> queue_;
  int32_t in_flight_ = 0;
  /// Calls that wait for the limit.
  int32_t waiting_ = 0;
  size_t next_change_ = 0;
  course limits_;
  uint64_t calls_ = 0;
  double sum_ = 0;
};

} // namespace

queue_result run(const queue_model& model, int32_t limit) {
  return simulator{model, adaptive_limit{}, limit}.run();
}

queue_result run(const queue_model& model, const adaptive_limit& limit) {
  return simulator{model, limit, std::nullopt}.run();
}

int32_t knee(queue_model model) {
  model.load.reset();
  model.changes.clear();
  model.length = model.service * (20'000 / model.workers + 100);
  model.warm_up = model.service * 20;
  auto most = run(model, 2 * model.workers).throughput;
  int32_t result = 1;
  while (run(model, result).throughput < 0.98 * most)
    ++result;
  return result;
}

} // namespace resilience::simulation
