// Circuits by key: found again, heard of, set by hand, listed.
#include "core/keyed_fixture.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace resilience::test {

namespace {

constexpr auto closed = circuit_state::closed;
constexpr auto opened = circuit_state::open;

using texts = std::vector<std::string>;

class keyed_circuits_test : public keyed_fixture {};

// -- settings -----------------------------------------------------------------

TEST_F(keyed_circuits_test, settings_have_bounds) {
  EXPECT_TRUE(validate(keyed_config{}).empty());
  EXPECT_TRUE(validate(keyed_config{1, 1ms, 1}).empty());
  EXPECT_TRUE(validate(keyed_config{10'000'000, 24h * 365, 4096}).empty());
  EXPECT_EQ(validate(keyed_config{0, 0ms, 0}),
            (faults{"keyed.max_keys must be between 1 and 10000000, is 0",
                    "keyed.idle_after must be between 1ms and 8760h, is 0s",
                    "keyed.max_key_bytes must be between 1 and 4096, is 0"}));
  EXPECT_EQ(validate(keyed_config{10'000'001, 24h * 366, 4097}).size(), 3u);
}

TEST_F(keyed_circuits_test, every_fault_is_thrown) {
  auto wrong = keyed_breaker;
  wrong.success_threshold = 0;
  try {
    keyed_circuits::make({.max_keys = -1}, wrong);
    FAIL() << "must throw";
  } catch (const invalid_config_error& x) {
    EXPECT_STREQ(x.what(),
                 "keyed.max_keys must be between 1 and 10000000, is -1; "
                 "breaker.success_threshold must be between 1 and 1000000, is "
                 "0");
  }
}

// -- who gets which -----------------------------------------------------------

TEST_F(keyed_circuits_test, a_key_has_a_circuit_of_its_own) {
  make(10);
  auto a = uut->get_or_make("a", at(0));
  auto b = uut->get_or_make("b", at(0));
  EXPECT_NE(a, b);
  EXPECT_EQ(uut->get_or_make("a", at(1)), a);
  EXPECT_EQ(uut->find("b"), b);
  EXPECT_EQ(uut->find("c"), nullptr);
  EXPECT_EQ(a->name(), "a");
  EXPECT_EQ(a->config(), keyed_breaker);
  EXPECT_EQ(uut->breaker(), keyed_breaker);
  EXPECT_EQ(uut->config(), (keyed_config{10, ms(1000)}));
  open("a", at(1));
  EXPECT_EQ(b->state(), closed);
  EXPECT_EQ(uut->overflow()->state(), closed);
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 2, .not_closed = 1}));
}

TEST_F(keyed_circuits_test, strange_keys_are_keys) {
  make(10);
  using namespace std::string_view_literals;
  std::set<circuit*> different;
  for (auto key : {" "sv, "\0"sv, "\0\0"sv, "a"sv, "a\0"sv, "a\0b"sv, "a\nb"sv,
                   "\xC3\xA9"sv}) {
    auto x = uut->get_or_make(key, at(0));
    EXPECT_EQ(x->name(), key);
    EXPECT_EQ(uut->get_or_make(key, at(0)), x);
    different.insert(x.get());
  }
  EXPECT_EQ(different.size(), 8u);
  EXPECT_EQ(uut->counts().unfit, 0u);
}

TEST_F(keyed_circuits_test, keys_that_are_none_share_a_circuit) {
  make(10);
  auto rest = uut->overflow();
  EXPECT_EQ(rest->name(), "");
  EXPECT_EQ(uut->find(""), rest);
  for (auto& key : {std::string{}, std::string(257, 'x'), std::string(300, 'y'),
                    std::string(1'000'000, 'z'), std::string{"\xFF"},
                    std::string{"a\xC0\x80"}, std::string{"\xED\xA0\x80"}}) {
    EXPECT_EQ(uut->get_or_make(key, at(0)), rest) << key.substr(0, 10);
    EXPECT_EQ(has(key), key.empty()) << key.substr(0, 10);
  }
  EXPECT_NE(uut->get_or_make(std::string(256, 'x'), at(0)), rest);
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 1, .unfit = 7}));
  EXPECT_EQ(keys().size(), 1u);
}

