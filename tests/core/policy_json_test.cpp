// Policies read from and written as JSON: what is said is set, what is not said
// stays, and whatever is wrong is told at once, with its path.
#include "resilience/json/fields.hpp"
#include "resilience/json/policy_json.hpp"
#include "resilience/presets.hpp"
#include "resilience/reading.hpp"

#include "support/instants.hpp"
#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace resilience::test {

namespace {

std::string faults_of(const std::string& text) {
  policy x;
  return to_string(parse_json(text, x));
}

TEST(policy_json, sets_what_is_said_and_leaves_the_rest) {
  policy x;
  x.breaker->half_open_max_calls = 7;
  auto found = parse_json(R"({
    "name": "payments",
    "provider": "acme",
    "breaker": {
      "failure_threshold": 3,
      "cooldown_seconds": 60,
      "cooldown_growth": 1.5,
      "window": {"kind": "time", "window_size": 10,
                 "failure_rate_threshold": 12.5,
                 "slow_call_duration_seconds": 0.25}
    },
    "timeout": {"limit_seconds": 2},
    "max_in_flight": 100
  })",
                          x);
  EXPECT_EQ(to_string(found), "");
  policy wanted;
  wanted.name = "payments";
  wanted.provider = "acme";
  wanted.breaker->half_open_max_calls = 7;
  wanted.breaker->failure_threshold = 3;
  wanted.breaker->cooldown = 60s;
  wanted.breaker->cooldown_growth = 1.5;
  wanted.breaker->window = window_config{.kind = window_kind::time,
                                         .window_size = 10,
                                         .failure_rate_threshold = 12.5,
                                         .slow_call_duration = 250ms};
  wanted.timeout->limit = 2s;
  wanted.max_in_flight = 100;
  EXPECT_EQ(x, wanted);
}

TEST(policy_json, null_turns_a_part_off_and_an_object_on) {
  policy x;
  EXPECT_EQ(to_string(parse_json(R"({"breaker": null, "timeout": null})", x)),
            "");
  EXPECT_FALSE(x.breaker);
  EXPECT_FALSE(x.timeout);
  EXPECT_EQ(to_string(parse_json(R"({"breaker": {}})", x)), "");
  EXPECT_EQ(x.breaker, breaker_config{});
  EXPECT_FALSE(x.timeout);
}

TEST(policy_json, says_everything_that_is_wrong_at_once) {
  EXPECT_EQ(faults_of(R"({
    "nam": "payments",
    "provider": 5,
    "breaker": {"failure_threshold": 0, "cooldown_seconds": "30s",
                "cooldown": 30,
                "window": {"kind": "sliding", "minimum_calls": 2.5}},
    "max_in_flight": 1e10
  })"),
            "provider must be a text, is 5; "
            "breaker.failure_threshold must be between 1 and 1000000, is 0; "
            "breaker.cooldown_seconds must be a number of seconds, is \"30s\"; "
            "breaker.window.kind must be count or time, is \"sliding\"; "
            "breaker.window.minimum_calls must be a whole number, is 2.5; "
            "breaker.cooldown is no setting; "
            "max_in_flight must be a whole number, is 10000000000.0; "
            "nam is no setting, did you mean name?");
}

TEST(policy_json, flags_and_texts_are_read_and_checked) {
  policy x;
  EXPECT_EQ(to_string(parse_json(R"({"breaker": {"critical": true}})", x)), "");
  EXPECT_TRUE(x.breaker->critical);
  EXPECT_EQ(faults_of(R"({"breaker": {"critical": 1}})"),
            "breaker.critical must be true or false, is 1");
  // Beside faults of other kinds, too.
  EXPECT_EQ(faults_of(R"({"max_in_flight": "x", "name": ")"
                      + std::string(257, 'x') + "\"}"),
            "name must have at most 256 bytes, has 257; "
            "max_in_flight must be a whole number, is \"x\"");
}

/// JSON in which a part may be just true.
struct switched : json::format {
  static constexpr auto part_text = "an object, true or false";

  static std::optional<bool> as_switch(const value& x) {
    return as_bool(x);
  }
};

TEST(reading, parts_may_be_switched) {
  policy x;
  x.timeout->limit = ms(5);
  faults found;
  auto text = nlohmann::json::parse(
    R"({"timeout": true, "breaker": false, "retry": true, "hedge": "on"})");
  reader<switched>::read_config(found, {}, text, x);
  EXPECT_EQ(to_string(found),
            "hedge must be an object, true or false, is \"on\"");
  EXPECT_EQ(x.timeout->limit, ms(5));
  EXPECT_FALSE(x.breaker);
  EXPECT_EQ(x.retry, retry_config{});
}

