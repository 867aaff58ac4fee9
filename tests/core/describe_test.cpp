// A policy in words, and its warnings: each with a policy that deserves it and
// one that just does not.
#include "resilience/policy.hpp"
#include "resilience/presets.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

TEST(describe, tells_every_layer_outermost_first) {
  policy x;
  x.name = "all";
  x.timeout = timeout_config{
    .limit = 2s, .total = 90s, .on_timeout = timeout_action::return_none};
  x.retry = retry_config{.max_attempts = 5,
                         .retry_on = {"caf::sec", "shop::errc:3"},
                         .dont_retry_on = {"caf::sec:1"}};
  x.bulkhead = bulkhead_config{.max_concurrent = 4, .max_queue = 8};
  x.rate_limiter = rate_limit_config{.rate = 7, .period = 3s, .burst = 2};
  x.fallback = fallback_config{.on = {"resilience:circuit_open"}};
  x.breaker->failure_threshold = 6;
  EXPECT_EQ(
    describe(x),
    "guard:     all\n"
    "in flight: at most 1000000 requests, then overloaded\n"
    "instead:   of timed_out the caller gets an empty answer\n"
    "fallback:  answers resilience:circuit_open; an actor has 5s, then the "
    "caller gets the error\n"
    "total:     timed_out after 90s, queue and delays included\n"
    "rate:      7 calls per 3s, 2 at once after a pause, then rate_limited\n"
    "bulkhead:  4 calls at once, 8 more wait up to 1s, then bulkhead_full\n"
    "retry:     up to 5 attempts, the delays between them 1s, 2s, 4s, ... up "
    "to 60s, each at random from nothing up to that; tries again after "
    "caf::sec, shop::errc:3 but never after caf::sec:1; a target may ask for "
    "60s at most; up to 30 retries saved, 0.2 more per call and 3 per second\n"
    "breaker:   opens after 6 failures in a row, rejects for 30s, then probes "
    "with up to 3 calls and closes after 2 successes; a call nobody reports "
    "fails after 60s\n"
    "timeout:   timed_out after 2s\n");
}

TEST(describe, tells_of_hedges_shedding_and_chaos) {
  policy x;
  x.hedge = hedge_config{};
  x.shedding = shedding_config{2s};
  x.chaos = chaos_config{.error_rate = 0.1,
                         .delay_rate = 0.2,
                         .delay = 3s,
                         .drop_rate = 0.05,
                         .duplicate_rate = 0.0125,
                         .seed = 9};
  auto has = [&](const char* text) {
    EXPECT_NE(describe(x).find(text), std::string::npos) << describe(x);
  };
  has("shedding:  target_stuck while the oldest attempt is older than 2s\n");
  has("hedge:     a request marked as idempotent is sent again if it takes "
      "longer than 100ms; the first answer wins; up to 30 retries saved, 0.2 "
      "more per call and 3 per second\n");
  has("chaos:     10% of attempts fail, 20% are late by 3s, 5% are lost, 1.25% "
      "are answered twice (seed 9)\n");
  x.hedge->quantile = 0.95;
  has("if it takes longer than 95% of the recent calls (100ms while there are "
      "few);");
  x.retry = retry_config{};
  has("; within the budget of retry\n");
  x.retry->budget.reset();
  has("wins; up to 30");
  x.hedge->budget.reset();
  has("wins; no budget\n");
}