TEST_F(keyed_circuits_test, the_shared_circuit_is_a_breaker_too) {
  make(10);
  call("\xFF", outcome::failure, at(0));
  call("", outcome::failure, at(0));
  EXPECT_FALSE(uut->get_or_make("\xFE", at(1))->admit(at(1)));
  EXPECT_EQ(seen, texts{": closed to open"});
  EXPECT_EQ(uut->counts().not_closed, 0u); // it is no key's
  EXPECT_TRUE(uut->reset("", at(2)));
  EXPECT_EQ(uut->overflow()->state(), closed);
}

// -- transitions --------------------------------------------------------------

TEST_F(keyed_circuits_test, the_listener_hears_the_key) {
  make(10);
  open("a", at(0));
  open("b", at(1));
  use("a", at(100));
  EXPECT_EQ(seen, (texts{"a: closed to open", "b: closed to open",
                         "a: open to half_open", "a: half_open to closed"}));
}

TEST_F(keyed_circuits_test, the_listener_may_call_back) {
  texts heard;
  uut = keyed_circuits::make({.max_keys = 2}, keyed_breaker,
                             [&](std::string_view key, const transition& x) {
                               heard.push_back(
                                 std::string{key} + " " + to_string(x.to) + " "
                                 + std::to_string(uut->counts().not_closed));
                               uut->get_or_make(key, at(0));
                               uut->get_or_make("new", at(0));
                               if (x.to == opened)
                                 uut->reset(key, at(0));
                             });
  call("a", outcome::failure, at(0));
  call("a", outcome::failure, at(0));
  EXPECT_EQ(heard, (texts{"a open 1", "a closed 0"}));
}

TEST_F(keyed_circuits_test, a_circuit_outlives_the_whole_in_silence) {
  make(10);
  auto a = uut->get_or_make("a", at(0));
  auto rest = uut->overflow();
  use("b", at(0));
  uut.reset();
  for (auto& c : {a, rest}) {
    for (int i = 0; i < 2; ++i)
      c->settle(c->admit(at(0)).pass, outcome::failure, 1ms, at(0));
    EXPECT_EQ(c->state(), opened);
  }
  EXPECT_EQ(seen, texts{});
}

// -- by hand ------------------------------------------------------------------

TEST_F(keyed_circuits_test, settings_reach_each_circuit_at_its_next_call) {
  make(10);
  call("a", outcome::failure, at(0));
  open("b", at(0));
  auto next = keyed_breaker;
  next.failure_threshold = 3;
  next.cooldown = ms(5000);
  EXPECT_TRUE(uut->configure(next).empty());
  EXPECT_EQ(uut->breaker(), next);
  EXPECT_EQ(uut->find("a")->config(), keyed_breaker);
  EXPECT_EQ(uut->get_or_make("c", at(1))->config(), next);
  call("a", outcome::failure, at(1));
  EXPECT_EQ(uut->find("a")->state(), closed);
  EXPECT_EQ(uut->find("a")->status(at(1), {}).consecutive_failures, 2);
  EXPECT_EQ(uut->get_or_make("b", at(1))->config(), next);
  EXPECT_EQ(uut->find("b")->open_until(), at(100)); // as it was
  uut->get_or_make("", at(1));
  EXPECT_EQ(uut->overflow()->config(), next);
  // Once is enough.
  auto c = uut->get_or_make("c", at(2));
  auto before = c->activity();
  EXPECT_EQ(uut->get_or_make("c", at(2))->activity(), before);
}

TEST_F(keyed_circuits_test, settings_are_applied_once) {
  make(10);
  auto x = uut->get_or_make("a", at(0));
  auto before = x->activity();
  EXPECT_TRUE(uut->configure({.failure_threshold = 7}).empty());
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(uut->get_or_make("a", at(1)), x);
  EXPECT_EQ(x->activity(), before + 1);
}

