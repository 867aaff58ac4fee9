// Policies from a configuration file: what is said is set, what is not said
// stays, and whatever is wrong is told at once, with its path.
#include "resilience/presets.hpp"

#include "support/configuration.hpp"

#include <caf/settings.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

policy with(std::optional<breaker_config> breaker) {
  policy result;
  result.breaker = std::move(breaker);
  return result;
}

struct row {
  const char* text;
  const char* fault;
};

TEST(settings, nothing_configured_changes_nothing) {
  for (auto* file : {"", "resilience { }", "other { x = 1 }"}) {
    auto x = read(file);
    EXPECT_EQ(x.faults, "") << file;
    policy p;
    p.name = "payments";
    p.retry = retry_config{.max_attempts = 7};
    EXPECT_EQ(x.settings.apply(p), p) << file;
    EXPECT_TRUE(x.settings.sources("payments").empty()) << file;
    EXPECT_TRUE(x.settings.names().empty()) << file;
  }
}

TEST(settings, a_guard_gets_what_is_said_and_keeps_the_rest) {
  auto x = read(R"(resilience {
  guards = [
    { name = "payments", provider = "acme",
      breaker = { failure-threshold = 3, cooldown = 60s,
                  window = { kind = "time", failure-rate-threshold = 12.5 } },
      retry = { max-attempts = 3, retry-on = ["timed_out", "circuit_open"],
                backoff = { initial-delay = 500ms, kind = "linear" } },
      max-in-flight = 100 },
    { name = "other", timeout = { limit = 1s } }
  ]
})");
  ASSERT_EQ(x.faults, "");
  policy code;
  code.breaker->half_open_max_calls = 7;
  code.timeout->limit = 9s;
  auto wanted = code;
  wanted.name = "payments";
  wanted.provider = "acme";
  wanted.breaker->failure_threshold = 3;
  wanted.breaker->cooldown = 60s;
  wanted.breaker->window =
    window_config{.kind = window_kind::time, .failure_rate_threshold = 12.5};
  wanted.retry = retry_config{
    .max_attempts = 3,
    .backoff = {.initial_delay = 500ms, .kind = backoff_kind::linear},
    .retry_on = {"timed_out", "circuit_open"}};
  wanted.max_in_flight = 100;
  EXPECT_EQ(x("payments", code), wanted);
  EXPECT_EQ(x("stranger", code).provider, "");
  EXPECT_EQ(x.settings.names(),
            (std::vector<std::string>{"other", "payments"}));
}

TEST(settings, durations_in_all_units_of_caf) {
  const std::pair<const char*, duration> rows[] = {
    {"2000000ns", 2ms}, {"1500us", 1500us}, {"250ms", 250ms},
    {"60s", 60s},       {"90min", 90min},   {"2h", 2h}};
  for (const auto& [text, value] : rows) {
    auto x =
      read(payments("breaker = { cooldown = " + std::string{text} + " }"));
    EXPECT_EQ(x.faults, "") << text;
    EXPECT_EQ(x("payments").breaker->cooldown, value) << text;
  }
}

TEST(settings, a_part_goes_off_and_on) {
  policy code;
  code.breaker->failure_threshold = 9;
  for (auto* off : {"false", "\"off\""}) {
    auto text =
      std::string{"breaker = "} + off + ", timeout = { total = " + off + " }";
    auto x = read(payments(text));
    ASSERT_EQ(x.faults, "");
    code.timeout->total = 5s;
    EXPECT_FALSE(x("payments", code).breaker) << off;
    EXPECT_EQ(x("payments", code).timeout, timeout_config{}) << off;
  }
  for (auto* on : {"true", "\"on\"", "{}"}) {
    auto x = read(payments(std::string{"breaker = "} + on + ", retry = " + on));
    ASSERT_EQ(x.faults, "");
    EXPECT_EQ(x("payments", with(std::nullopt)).breaker, breaker_config{})
      << on;
    EXPECT_EQ(x("payments", code).breaker->failure_threshold, 9) << on;
    EXPECT_EQ(x("payments", code).retry, retry_config{}) << on;
  }
  auto x = read(payments("timeout = { total = 4s }"));
  EXPECT_EQ(x("payments").timeout->total, 4s);
}

