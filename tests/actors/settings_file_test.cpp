// examples/resilience.conf shows every setting there is, explained and with its
// default, and both generations of CAF read it as it stands.
#include "resilience/actors/caf_fields.hpp"

#include "support/configuration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace resilience::test {

namespace {

constexpr auto path = RESILIENCE_SOURCE_DIR "/examples/resilience.conf";

/// The configuration as an application gets it.
std::unique_ptr<system_config> parsed() {
  auto result = std::make_unique<system_config>();
  std::string program = "shop";
  auto option = std::string{"--config-file="} + path;
  char* args[] = {program.data(), option.data(), nullptr};
  auto err = result->parse(2, args);
  EXPECT_FALSE(compat::failed(err)) << to_string(err);
  return result;
}

template <class T>
struct value_of {
  using type = T;
};

template <class T>
struct value_of<std::optional<T>> {
  using type = T;
};

/// Turns on every part that has a default.
template <described Config>
void turn_on(Config& x) {
  for_each_setting<Config>([&](const auto& s) {
    auto& part = x.*s.member;
    using type = std::decay_t<decltype(part)>;
    if constexpr (described<typename value_of<type>::type>) {
      if constexpr (is_optional<type>::value) {
        if (!part)
          part.emplace();
        turn_on(*part);
      } else {
        turn_on(part);
      }
    }
  });
}

/// What a note says of one setting.
template <class Config, class T, class Limits>
std::string note_of(const setting<Config, T, Limits>& s) {
  using type = typename value_of<T>::type;
  auto result = kebab_case(s.name) + ": " + s.meaning;
  if constexpr (named_enum<type>)
    result += "; " + known_names<type>();
  else if constexpr (requires { s.limits.lowest; })
    result += "; " + value_text(type{s.limits.lowest}) + " to "
              + value_text(type{s.limits.highest});
  return result;
}

/// Whatever of `Config` the map at `where` does not show or explain.
template <described Config>
void check_map(const std::string& where, const caf::config_value& map) {
  ASSERT_TRUE(caf_format::is_map(map)) << where;
  auto* note = caf_format::find(map, "note");
  ASSERT_TRUE(note) << where << " lacks a note";
  auto notes = caf_format::as_texts(*note).value_or(std::vector<std::string>{});
  for_each_setting<Config>([&](const auto& s) {
    auto key = kebab_case(s.name);
    EXPECT_EQ(std::count(notes.begin(), notes.end(), note_of(s)), 1)
      << where << " lacks the note \"" << note_of(s) << '"';
    auto* value = caf_format::find(map, key);
    EXPECT_TRUE(value) << where << " lacks " << key;
    using type = typename value_of<
      std::decay_t<decltype(std::declval<const Config&>().*s.member)>>::type;
    if constexpr (described<type>)
      if (value)
        check_map<type>(where + "." + key, *value);
  });
}

TEST(settings_file, is_read_and_says_the_defaults) {
  auto found = read(*parsed());
  ASSERT_EQ(found.faults, "");
  EXPECT_EQ(found.settings.names(), std::vector<std::string>{"example"});
  policy wanted;
  wanted.name = "example";
  turn_on(wanted);
  EXPECT_EQ(found("example"), wanted);
  EXPECT_EQ(to_string(validate(wanted)), "");
  EXPECT_EQ(found("stranger"), (policy{.name = "stranger"}));
  runtime_options other{.max_circuits = 1,
                        .max_subscribers = 1,
                        .database = "x",
                        .synchronous = synchronous_mode::normal,
                        .snapshot_interval = std::chrono::hours{1},
                        .history_days = 1,
                        .max_transitions = 1,
                        .max_health_checkers = 1};
  EXPECT_EQ(found.settings.apply(other), runtime_options{});
}

TEST(settings_file, shows_and_explains_every_setting) {
  auto cfg = parsed();
  auto root = caf::content(*cfg).find("resilience");
  ASSERT_NE(root, caf::content(*cfg).end());
  auto* guards = caf_format::find(root->second, "guards");
  ASSERT_TRUE(guards);
  auto& list = caf::get<caf::config_value::list>(*guards);
  ASSERT_EQ(list.size(), 1u);
  check_map<policy>("resilience.guards[0]", list[0]);
  check_map<runtime_options>("resilience", root->second);
}

} // namespace

} // namespace resilience::test