TEST(policy_json, what_settings_say_together_is_checked_too) {
  EXPECT_EQ(faults_of(R"({"breaker": {"cooldown_growth": 2,
                                      "cooldown_seconds": 10,
                                      "max_cooldown_seconds": 5}})"),
            "breaker.max_cooldown must be at least breaker.cooldown, 10s, is "
            "5s");
}

TEST(policy_json, a_fault_leaves_the_policy_as_it_was) {
  policy x;
  EXPECT_FALSE(parse_json(R"({"name": "new", "max_in_flight": 0})", x).empty());
  EXPECT_EQ(x, policy{});
}

TEST(policy_json, numbers_beyond_every_type_are_faults) {
  const char* values[] = {"1e308",
                          "-1e308",
                          "18446744073709551615",
                          "9223372036854775807",
                          "-9223372036854775808",
                          "-1",
                          "0",
                          "0.0000001"};
  for (const auto* value : values) {
    auto text = std::string{R"({"timeout": {"limit_seconds": )"} + value + "}}";
    EXPECT_NE(faults_of(text).find("timeout.limit_seconds must be between"),
              std::string::npos)
      << value << ": " << faults_of(text);
    text = std::string{R"({"max_in_flight": )"} + value + "}";
    EXPECT_NE(faults_of(text).find("max_in_flight must be"), std::string::npos)
      << value;
  }
}

TEST(policy_json, what_is_no_object_is_told) {
  EXPECT_EQ(faults_of("[]"), "the settings must be an object, is []");
  EXPECT_EQ(faults_of("null"), "the settings must be an object, is null");
  EXPECT_EQ(faults_of(R"({"breaker": [1]})"),
            "breaker must be an object, is [1]");
  EXPECT_EQ(faults_of("{").rfind("no JSON: ", 0), 0u);
  EXPECT_EQ(faults_of("").rfind("no JSON: ", 0), 0u);
  // Not UTF-8, and long.
  EXPECT_EQ(faults_of("{\"name\": \"\xff\"}").rfind("no JSON: ", 0), 0u);
  auto text = R"({"max_in_flight": ")" + std::string(1000, 'x') + "\"}";
  EXPECT_EQ(faults_of(text), "max_in_flight must be a whole number, is string");
}

TEST(policy_json, writes_every_setting) {
  policy x;
  x.breaker->window = window_config{};
  auto json = to_json_value(x);
  EXPECT_EQ(json.at("breaker").at("cooldown_seconds"), 30);
  EXPECT_EQ(json.at("breaker").at("window").at("kind"), "count");
  EXPECT_EQ(json.at("timeout").at("limit_seconds"), 30);
  x.timeout.reset();
  EXPECT_TRUE(to_json_value(x).at("timeout").is_null());
}

RC_GTEST_PROP(policy_json, what_is_written_reads_back, ()) {
  auto number = [](int32_t lowest, int32_t highest) {
    return *rc::gen::inRange(lowest, highest + 1);
  };
  auto length = [] {
    using micros = std::chrono::microseconds;
    return duration{
      micros{*rc::gen::inRange<int64_t>(1'000, 1'000'000'000'000)}};
  };
  policy x;
  x.name = *rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
  x.name.resize(std::min<size_t>(x.name.size(), 256));
  x.max_in_flight = number(1, 1'000'000);
  if (*rc::gen::arbitrary<bool>()) {
    x.breaker->failure_threshold = number(1, 1'000'000);
    x.breaker->cooldown = length();
    x.breaker->lease = length();
    x.breaker->cooldown_jitter = number(0, 999) / 1000.0;
    if (*rc::gen::arbitrary<bool>())
      x.breaker->window =
        window_config{.window_size = number(1, 1000),
                      .failure_rate_threshold = number(1, 10'000) / 100.0,
                      .slow_call_duration = length()};
  } else {
    x.breaker.reset();
  }
  if (*rc::gen::arbitrary<bool>())
    x.timeout->limit = length();
  else
    x.timeout.reset();
  policy y;
  RC_ASSERT(to_string(parse_json(to_json_value(x).dump(), y)) == "");
  RC_ASSERT(x == y);
}

TEST(policy_json, settings_may_have_the_names_of_other_libraries) {
  policy x;
  EXPECT_EQ(to_string(parse_json(R"({
    "timeout": {"seconds": 5},
    "retry": {"max_attempts": 5, "initial_delay": 0.5, "max_delay": 30,
              "exponential_base": 3, "jitter": false,
              "exponential_backoff": false}
  })",
                                 x)),
            "");
  policy wanted;
  wanted.timeout->limit = 5s;
  wanted.retry = retry_config{.max_attempts = 5,
                              .backoff = {.initial_delay = 500ms,
                                          .max_delay = 30s,
                                          .exponential_base = 3,
                                          .kind = backoff_kind::constant,
                                          .jitter = jitter_kind::none}};
  EXPECT_EQ(x, wanted);
  EXPECT_EQ(to_string(parse_json(
              R"({"retry": {"jitter": true, "delay_seconds": 2}})", x)),
            "");
  EXPECT_EQ(x.retry->backoff.jitter, jitter_kind::full);
  EXPECT_EQ(x.retry->backoff.initial_delay, 2s);
}

TEST(policy_json, a_setting_has_one_name_at_a_time) {
  EXPECT_EQ(faults_of(R"({"timeout": {"seconds": 5, "limit_seconds": 5}})"),
            "timeout.seconds and timeout.limit_seconds are one setting, given "
            "twice");
  EXPECT_EQ(faults_of(R"({"retry": {"initial_delay": 1, "delay_seconds": 1,
                                    "jitter": "full"}})"),
            "retry.initial_delay and retry.backoff.initial_delay_seconds are "
            "one setting, given twice; "
            "retry.jitter must be true or false, is \"full\"; "
            "retry.jitter is no setting");
  EXPECT_EQ(faults_of(R"({"retry": {"max_delay": 1, "backoff": 7}})"),
            "retry.backoff must be an object, is 7");
  EXPECT_EQ(faults_of(R"({"timeout": {"seconds": "soon"}})"),
            "timeout.limit_seconds must be a number of seconds, is \"soon\"");
}

