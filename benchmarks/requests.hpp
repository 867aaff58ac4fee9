// What the benchmarks of the actors share: a worker, and requesters that keep a
// number of requests outstanding until their share is done.
#pragma once

#include "resilience/actors/all.hpp"

#include <caf/scoped_actor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace resilience::bench {

/// The cheapest useful target.
class worker : public compat::actor_base {
public:
  using compat::actor_base::actor_base;

  caf::behavior make_behavior() override {
    return {[](int32_t x) { return x + 1; }};
  }
};

/// Where a benchmark plays. `resilience::init()` comes before it.
struct stage {
  stage();

  /// Ends the target; the runtime ends the guards.
  ~stage();

  caf::actor_system_config cfg;
  caf::actor_system sys;
  runtime rt;
  caf::actor target;
};

using handles = std::shared_ptr<const std::vector<caf::actor>>;

/// Sends `left` requests to the targets, `depth` at a time: round robin of one,
/// or in a pseudo-random order of many.
template <class Timeout>
class requester : public compat::actor_base {
public:
  requester(caf::actor_config& cfg, handles targets, int64_t left, int depth,
            Timeout timeout, uint64_t seed)
    : compat::actor_base(cfg), targets_(std::move(targets)), left_(left),
      depth_(depth), timeout_(timeout), state_(seed) {}

  caf::behavior make_behavior() override {
    for (int i = 0; i < depth_; ++i)
      next();
    return {[](tick) {}};
  }

private:
  void next() {
    if (left_ == 0) {
      if (in_flight_ == 0)
        quit();
      return;
    }
    --left_;
    ++in_flight_;
    auto self = this;
    compat::request(self, pick(), timeout_, int32_t{1})
      .then([this](int32_t) { done(); }, [this](caf::error&) { done(); });
  }

  void done() {
    --in_flight_;
    next();
  }

  const caf::actor& pick() {
    const auto& xs = *targets_;
    if (xs.size() == 1)
      return xs.front();
    // Knuth's MMIX generator; its upper bits are the good ones.
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return xs[(state_ >> 33) % xs.size()];
  }

  handles targets_;
  int64_t left_;
  int depth_;
  Timeout timeout_;
  uint64_t state_;
  int in_flight_ = 0;
};

/// Requests per second.
template <class Timeout>
double rate(caf::actor_system& sys, const handles& targets, int64_t total,
            int depth, int requesters, Timeout timeout) {
  auto begin = clock::now();
  std::vector<caf::actor> all;
  for (int i = 0; i < requesters; ++i)
    all.push_back(sys.spawn<requester<Timeout>>(
      targets, total / requesters, depth, timeout, uint64_t{42} + i));
  caf::scoped_actor self{sys};
  for (auto& x : all)
    self->wait_for(x);
  std::chrono::duration<double> took = clock::now() - begin;
  return static_cast<double>(total) / took.count();
}

inline handles single(const caf::actor& x) {
  return std::make_shared<const std::vector<caf::actor>>(1, x);
}

double median(std::vector<double> xs);

/// Resident memory of this process in bytes.
int64_t resident_bytes();

/// The value of `--name=value` among the arguments, else `fallback`.
double option(int argc, char** argv, const char* name, double fallback);

/// Whether `--name` is among the arguments.
bool flag(int argc, char** argv, const char* name);

} // namespace resilience::bench
