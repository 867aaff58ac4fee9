// A key that means nothing is met with the one that may be meant.
#include "resilience/reading.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

std::string told(const char* key) {
  return unknown_setting("x.", key, {"name", "cooldown", "max-cooldown", "on"});
}

TEST(reading, a_slip_is_met_with_the_key_that_is_near) {
  EXPECT_EQ(told("cooldwon"), "x.cooldwon is no setting, did you mean "
                              "cooldown?");
  EXPECT_EQ(told("coldown"), "x.coldown is no setting, did you mean cooldown?");
  EXPECT_EQ(told("max_cooldown"),
            "x.max_cooldown is no setting, did you mean max-cooldown?");
  EXPECT_EQ(told("Name"), "x.Name is no setting, did you mean name?");
}

TEST(reading, nothing_is_guessed_from_afar) {
  for (std::string key : {"", "a", "off", "colour", "timeout", "cool"})
    EXPECT_EQ(told(key.c_str()), "x." + key + " is no setting");
  EXPECT_EQ(unknown_setting("", "x", {}), "x is no setting");
}

TEST(reading, a_third_of_the_key_may_be_wrong) {
  struct row {
    const char* key;
    const char* meant;
  };
  const row rows[] = {
    // Too much in front, at the end, between.
    {"xxxcooldown", "cooldown"},
    {"xxxxxxname", nullptr},
    {"cooldownxxxx", "cooldown"},
    {"cooldownxxxxx", nullptr},
    {"coolxxxdown", "cooldown"},
    // Too little.
    {"oldown", "cooldown"},
    {"down", nullptr},
    {"cooldo", "cooldown"},
    {"coold", nullptr},
    // Others.
    {"kooldawn", "cooldown"},
    {"kooldavn", nullptr},
    {"onn", "on"},
    {"un", nullptr},
  };
  for (const auto& x : rows) {
    auto plain = std::string{"x."} + x.key + " is no setting";
    EXPECT_EQ(told(x.key),
              x.meant ? plain + ", did you mean " + x.meant + "?" : plain);
  }
}

TEST(reading, the_first_of_equally_near_keys_is_told) {
  EXPECT_EQ(unknown_setting("", "abx", {"abc", "abd"}),
            "abx is no setting, did you mean abc?");
  EXPECT_EQ(unknown_setting("", "abxd", {"abc", "abd"}),
            "abxd is no setting, did you mean abd?");
}

TEST(reading, a_long_key_is_cut) {
  auto key = std::string(1'000'000, 'k');
  EXPECT_EQ(told(key.c_str()), "x." + key.substr(0, 64) + " is no setting");
  // The longest that may be meant for something.
  auto near = key.substr(0, 63);
  EXPECT_EQ(unknown_setting("", key.substr(0, 64), {near}),
            key.substr(0, 64) + " is no setting, did you mean " + near + "?");
  EXPECT_EQ(unknown_setting("", key.substr(0, 65), {near}),
            key.substr(0, 64) + " is no setting");
}

} // namespace

} // namespace resilience::test
