// Settings of the command line: how they are written, and whom they override.
#include "support/configuration.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

using lines = std::vector<std::string>;

reading given(std::vector<std::string> texts, const std::string& file = {}) {
  for (auto& x : texts)
    x = setting_arg(x);
  return read(file, std::move(texts));
}

TEST(command_line, takes_any_number_of_settings) {
  auto x = given({"payments: breaker.cooldown = 90s",
                  "payments:breaker.failure-threshold=3",
                  "  other :  retry.backoff.kind  =  linear  ",
                  "payments: provider = acme corp",
                  "payments: retry.retry-on = [\"timed_out\", \"x\"]"});
  ASSERT_EQ(x.faults, "");
  EXPECT_EQ(x("payments").breaker->cooldown, 90s);
  EXPECT_EQ(x("payments").breaker->failure_threshold, 3);
  EXPECT_EQ(x("payments").provider, "acme corp");
  EXPECT_EQ(x("payments").retry->retry_on, (lines{"timed_out", "x"}));
  EXPECT_EQ(x("other").retry->backoff.kind, backoff_kind::linear);
  EXPECT_EQ(x.settings.names(), (lines{"other", "payments"}));
}

TEST(command_line, a_time_longer_than_any_is_not_taken_for_a_short_one) {
  for (auto text : {"5124096h", "-5124096h", "307445735min", "9223372037s",
                    "9223372036855ms", "9223372036854776us"}) {
    auto x = given({std::string{"payments: breaker.cooldown = "} + text});
    EXPECT_EQ(x.faults,
              "resilience.set[0].breaker.cooldown must be a duration such as "
              "60s or 250ms, is \""
                + std::string{text} + "\"");
  }
  for (auto text : {"2562047h", "9223372036s"})
    EXPECT_NE(given({std::string{"payments: breaker.cooldown = "} + text})
                .faults.find("must be between 1ms and 8760h"),
              std::string::npos)
      << text;
}

TEST(command_line, any_text_is_a_name) {
  const std::pair<const char*, const char*> rows[] = {
    {"pay.ments", "pay.ments"},
    {"a b", "a b"},
    {"größe", "größe"},
    {"x = y", "x = y"},
    {"\"payments\"", "payments"},
    {"\"http://host:80/x\"", "http://host:80/x"},
    {"\" a: b = c \"", " a: b = c "},
    {"\"*\"", "*"},
    {R"("say \"hi\" \\ bye")", R"(say "hi" \ bye)"}};
  for (const auto& [written, name] : rows) {
    auto x = given({std::string{written} + ": max-in-flight = 7"});
    EXPECT_EQ(x.faults, "") << written;
    EXPECT_EQ(x(name).max_in_flight, 7) << written;
    EXPECT_EQ(x.settings.names(), lines{name}) << written;
    EXPECT_EQ(x("stranger").max_in_flight, 1'000'000) << written;
  }
}

TEST(command_line, garbage_is_told) {
  for (std::string text :
       {"garbage", ":", "=", ": max-in-flight = 7", "payments: max-in-flight",
        "payments: = 7", "payments: .x = 7", "payments: x. = 7",
        "payments: x..y = 7", "payments: max in flight = 7", "payments = 7",
        "\"payments: max-in-flight = 7", "\"a\" b: max-in-flight = 7", "\"a",
        "\"a\\", "\"\": max-in-flight = 7"})
    EXPECT_EQ(given({text}).faults,
              "resilience.set[0] must be NAME: SETTING = VALUE, such as "
              "\"payments: breaker.cooldown = 60s\", is \""
                + text + "\"");
  EXPECT_EQ(given({"a: max-in-flight = 1", "a: max-in-flite = 1",
                   "a: breaker.cooldown = 60", "a: breaker.cooldown = 1.5s",
                   "a: breaker = [", "*: name = b", "a: name = b",
                   "a: provider.x = 1", "a: timeout.limit ="})
              .faults,
            "resilience.set[1].max-in-flite is no setting, did you mean "
            "max-in-flight?; "
            "resilience.set[2].breaker.cooldown must be a duration such as 60s "
            "or 250ms, is 60; "
            "resilience.set[3].breaker.cooldown must be a duration such as 60s "
            "or 250ms, is \"1.5s\"; "
            "resilience.set[4].breaker must be a map, \"on\" or \"off\", is "
            "\"[\"; "
            "resilience.set[5].name must not be set: it says which guard; "
            "resilience.set[6].name must not be set: it says which guard; "
            "resilience.set[7].provider must be a text, is a map; "
            "resilience.set[8].timeout.limit must be a duration such as 60s or "
            "250ms, is \"\"");
}

TEST(command_line, overrides_the_file_which_overrides_the_code) {
  policy code;
  code.breaker = breaker_config{.failure_threshold = 1,
                                .cooldown = 1s,
                                .half_open_max_calls = 1,
                                .success_threshold = 1};
  code.timeout->limit = 1s;
  auto x = given({"a: breaker.failure-threshold = 4", "*: timeout.limit = 5s",
                  "*: breaker.failure-threshold = 5"},
                 R"(resilience {
  defaults = { breaker = { cooldown = 2s, failure-threshold = 2,
                           half-open-max-calls = 2 } }
  guards = [ { name = "a", timeout = { limit = 3s },
               breaker = { cooldown = 3s, failure-threshold = 3 } } ]
})");
  ASSERT_EQ(x.faults, "");
  auto p = x("a", code);
  EXPECT_EQ(p.breaker->success_threshold, 1); // code
  EXPECT_EQ(p.breaker->half_open_max_calls, 2); // file, of all
  EXPECT_EQ(p.breaker->cooldown, 3s); // file, of one
  EXPECT_EQ(p.timeout->limit, 5s); // command line, of all
  EXPECT_EQ(p.breaker->failure_threshold, 4); // command line, of one
  EXPECT_EQ(x.settings.sources("a"),
            (lines{"from the command line: breaker.failure-threshold, "
                   "timeout.limit",
                   "from the file: breaker.cooldown, "
                   "breaker.half-open-max-calls"}));
  EXPECT_EQ(x.settings.sources("b"),
            (lines{"from the command line: breaker.failure-threshold, "
                   "timeout.limit",
                   "from the file: breaker.cooldown, "
                   "breaker.half-open-max-calls"}));
}