TEST_F(keyed_circuits_test, wrong_settings_are_refused_whole) {
  make(10);
  auto wrong = keyed_breaker;
  wrong.failure_threshold = 0;
  wrong.cooldown = 0s;
  EXPECT_EQ(uut->configure(wrong).size(), 2u);
  EXPECT_EQ(uut->breaker(), keyed_breaker);
  EXPECT_EQ(uut->get_or_make("a", at(0))->config(), keyed_breaker);
}

TEST_F(keyed_circuits_test, the_latest_settings_win) {
  make(10);
  use("a", at(0));
  auto next = keyed_breaker;
  for (int i = 3; i < 10; ++i) {
    next.failure_threshold = i;
    EXPECT_TRUE(uut->configure(next).empty());
    if (i % 2 == 0) {
      EXPECT_EQ(uut->get_or_make("a", at(0))->config(), next);
    }
  }
  EXPECT_EQ(uut->get_or_make("a", at(0))->config(), next);
}

TEST_F(keyed_circuits_test, reset_closes_one_or_all) {
  make(10);
  for (auto* key : {"a", "b", "c", ""})
    open(key, at(0));
  call("d", outcome::failure, at(0));
  EXPECT_FALSE(uut->reset("x", at(1)));
  EXPECT_FALSE(has("x"));
  EXPECT_TRUE(uut->reset("a", at(1)));
  EXPECT_EQ(uut->find("a")->state(), closed);
  EXPECT_EQ(uut->find("b")->state(), opened);
  EXPECT_EQ(uut->counts().not_closed, 2u);
  seen.clear();
  EXPECT_EQ(uut->reset_all(at(2)), 3u);
  std::ranges::sort(seen);
  EXPECT_EQ(seen, (texts{": open to closed", "b: open to closed",
                         "c: open to closed"}));
  EXPECT_EQ(uut->counts().not_closed, 0u);
  EXPECT_EQ(uut->find("d")->status(at(2), {}).consecutive_failures, 1);
  EXPECT_EQ(uut->reset_all(at(3)), 0u);
}

TEST_F(keyed_circuits_test, reset_closes_all_of_every_shard) {
  make(2000); // 16 shards
  for (int i = 0; i < 100; ++i)
    open(std::to_string(i), at(0));
  EXPECT_EQ(uut->reset_all(at(1)), 100u);
  EXPECT_EQ(uut->counts().not_closed, 0u);
}

// -- the list -----------------------------------------------------------------

TEST_F(keyed_circuits_test, the_list_begins_with_those_not_closed) {
  make(10);
  for (auto* key : {"a", "b", "c", "d", "e"})
    use(key, at(0));
  open("d", at(1));
  open("b", at(1));
  EXPECT_EQ(keys(), (texts{"d", "b", "a", "c", "e"}));
  EXPECT_EQ(keys(0, 0), texts{});
  EXPECT_EQ(keys(0, 1), texts{"d"});
  EXPECT_EQ(keys(1, 2), (texts{"b", "a"}));
  EXPECT_EQ(keys(3, 100), (texts{"c", "e"}));
  EXPECT_EQ(keys(5), texts{});
  constexpr auto most = std::numeric_limits<size_t>::max();
  EXPECT_EQ(keys(most, most), texts{});
  EXPECT_EQ(keys(0, most).size(), 5u);
}

TEST_F(keyed_circuits_test, pages_have_each_circuit_once) {
  make(2000); // 16 shards
  for (int i = 0; i < 1000; ++i)
    if (i % 10 == 0)
      open(std::to_string(i), at(0));
    else
      use(std::to_string(i), at(0));
  texts all;
  for (size_t offset = 0; offset < 1100; offset += 37) {
    auto page = keys(offset, 37);
    EXPECT_LE(page.size(), 37u);
    all.insert(all.end(), page.begin(), page.end());
  }
  EXPECT_EQ(all, keys());
  EXPECT_TRUE(std::all_of(all.begin(), all.begin() + 100,
                          [](auto& x) { return x.back() == '0'; }));
  EXPECT_EQ((std::set<std::string>{all.begin(), all.end()}.size()), 1000u);
}

} // namespace

} // namespace resilience::test
