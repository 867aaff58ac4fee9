// Real threads and real time: nobody is forgotten, nothing is counted twice.
#include "support/actors.hpp"

#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <random>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;
using tally = std::map<std::string, int>;

constexpr int many = 100'000;

/// Sends `n` requests at once and tells how they were answered.
class asker : public compat::actor_base {
public:
  asker(caf::actor_config& cfg, caf::actor to, int n,
        std::shared_ptr<std::promise<tally>> on_done)
    : compat::actor_base(cfg), to_(std::move(to)), n_(n),
      done_(std::move(on_done)) {}

  caf::behavior make_behavior() override {
    left_ = n_;
    auto self = this;
    for (int i = 0; i < n_; ++i)
      compat::request(self, to_, caf::infinite, int32_t{1})
        .then([this](int32_t) { count("ok"); },
              [this](caf::error& e) {
                auto code = code_of(e);
                count(code == errc::none ? "error" : to_string(code));
              });
    return {[](act) {}};
  }

  void on_exit() override {
    to_ = nullptr;
  }

private:
  void count(const std::string& key) {
    ++tally_[key];
    if (--left_ == 0) {
      done_->set_value(tally_);
      quit();
    }
  }

  caf::actor to_;
  int n_;
  int left_ = 0;
  tally tally_;
  std::shared_ptr<std::promise<tally>> done_;
};

/// Answers, fails, keeps or forgets at random; told to, answers what it kept.
class moody : public compat::actor_base {
public:
  moody(caf::actor_config& cfg, unsigned seed)
    : compat::actor_base(cfg), random_(seed) {}

  void on_exit() override {
    kept_.clear();
  }

  caf::behavior make_behavior() override {
    return {[this](int32_t x) -> caf::result<int32_t> {
      switch (random_() % 16) {
        case 0:
          return caf::make_error(caf::sec::runtime_error);
        case 1:
          kept_.push_back(make_response_promise());
          if (kept_.size() == 8) {
            for (auto& p : kept_)
              p.deliver(int32_t{1});
            kept_.clear();
          }
          return caf::delegated<int32_t>{};
        default:
          return x;
      }
    }};
  }

private:
  std::minstd_rand random_;
  std::vector<caf::response_promise> kept_;
};

class load : public testing::Test {
public:
  load() {
    resilience::init<caf::id_block::resilience_test>(cfg);
    sys = std::make_unique<caf::actor_system>(cfg);
    rt = std::make_unique<runtime>(*sys);
  }

  ~load() override {
    rt.reset();
    for (const auto& x : targets)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    targets.clear();
  }

  caf::actor keeper() {
    told->how = manner::keep;
    targets.push_back(sys->spawn<target>(told));
    return targets.back();
  }

  std::future<tally> ask(const caf::actor& to, int n) {
    auto done = std::make_shared<std::promise<tally>>();
    auto result = done->get_future();
    sys->spawn<asker>(to, n, done);
    return result;
  }