TEST(policy_json, a_whole_number_beyond_all_says_so) {
  auto text = "chaos.seed must be between -2147483648 and 2147483647, is ";
  for (auto x : {"2147483648", "-2147483649", "18446744073709551615"})
    EXPECT_EQ(faults_of(R"({"chaos": {"seed": )" + std::string{x} + "}}"),
              std::string{text} + x);
}

TEST(policy_json, a_setting_is_given_once) {
  policy x;
  auto before = x;
  EXPECT_EQ(to_string(parse_json(
              R"({"timeout": {"limit_seconds": 1, "limit_seconds": 2},
                  "retry": {"retry_on": ["a", "a"]},
                  "timeout": {"limit_seconds": 3, "moon": 1}, "name": 5})",
              x)),
            "timeout.limit_seconds is given twice; timeout is given twice; "
            "name must be a text, is 5; timeout.moon is no setting");
  EXPECT_EQ(x, before);
}

TEST(policy_json, a_text_as_deep_as_the_stack_is_refused) {
  auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  const auto* text = "JSON must have at most 32 levels of objects and arrays";
  EXPECT_EQ(faults_of(R"({"name": )" + nested(1'000'000) + "}"), text);
  EXPECT_EQ(faults_of(R"({"name": )" + nested(32) + "}"), text);
  EXPECT_EQ(faults_of(R"({"name": )" + nested(31) + "}").find(text),
            std::string::npos);
  EXPECT_TRUE(faults_of(std::string(1'000'000, '[')).starts_with("no JSON"));
}

TEST(policy_json, a_preset_leaves_what_goes_with_code) {
  policy x;
  x.provider = "acme";
  x.fallback = fallback_config{.limit = 1s};
  x.keyed = keyed_config{.max_keys = 5};
  x.restart = restart_config{.max_restarts = 7};
  auto wanted = presets::database();
  wanted.provider = "acme";
  wanted.fallback = x.fallback;
  wanted.keyed = x.keyed;
  wanted.restart = x.restart;
  EXPECT_EQ(to_string(parse_json(R"({"preset": "database"})", x)), "");
  EXPECT_EQ(x, wanted);
}

TEST(policy_json, a_preset_comes_first_and_single_settings_over_it) {
  policy x;
  x.name = "orders";
  EXPECT_EQ(to_string(parse_json(
              R"({"timeout": {"seconds": 2}, "preset": "database"})", x)),
            "");
  auto wanted = presets::database("orders");
  wanted.timeout->limit = 2s;
  EXPECT_EQ(x, wanted);
  EXPECT_EQ(faults_of(R"({"preset": "moon"})"),
            "preset must be external_api, database, message_queue or "
            "ai_provider, is \"moon\"");
  EXPECT_EQ(faults_of(R"({"preset": 5})"),
            "preset must be external_api, database, message_queue or "
            "ai_provider, is 5");
}

} // namespace

} // namespace resilience::test