TEST(settings, every_kind_of_wrong_value_is_told) {
  const row rows[] = {
    {"braeker = { }", ".braeker is no setting, did you mean breaker?"},
    {"breaker = { cooldwon = 1s }",
     ".breaker.cooldwon is no setting, did you mean cooldown?"},
    {"breaker = { failure_threshold = 1 }",
     ".breaker.failure_threshold is no setting, did you mean "
     "failure-threshold?"},
    {"breaker = { colour = 1 }", ".breaker.colour is no setting"},
    {"breaker = { cooldown = 60 }",
     ".breaker.cooldown must be a duration such as 60s or 250ms, is 60"},
    {"breaker = { cooldown = 1.5 }",
     ".breaker.cooldown must be a duration such as 60s or 250ms, is 1.5"},
    {"breaker = { cooldown = \"60s\" }",
     ".breaker.cooldown must be a duration such as 60s or 250ms, is \"60s\""},
    {"breaker = { cooldown = 0s }",
     ".breaker.cooldown must be between 1ms and 8760h, is 0s"},
    {"breaker = { cooldown = -5s }",
     ".breaker.cooldown must be between 1ms and 8760h, is -5s"},
    {"breaker = { cooldown = 9999h }",
     ".breaker.cooldown must be between 1ms and 8760h, is 9999h"},
    {"breaker = { failure-threshold = 3s }",
     ".breaker.failure-threshold must be a whole number, is 3s"},
    {"breaker = { failure-threshold = 2.5 }",
     ".breaker.failure-threshold must be a whole number, is 2.5"},
    {"breaker = { failure-threshold = -1 }",
     ".breaker.failure-threshold must be between 1 and 1000000, is -1"},
    {"breaker = { failure-threshold = 9223372036854775807 }",
     ".breaker.failure-threshold must be between -2147483648 and 2147483647, "
     "is 9223372036854775807"},
    {"breaker = { failure-threshold = -2147483649 }",
     ".breaker.failure-threshold must be between -2147483648 and 2147483647, "
     "is -2147483649"},
    {"breaker = { failure-threshold = -2147483648 }",
     ".breaker.failure-threshold must be between 1 and 1000000, is "
     "-2147483648"},
    {"breaker = { failure-threshold = [3] }",
     ".breaker.failure-threshold must be a whole number, is a list"},
    {"breaker = { cooldown-growth = \"nan\" }",
     ".breaker.cooldown-growth must be a number, is \"nan\""},
    {"breaker = { cooldown-growth = 1e300 }",
     ".breaker.cooldown-growth must be between 1 and 1000, is 1e+300"},
    {"breaker = { cooldown-growth = 0 }",
     ".breaker.cooldown-growth must be between 1 and 1000, is 0"},
    {"breaker = 5", ".breaker must be a map, \"on\" or \"off\", is 5"},
    {"breaker = \"of\"",
     ".breaker must be a map, \"on\" or \"off\", is \"of\""},
    {"retry = { backoff = 1s }", ".retry.backoff must be a map, is 1s"},
    {"retry = { backoff = { kind = \"exponentail\" } }",
     ".retry.backoff.kind must be exponential, linear, constant or fibonacci, "
     "is \"exponentail\""},
    {"retry = { backoff = { kind = 1 } }",
     ".retry.backoff.kind must be exponential, linear, constant or fibonacci, "
     "is 1"},
    {"retry = { retry-on = \"timed_out\" }",
     ".retry.retry-on must be a list of texts, is \"timed_out\""},
    {"retry = { retry-on = [1] }",
     ".retry.retry-on must be a list of texts, is a list"},
    {"retry = { retry-on = [\"\"] }", ".retry.retry-on[0] must not be empty"},
    {"timeout = { total = true }",
     ".timeout.total must be a duration such as 60s or 250ms, is true"},
    {"provider = 5", ".provider must be a text, is 5"},
    {"provider = { }", ".provider must be a text, is a map"},
    {"preset = \"moon\"", ".preset must be external_api, database, "
                          "message_queue or ai_provider, is \"moon\""},
    {"preset = 5", ".preset must be external_api, database, message_queue or "
                   "ai_provider, is 5"},
  };
  for (const auto& x : rows)
    EXPECT_EQ(read(payments(x.text)).faults,
              std::string{"resilience.guards[0]"} + x.fault)
      << x.text;
}

