// What a circuit tells about itself.
#include "resilience/circuit.hpp"

#include "core/breaker_fixture.hpp"

#include <numeric>

namespace resilience::test {

namespace {

class circuit_status_test : public ::testing::Test {
protected:
  void call(outcome what, time_point now, duration took = 1ms) {
    c.settle(c.admit(now).pass, what, took, now);
  }

  void open(time_point now) {
    for (int i = 0; i < small_config().failure_threshold; ++i)
      call(outcome::failure, now);
  }

  /// Wall time that runs an hour ahead of the clock of the tests.
  static wall_time wall(time_point t) {
    return wall_time{1h + t.time_since_epoch()};
  }

  circuit_status status(int64_t now) {
    return c.status(at(now), wall(at(now)));
  }

  circuit c{"payments", "acme", small_config()};
};

TEST_F(circuit_status_test, a_fresh_circuit) {
  EXPECT_EQ(status(0), (circuit_status{.name = "payments",
                                       .provider = "acme",
                                       .state = circuit_state::closed,
                                       .generation = 1}));
  circuit_metrics expected;
  expected.latency.assign(latency_histogram::num_buckets, 0);
  EXPECT_EQ(c.metrics(at(0)), expected);
  EXPECT_EQ(expected.success_rate, 1.0);
  EXPECT_EQ(c.open_until(), time_point{}) << "no cooldown yet";
}

TEST_F(circuit_status_test, an_open_circuit) {
  open(at(100));
  EXPECT_EQ(status(400),
            (circuit_status{.name = "payments",
                            .provider = "acme",
                            .state = circuit_state::open,
                            .generation = 2,
                            .retry_after = ms(700),
                            .last_failure = failure_info{wall(at(100)), ""},
                            .opened_at = wall(at(100))}));
}

TEST_F(circuit_status_test, shows_what_time_has_caused) {
  open(at(0));
  EXPECT_EQ(status(999).state, circuit_state::open);
  auto x = status(1000);
  EXPECT_EQ(x.state, circuit_state::half_open);
  EXPECT_EQ(x.generation, 3u);
  EXPECT_FALSE(x.retry_after);
  EXPECT_FALSE(x.opened_at);
  EXPECT_EQ(x.last_failure, (failure_info{wall(at(0)), ""}));
  EXPECT_EQ(c.metrics(at(1000)).transitions, 2u);
}

TEST_F(circuit_status_test, metrics_show_what_time_has_caused) {
  open(at(0));
  EXPECT_EQ(c.metrics(at(999)).transitions, 1u);
  EXPECT_EQ(c.metrics(at(1000)).transitions, 2u);
}

TEST_F(circuit_status_test, counts_the_permits_out_over_all_generations) {
  auto success = c.admit(at(0)).pass;
  auto neutral = c.admit(at(0)).pass;
  auto expired = c.admit(at(0)).pass;
  EXPECT_EQ(status(0).permits_in_use, 3u);
  open(at(0));
  EXPECT_EQ(status(0).permits_in_use, 3u);
  auto probe = c.admit(at(1000)).pass;
  EXPECT_EQ(status(1000).permits_in_use, 4u);
  c.settle(neutral, outcome::neutral, 1ms, at(1000));
  EXPECT_EQ(status(1000).permits_in_use, 3u);
  c.expire(expired, 5s, at(1000));
  c.settle(success, outcome::success, 1ms, at(1000));
  c.settle(probe, outcome::success, 1ms, at(1000));
  EXPECT_EQ(status(1000).permits_in_use, 0u);
}

TEST_F(circuit_status_test, half_open_shows_its_successes) {
  open(at(0));
  call(outcome::success, at(1000));
  call(outcome::success, at(1000));
  EXPECT_EQ(status(1000).consecutive_successes, 2);
}

TEST_F(circuit_status_test, the_rate_of_one_call_is_all_or_nothing) {
  call(outcome::failure, at(0));
  EXPECT_EQ(c.metrics(at(0)).success_rate, 0.0);
}

TEST_F(circuit_status_test, metrics_count_everything_once) {
  call(outcome::success, at(0));
  call(outcome::success, at(0), 3us);
  call(outcome::neutral, at(0));
  auto lost = c.admit(at(0)).pass;
  EXPECT_TRUE(c.expire(lost, 5s, at(5000)));
  open(at(6000));
  c.admit(at(6000));
  c.admit(at(6000));
  c.isolate(owner::hand, at(6001));
  c.admit(at(6001));
  c.count_late_answer();
  c.count_dropped();
  c.count_dropped();
  auto x = c.metrics(at(6001));
  EXPECT_EQ(x.total_calls, 6u);
  EXPECT_EQ(x.successes, 2u);
  EXPECT_EQ(x.failures, 3u);
  EXPECT_EQ(x.neutral, 1u);
  EXPECT_EQ(x.expired, 1u);
  EXPECT_EQ(x.late, 0u);
  EXPECT_EQ(x.rejected, 4u);
  EXPECT_EQ(x.success_rate, 0.4);
  EXPECT_EQ(x.late_answers, 1u);
  EXPECT_EQ(x.dropped, 2u);
  EXPECT_EQ(x.times_opened, 1u);
  EXPECT_EQ(x.transitions, 2u);
  EXPECT_EQ(x.latency[2], 1u);
  EXPECT_EQ(x.latency[10], 3u);
  EXPECT_EQ(x.latency[23], 1u);
  EXPECT_EQ(std::accumulate(x.latency.begin(), x.latency.end(), uint64_t{0}),
            5u);
}

TEST_F(circuit_status_test,
       an_expired_permit_of_an_earlier_generation_is_late) {
  auto lost = c.admit(at(0)).pass;
  c.reset(at(1));
  c.expire(lost, 5s, at(5000));
  auto x = c.metrics(at(5000));
  EXPECT_EQ(x.failures, 1u);
  EXPECT_EQ(x.expired, 1u);
  EXPECT_EQ(x.late, 1u);
  EXPECT_EQ(status(5000).consecutive_failures, 0);
}

TEST_F(circuit_status_test, an_expiry_is_stamped_with_its_deadline) {
  auto cfg = small_config();
  cfg.failure_threshold = 1;
  ASSERT_TRUE(c.configure(cfg, at(0)).empty());
  auto lost = c.admit(at(0)).pass;
  c.expire(lost, 5s, at(5000));
  auto x = status(5300);
  EXPECT_EQ(x.state, circuit_state::open);
  EXPECT_EQ(x.retry_after, ms(700));
  EXPECT_EQ(x.opened_at, wall(at(5000)));
  EXPECT_EQ(x.last_failure->at, wall(at(5000)));
}

TEST_F(circuit_status_test, the_ends_of_the_clocks_do_not_overflow) {
  open(time_point::min());
  // The failure lies further back than a duration can tell.
  auto x = c.status(time_point::max(), wall_time::min());
  EXPECT_EQ(x.state, circuit_state::half_open);
  EXPECT_EQ(x.last_failure->at, wall_time::min());
  // Or ahead, for a reader whose clock lags behind.
  call(outcome::failure, time_point::max());
  auto y = c.status(time_point::min(), wall_time::max());
  EXPECT_EQ(y.last_failure->at, wall_time::max());
  EXPECT_EQ(y.opened_at, wall_time::max());
  EXPECT_EQ(y.retry_after, duration::max());
}

TEST_F(circuit_status_test, reading_changes_nothing) {
  open(at(0));
  auto first = status(10);
  auto metrics = c.metrics(at(10));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(status(10), first);
    EXPECT_EQ(c.metrics(at(10)), metrics);
  }
}

} // namespace

} // namespace resilience::test