TEST(describe, tells_what_else_a_layer_may_be) {
  policy x;
  x.timeout->on_timeout = timeout_action::return_default;
  x.fallback = fallback_config{};
  x.bulkhead = bulkhead_config{};
  x.retry = retry_config{.max_attempts = 2};
  auto has = [&](const char* text) {
    EXPECT_NE(describe(x).find(text), std::string::npos) << describe(x);
  };
  has("instead:   of timed_out the caller gets the default value\n");
  has("fallback:  answers every error;");
  has("bulkhead:  10 calls at once, then bulkhead_full\n");
  has("the delays between them 1s, each at random from nothing up to that; "
      "tries again after every failure; a target");
  x.retry->max_attempts = 4;
  has("the delays between them 1s, 2s, 4s, each at random");
  x.retry->max_attempts = 2;
  x.retry->backoff.jitter = jitter_kind::equal;
  has("1s, each at random from half of that up;");
  x.retry->backoff.jitter = jitter_kind::decorrelated;
  has("1s, at random, up to three times the one before;");
  x.retry->budget.reset();
  has("; no budget\n");
  x.retry->max_attempts = 1;
  has("retry:     one attempt\n");
  for (auto [share, text] : {std::pair{0.07, "up to 7% more"},
                             {0.57, "up to 57% more"},
                             {0.1234, "up to 12.34% more"}}) {
    x.breaker->cooldown_jitter = share;
    has(text);
  }
}

struct rule {
  const char* text;
  /// Makes a policy that deserves the warning.
  std::function<void(policy&)> harm;
  /// Changes as little as mends it.
  std::function<void(policy&)> mend;
};

void armed(policy& x) {
  x.timeout->limit = 2s;
  x.retry = retry_config{};
}

const rule rules[] = {
  {"without breaker and timeout callers wait for a silent target until the "
   "lease",
   [](policy& x) {
     x.breaker.reset();
     x.timeout.reset();
   },
   [](policy& x) { x.timeout = timeout_config{}; }},
  {"success_threshold asks for 2 rounds of probes, which may take 60s: longer "
   "than the cooldown",
   [](policy& x) { x.breaker->success_threshold = 4; },
   [](policy& x) { x.breaker->success_threshold = 3; }},
  {"success_threshold asks for 2 rounds of probes, which may take 60s: longer "
   "than the cooldown",
   [](policy& x) { x.breaker->success_threshold = 6; },
   [](policy& x) { x.breaker->cooldown = 60s; }},
  {"the timeout's limit has no effect: the total is no longer",
   [](policy& x) { x.timeout->total = 30s; },
   [](policy& x) { x.timeout->total = 30s + 1ms; }},
  {"3 attempts at their limit and their delays take 9s: the total of 8999ms "
   "ends them before",
   [](policy& x) {
     armed(x);
     x.timeout->total = 8999ms;
   },
   [](policy& x) { x.timeout->total = 9s; }},
  {"who waits for a place that long has no time left: max_wait is no shorter "
   "than the total",
   [](policy& x) {
     x.timeout->total = 40s;
     x.bulkhead = bulkhead_config{.max_queue = 1, .max_wait = 40s};
   },
   [](policy& x) { x.bulkhead->max_wait = 39s; }},
  {"retry has no effect: max_attempts is 1",
   [](policy& x) {
     armed(x);
     x.retry->max_attempts = 1;
   },
   [](policy& x) { x.retry->max_attempts = 2; }},
  {"without a budget retries multiply the load on a target that is down",
   [](policy& x) {
     armed(x);
     x.retry->budget.reset();
   },
   [](policy& x) { x.retry->budget = retry_budget_config{}; }},
  {"initial_delay has no effect: max_delay is shorter",
   [](policy& x) {
     armed(x);
     x.retry->backoff.max_delay = 999ms;
   },
   [](policy& x) { x.retry->backoff.max_delay = 1s; }},
  {"without jitter callers who failed together come back together",
   [](policy& x) {
     armed(x);
     x.retry->backoff.jitter = jitter_kind::none;
   },
   [](policy& x) { x.retry->backoff.jitter = jitter_kind::equal; }},
  {"one call alone opens the circuit: max_attempts is no less than "
   "failure_threshold",
   [](policy& x) {
     armed(x);
     x.breaker->failure_threshold = 3;
   },
   [](policy& x) { x.breaker->failure_threshold = 4; }},
  {"retry_on and dont_retry_on both name a:1: it is not tried again",
   [](policy& x) {
     armed(x);
     x.retry->retry_on = {"b", "a:1"};
     x.retry->dont_retry_on = {"a:1"};
   },
   [](policy& x) { x.retry->dont_retry_on = {"a:2"}; }},
  {"nobody waits in the queue: max_wait is 0",
   [](policy& x) {
     x.bulkhead = bulkhead_config{.max_queue = 1, .max_wait = 0s};
   },
   [](policy& x) { x.bulkhead->max_wait = 1ms; }},
  {"the bulkhead and its queue never fill: max_in_flight is less",
   [](policy& x) {
     x.max_in_flight = 29;
     x.bulkhead = bulkhead_config{.max_concurrent = 10, .max_queue = 20};
   },
   [](policy& x) { x.max_in_flight = 30; }},
  {"without a budget hedges double the load on a target that has become slow",
   [](policy& x) { x.hedge = hedge_config{.budget = std::nullopt}; },
   [](policy& x) { x.hedge->budget = retry_budget_config{}; }},
  {"without a budget hedges double the load on a target that has become slow",
   [](policy& x) { x.hedge = hedge_config{.budget = std::nullopt}; },
   [](policy& x) { armed(x); }},
  {"hedge has no effect: the timeout's limit is no longer than its delay",
   [](policy& x) { x.hedge = hedge_config{.delay = 30s}; },
   [](policy& x) { x.hedge->quantile = 0.9; }},
  {"hedge has no effect: the timeout's limit is no longer than its delay",
   [](policy& x) { x.hedge = hedge_config{.delay = 30s}; },
   [](policy& x) { x.hedge->delay = 30s - 1ns; }},
  {"every request is sent twice: the delay of hedge is 0",
   [](policy& x) { x.hedge = hedge_config{.delay = 0s}; },
   [](policy& x) { x.hedge->quantile = 0.9; }},
  {"shedding has no effect: the timeout's limit is no longer than its max_age",
   [](policy& x) { x.shedding = shedding_config{30s}; },
   [](policy& x) { x.shedding->max_age = 30s - 1ns; }},
  {"chaos is on: faults are made on purpose",
   [](policy& x) {
     x.chaos = chaos_config{.delay_rate = 0.1, .delay = 30s - 1ns};
   },
   [](policy& x) { x.chaos.reset(); }},
};