TEST(command_line, the_last_word_wins) {
  auto x = given({"a: timeout.limit = 1s", "a: timeout.limit = 2s"});
  EXPECT_EQ(x("a").timeout->limit, 2s);
  x = given({"a: timeout.limit = 1s", "a: timeout = off"});
  EXPECT_FALSE(x("a").timeout);
  EXPECT_EQ(x.settings.sources("a"), lines{"from the command line: timeout"});
  x = given({"a: timeout = off", "a: timeout.total = 2s"});
  EXPECT_EQ(x("a").timeout, (timeout_config{.total = 2s}));
  EXPECT_EQ(x.settings.sources("a"),
            lines{"from the command line: timeout.total"});
  x = given({"a: timeout.limit = 1s", "a: timeout = on"});
  EXPECT_EQ(x("a").timeout->limit, 1s);
  EXPECT_EQ(x.settings.sources("a"),
            lines{"from the command line: timeout, timeout.limit"});
  x = given({"a: timeout = off"}, "resilience { guards = [ { name = \"a\", "
                                  "timeout = { limit = 1s, total = 2s } } ] }");
  EXPECT_FALSE(x("a").timeout);
  EXPECT_EQ(x.settings.sources("a"), lines{"from the command line: timeout"});
}

TEST(command_line, may_also_stand_in_a_file) {
  const std::string one = "resilience { set = \"a: max-in-flight = 1\" }";
  const std::string list = "resilience { set = [\"a: max-in-flight = 1\", "
                           "\"a: timeout = off\"] }";
  EXPECT_EQ(read(one)("a").max_in_flight, 1);
  EXPECT_EQ(read(list)("a").max_in_flight, 1);
  EXPECT_FALSE(read(list)("a").timeout);
  // What is given by hand is the last word.
  EXPECT_EQ(given({"a: max-in-flight = 2"}, one)("a").max_in_flight, 2);
  EXPECT_EQ(read("resilience { set = [1] }").faults.empty(), false);
}

TEST(command_line, bounds_of_the_runtime_are_options_of_their_own) {
  auto x =
    read("resilience { max-circuits = 5 }",
         {"--resilience.max-circuits=7", "--resilience.max-subscribers=8"});
  ASSERT_EQ(x.faults, "");
  EXPECT_EQ(x.settings.apply(runtime_options{}).max_circuits, 7);
  EXPECT_EQ(x.settings.apply(runtime_options{}).max_subscribers, 8);
}

TEST(command_line, other_options_of_the_application_stay) {
  struct shop_config : caf::actor_system_config {
    shop_config() {
      opt_group{custom_options_, "shop"}.add<int32_t>("tills", "how many");
      declare_options(custom_options_, given);
    }
    std::vector<std::string> given;
  };
  shop_config cfg;
  std::istringstream in;
  auto err = cfg.parse({"--shop.tills=3", setting_arg("a: timeout = off"),
                        setting_arg("a: max-in-flight = 2")},
                       in);
  ASSERT_FALSE(compat::failed(err));
  EXPECT_EQ(caf::get_or(cfg, "shop.tills", int32_t{0}), 3);
  EXPECT_EQ(cfg.given, (lines{"a: timeout = off", "a: max-in-flight = 2"}));
  EXPECT_FALSE(read(cfg)("a").timeout);
}

} // namespace

} // namespace resilience::test