  // CAF 0.17 searches a requester's open requests one by one: many requesters
  // with a thousand each, rather than one with all.
  std::vector<std::future<tally>> ask_many(const caf::actor& to) {
    std::vector<std::future<tally>> result;
    for (int i = 0; i < many / 1'000; ++i)
      result.push_back(ask(to, 1'000));
    return result;
  }

  static tally wait(std::vector<std::future<tally>>& xs) {
    tally result;
    for (auto& x : xs)
      for (const auto& [key, n] : wait(x))
        result[key] += n;
    return result;
  }

  static tally wait(std::future<tally>& x) {
    if (x.wait_for(60s) != std::future_status::ready) {
      ADD_FAILURE() << "callers were not answered";
      std::abort();
    }
    return x.get();
  }

  circuit_metrics metrics(const caf::actor& g) {
    circuit_metrics result;
    caf::scoped_actor self{*sys};
    compat::request(self, rt->control(g), caf::infinite, get_metrics{})
      .receive([&](const circuit_metrics& x) { result = x; },
               [](caf::error&) { FAIL(); });
    return result;
  }

  void await_requests(int n) {
    while (told->requests < n)
      std::this_thread::yield();
  }

  static policy calm() {
    policy p;
    p.breaker->failure_threshold = 1'000'000;
    return p;
  }

  caf::actor_system_config cfg;
  std::unique_ptr<caf::actor_system> sys;
  std::unique_ptr<runtime> rt;
  std::shared_ptr<target::shared> told = std::make_shared<target::shared>();
  std::vector<caf::actor> targets;
};

} // namespace

TEST_F(load, a_hundred_thousand_in_flight_are_answered) {
  auto t = keeper();
  auto g = rt->guard(t, calm());
  auto done = ask_many(g);
  await_requests(many);
  compat::anon_post(t, answer_all{});
  EXPECT_EQ(wait(done), (tally{{"ok", many}}));
}

TEST_F(load, a_hundred_thousand_in_flight_time_out) {
  auto p = calm();
  p.timeout->limit = 500ms;
  auto g = rt->guard(keeper(), p);
  auto done = ask_many(g);
  EXPECT_EQ(wait(done), (tally{{"timed_out", many}}));
  EXPECT_EQ(metrics(g).failures, uint64_t{many});
}

TEST_F(load, a_hundred_thousand_in_flight_survive_the_guards_end) {
  auto g = rt->guard(keeper(), calm());
  auto done = ask_many(g);
  await_requests(many);
  caf::anon_send_exit(g, caf::exit_reason::kill);
  EXPECT_EQ(wait(done), (tally{{"shutting_down", many}}));
}

TEST_F(load, a_hundred_thousand_in_flight_survive_the_targets_end) {
  auto t = keeper();
  auto g = rt->guard(t, calm());
  auto done = ask_many(g);
  await_requests(many);
  caf::anon_send_exit(t, caf::exit_reason::kill);
  EXPECT_EQ(wait(done), (tally{{"target_down", many}}));
}

TEST_F(load, a_hundred_thousand_in_flight_survive_the_runtimes_end) {
  auto g = rt->guard(keeper(), calm());
  auto done = ask_many(g);
  await_requests(many / 2); // some are still on their way
  rt.reset();
  auto result = wait(done);
  EXPECT_EQ(result, (tally{{"shutting_down", many}}));
}

TEST_F(load, moody_targets_lose_no_caller_and_no_permit) {
  policy p;
  p.name = "moody";
  p.breaker = breaker_config{.failure_threshold = 3, .cooldown = 1ms};
  p.timeout->limit = 5ms;
  constexpr int guards = 3;
  constexpr int rounds = 20;
  constexpr int per_round = 500;
  std::vector<caf::actor> gs;
  for (unsigned i = 0; i < guards; ++i) {
    targets.push_back(sys->spawn<moody>(i + 1));
    gs.push_back(rt->guard(targets.back(), p));
  }
  int answers = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::future<tally>> all;
    for (const auto& g : gs) {
      all.push_back(ask(g, per_round));
      all.push_back(ask(g, per_round));
    }
    for (const auto& [key, n] : wait(all))
      answers += n;
  }
  EXPECT_EQ(answers, guards * rounds * per_round * 2);
  auto m = metrics(gs[0]); // they share one circuit
  EXPECT_EQ(m.total_calls, m.successes + m.failures + m.neutral);
  EXPECT_EQ(m.total_calls + m.rejected, static_cast<uint64_t>(answers));
  EXPECT_GT(m.times_opened, 0u);
}

TEST_F(load, systems_end_while_requests_run) {
  for (int i = 0; i < 10; ++i) {
    caf::actor_system_config other_cfg;
    resilience::init<caf::id_block::resilience_test>(other_cfg);
    caf::actor_system other{other_cfg};
    auto t = other.spawn<moody>(7u);
    std::vector<std::future<tally>> all;
    {
      runtime short_lived{other};
      auto p = calm();
      p.timeout->limit = 5ms;
      auto g = short_lived.guard(t, p);
      for (int k = 0; k < 4; ++k) {
        auto done = std::make_shared<std::promise<tally>>();
        all.push_back(done->get_future());
        other.spawn<asker>(g, 1000, done);
      }
    }
    wait(all);
    caf::anon_send_exit(t, caf::exit_reason::kill);
  }
}

TEST_F(load, an_armed_timer_does_not_delay_the_end) {
  auto begin = clock::now();
  auto g = rt->guard(keeper(), calm()); // 30 s
  auto done = ask(g, 1);
  await_requests(1);
  rt.reset();
  EXPECT_EQ(wait(done), (tally{{"shutting_down", 1}}));
  caf::anon_send_exit(targets.front(), caf::exit_reason::kill);
  targets.clear();
  g = nullptr;
  sys.reset();
  EXPECT_LT(clock::now() - begin, 10s);
}

} // namespace resilience::test