TEST(warnings, come_where_deserved_and_not_elsewhere) {
  for (const auto& x : rules) {
    policy p;
    x.harm(p);
    ASSERT_TRUE(validate(p).empty()) << x.text;
    EXPECT_EQ(warnings(p), std::vector<std::string>{x.text});
    EXPECT_NE(describe(p).find(std::string{"\nwarning:   "} + x.text + "\n"),
              std::string::npos);
    x.mend(p);
    EXPECT_EQ(warnings(p), std::vector<std::string>{}) << x.text;
  }
}

TEST(warnings, of_chaos_tell_of_delays_that_are_timeouts) {
  policy p;
  p.chaos = chaos_config{.delay_rate = 0.1, .delay = 30s};
  EXPECT_EQ(warnings(p).size(), 2u);
  EXPECT_EQ(warnings(p).back(), "who is delayed by chaos times out: its delay "
                                "is no shorter than the timeout's limit");
  p.chaos->delay_rate = 0;
  EXPECT_EQ(warnings(p).size(), 1u);
}

TEST(warnings, are_not_given_for_what_is_off_or_has_no_effect) {
  const std::function<void(policy&)> harmless[] = {
    [](policy& x) {
      x.breaker->success_threshold = 6;
      x.timeout.reset();
    },
    [](policy& x) {
      x.breaker->success_threshold = 6;
      x.breaker.reset();
    },
    [](policy& x) {
      x.timeout->total = 30s;
      x.timeout.reset();
    },
    // One round of probes may take longer than the cooldown.
    [](policy& x) { x.timeout->limit = 31s; },
    // Nobody waits where there is no queue.
    [](policy& x) {
      x.timeout = timeout_config{.limit = 1s, .total = 2s};
      x.bulkhead = bulkhead_config{.max_queue = 0, .max_wait = 2s};
    },
    [](policy& x) {
      x.bulkhead = bulkhead_config{.max_queue = 0, .max_wait = 0s};
    },
    [](policy& x) {
      x.hedge = hedge_config{.delay = 40s};
      x.timeout.reset();
    },
    [](policy& x) {
      x.shedding = shedding_config{40s};
      x.timeout.reset();
    },
  };
  for (const auto& change : harmless) {
    policy p;
    change(p);
    EXPECT_EQ(warnings(p), std::vector<std::string>{}) << &change - harmless;
  }
}