TEST(settings, numbers_that_no_file_can_hold_are_faults) {
  using limits = std::numeric_limits<double>;
  for (auto x :
       {limits::quiet_NaN(), limits::infinity(), -limits::infinity()}) {
    caf::actor_system_config cfg;
    caf::put(cfg.content, "resilience.defaults.breaker.cooldown-growth", x);
    EXPECT_EQ(read(cfg).faults,
              "resilience.defaults.breaker.cooldown-growth must be between 1 "
              "and 1000, is "
                + number_text(x));
  }
}

TEST(settings, guards_are_a_list_of_maps_with_different_names) {
  const row rows[] = {
    {"guards = []", ""},
    {"guards = 5", "resilience.guards must be a list of maps, is 5"},
    {"guards = { name = \"a\" }",
     "resilience.guards must be a list of maps, is a map"},
    {"guards = [ 5 ]", "resilience.guards[0] must be a map, is 5"},
    {"guards = [ { } ]", "resilience.guards[0].name must name the guard"},
    {"guards = [ { name = \"\" } ]",
     "resilience.guards[0].name must name the guard"},
    {"guards = [ { name = 5 } ]",
     "resilience.guards[0].name must be a text, is 5"},
    {"guards = [ { name = \"a\" }, { name = \"b\" }, { name = \"a\" } ]",
     "resilience.guards[2].name must be another than "
     "resilience.guards[0].name, is \"a\""},
    {"guard = [ ]", "resilience.guard is no setting, did you mean guards?"},
    {"defaults = 5", "resilience.defaults must be a map, is 5"},
    {"defaults = { name = \"a\" }",
     "resilience.defaults.name must not be set: it is for every guard"},
    {"defaults = { timeout = 5 }",
     "resilience.defaults.timeout must be a map, \"on\" or \"off\", is 5"},
  };
  for (const auto& x : rows)
    EXPECT_EQ(read(std::string{"resilience { "} + x.text + " }").faults,
              x.fault)
      << x.text;
  auto longest = std::string(257, 'x');
  EXPECT_EQ(
    read("resilience { guards = [ { name = \"" + longest + "\" } ] }").faults,
    "resilience.guards[0].name must have at most 256 bytes, has 257");
}

TEST(settings, what_is_no_map_is_told) {
  caf::actor_system_config cfg;
  caf::put(cfg.content, "resilience", 5);
  EXPECT_EQ(read(cfg).faults, "resilience must be a map, is 5");
  EXPECT_EQ(read("resilience = [ 1 ]").faults,
            "resilience must be a map, is a list");
}