TEST(warnings, survive_the_greatest_numbers) {
  policy p;
  p.timeout =
    timeout_config{.limit = any_length.highest, .total = any_length.highest};
  p.retry = retry_config{.max_attempts = 1000,
                         .backoff = {.initial_delay = any_wait.highest,
                                     .max_delay = any_wait.highest,
                                     .exponential_base = 1000}};
  p.breaker->success_threshold = 1'000'000;
  p.breaker->half_open_max_calls = 1;
  p.bulkhead =
    bulkhead_config{.max_concurrent = 1'000'000, .max_queue = 1'000'000};
  EXPECT_FALSE(describe(p).empty());
}

// -- presets ------------------------------------------------------------------

TEST(presets, are_the_usual_numbers_without_a_warning) {
  struct row {
    policy (*make)(std::string);
    const char* name;
    int32_t failures;
    duration cooldown;
    int32_t attempts;
  };
  for (const auto& x : std::vector<row>{
         {presets::external_api, "external_api", 5, 30s, 3},
         {presets::database, "database", 3, 10s, 2},
         {presets::message_queue, "message_queue", 5, 15s, 3},
         {presets::ai_provider, "ai_provider", 3, 60s, 2},
       }) {
    auto p = x.make("mine");
    EXPECT_EQ(p.name, "mine");
    EXPECT_EQ(p.breaker->failure_threshold, x.failures);
    EXPECT_EQ(p.breaker->cooldown, x.cooldown);
    EXPECT_EQ(p.retry->max_attempts, x.attempts);
    EXPECT_EQ(to_string(validate(p)), "");
    EXPECT_EQ(warnings(p), std::vector<std::string>{}) << x.name;
    auto found = presets::find(x.name);
    ASSERT_TRUE(found);
    p.name.clear();
    EXPECT_EQ(*found, p);
    // Everything else is a default.
    p.breaker->failure_threshold = 5;
    p.breaker->cooldown = 30s;
    p.retry.reset();
    EXPECT_EQ(p, policy{});
  }
}

TEST(describe, limits_and_keys_that_follow_what_they_meet) {
  policy x;
  x.bulkhead =
    bulkhead_config{.max_concurrent = 9, .max_queue = 1, .max_wait = 2s};
  x.bulkhead->adaptive = adaptive_config{.floor = 3};
  x.keyed = keyed_config{};
  auto text = describe(x);
  EXPECT_NE(text.find("bulkhead:  at most 9 calls at once, 1 more wait up to "
                      "2s, as few as latency says (at least 3), then "
                      "bulkhead_full\n"),
            std::string::npos)
    << text;
  EXPECT_NE(text.find("keys:      a circuit for each key"), std::string::npos)
    << text;
}

TEST(presets, are_found_by_name) {
  EXPECT_EQ(presets::find("ai-provider"), presets::ai_provider());
  EXPECT_FALSE(presets::find(""));
  EXPECT_FALSE(presets::find("Database"));
  EXPECT_EQ(presets::known(),
            "external_api, database, message_queue or ai_provider");
}

} // namespace

} // namespace resilience::test