TEST(settings, all_faults_are_told_at_once) {
  EXPECT_EQ(read(R"(resilience {
  max-circuits = 0
  colour = "red"
  defaults = { timeout = { limit = 5 } }
  guards = [
    { name = "a", breaker = { cooldown = "abc", lease = 0s } },
    { breaker = { cooldown = 1s, x = 1 } }
  ]
})",
                 {setting_arg("garbage")})
              .faults,
            "resilience.max-circuits must be between 1 and 1000000000, is 0; "
            "resilience.colour is no setting; "
            "resilience.defaults.timeout.limit must be a duration such as 60s "
            "or 250ms, is 5; "
            "resilience.guards[0].breaker.cooldown must be a duration such as "
            "60s or 250ms, is \"abc\"; "
            "resilience.guards[0].breaker.lease must be between 1ms and 8760h, "
            "is 0s; "
            "resilience.guards[1].name must name the guard; "
            "resilience.guards[1].breaker.x is no setting; "
            "resilience.set[0] must be NAME: SETTING = VALUE, such as "
            "\"payments: breaker.cooldown = 60s\", is \"garbage\"");
}

TEST(settings, a_long_value_does_not_bury_its_fault) {
  auto text = std::string(1'000, 'x');
  EXPECT_EQ(read(payments("timeout = { limit = \"" + text + "\" }")).faults,
            "resilience.guards[0].timeout.limit must be a duration such as 60s "
            "or 250ms, is a text of 1000 bytes");
}

// On 0.17 that is a kind of value of its own.
TEST(settings, single_quotes_make_a_text_too) {
  auto x =
    read(payments("breaker = 'off', timeout = { on-timeout = 'raise' }"));
  EXPECT_EQ(x.faults, "");
  EXPECT_FALSE(x("payments").breaker);
}

TEST(settings, any_text_is_a_name) {
  for (std::string name : {"pay.ments", "http://host:80/x", "a b", "größe", "*",
                           "{}[]=,", "resilience.guards"}) {
    auto x = read("resilience { guards = [ { name = \"" + name
                  + "\", max-in-flight = 7 } ] }");
    EXPECT_EQ(x.faults, "") << name;
    EXPECT_EQ(x(name).max_in_flight, 7) << name;
    EXPECT_EQ(x("payments").max_in_flight, 1'000'000) << name;
  }
}

TEST(settings, defaults_hold_for_every_guard_and_yield_to_its_own) {
  auto x = read(R"(resilience {
  defaults = { timeout = { limit = 5s }, retry = { max-attempts = 9 } }
  guards = [ { name = "a", timeout = { limit = 1s }, retry = false } ]
})");
  ASSERT_EQ(x.faults, "");
  EXPECT_EQ(x("a").timeout->limit, 1s);
  EXPECT_FALSE(x("a").retry);
  for (auto* other : {"b", ""}) {
    EXPECT_EQ(x(other).timeout->limit, 5s);
    EXPECT_EQ(x(other).retry->max_attempts, 9);
  }
}

TEST(settings, notes_are_for_people) {
  auto x = read(R"(resilience {
  note = "ours"
  defaults = { note = ["a", "b"], breaker = { note = "why", lease = 9s } }
  guards = [ { name = "a", note = "" } ]
})");
  EXPECT_EQ(x.faults, "");
  EXPECT_EQ(x("a").breaker->lease, 9s);
}

TEST(settings, the_runtimes_own_bounds) {
  runtime_options code{.max_circuits = 5, .max_subscribers = 6};
  auto x = read("resilience { max-circuits = 7 }").settings.apply(code);
  EXPECT_EQ(x.max_circuits, 7);
  EXPECT_EQ(x.max_subscribers, 6);
  x = read("resilience { max-subscribers = 8 }").settings.apply(code);
  EXPECT_EQ(x.max_circuits, 5);
  EXPECT_EQ(x.max_subscribers, 8);
}

TEST(settings, a_preset_comes_first_and_single_settings_over_it) {
  auto got = read(payments("preset = \"ai-provider\", "
                           "breaker = { cooldown = 90s }"));
  ASSERT_EQ(got.faults, "");
  auto p = got.settings.apply(policy{.name = "payments", .provider = "acme"});
  auto wanted = presets::ai_provider("payments");
  wanted.provider = "acme";
  wanted.breaker->cooldown = 90s;
  EXPECT_EQ(p, wanted);
}

} // namespace

} // namespace resilience::test
