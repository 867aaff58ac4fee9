// How an application tests what it does when others fail: with an actor system
// in virtual time, a bank that fails as told, and no sleeps. A shop and, below
// it, the shop's tests, under GoogleTest.
#include <resilience/actors/all.hpp>
#include <resilience/testing/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace rs = resilience;
using namespace std::chrono_literals;

// -- the application ----------------------------------------------------------

namespace {

/// Guards what the shop depends on. A payment that fails is told to who pays; a
/// price that nobody knows is asked for at the counter.
struct shop {
  shop(caf::actor_system& sys, const caf::actor& bank,
       const caf::actor& price_list)
    : runtime(sys),
      payments(runtime.guard(bank, {.name = "payments", .breaker = careful()})),
      prices(runtime.guard(
        price_list, {.name = "prices", .breaker = careful()},
        {.fallback = rs::fallback::value(std::string{"ask at the counter"})})) {
  }

  static rs::breaker_config careful() {
    return {.failure_threshold = 2, .cooldown = 30s, .success_threshold = 1};
  }

  rs::runtime runtime;
  /// Takes cents, answers a receipt.
  caf::actor payments;
  /// Takes a name, answers a price.
  caf::actor prices;
};

} // namespace

// -- its tests ----------------------------------------------------------------

namespace {

using rs::circuit_state;
using rs::errc;
using rs::test::reaction;
using std::string;

class shop_test : public testing::Test {
protected:
  rs::test::answer<string> pay(int32_t cents) {
    return env.ask<string>(uut.payments, cents);
  }

  rs::test::environment env;
  rs::test::scripted_target bank{env.sys};
  rs::test::scripted_target price_list{env.sys};
  shop uut{env.sys, bank.handle(), price_list.handle()};
};

TEST_F(shop_test, a_bank_that_fails_is_left_alone_until_it_is_well) {
  bank.next(reaction::error(caf::sec::runtime_error), 2)
    .otherwise(reaction::answer(string{"receipt"}));
  EXPECT_TRUE(pay(42).is(caf::sec::runtime_error));
  EXPECT_TRUE(pay(42).is(caf::sec::runtime_error));
  EXPECT_TRUE(pay(42).is(errc::circuit_open));
  EXPECT_EQ(bank.requests(), 2u);

  auto waited =
    env.run_until(uut.runtime, "payments", circuit_state::half_open, 1h);
  EXPECT_EQ(waited, 30s);
  EXPECT_EQ(pay(42).value(), "receipt");
  EXPECT_EQ(uut.runtime.status_of("payments").state, circuit_state::closed);
}

TEST_F(shop_test, a_bank_that_hangs_holds_nobody_longer_than_30_s) {
  bank.next(reaction::silence());
  auto payment = pay(42);
  EXPECT_TRUE(payment.pending());
  env.advance(1min);
  EXPECT_TRUE(payment.is(errc::timed_out));
  EXPECT_EQ(payment.took(), 30s);
}

TEST_F(shop_test, without_prices_customers_are_sent_to_the_counter) {
  rs::test::force_open(uut.runtime, "prices");
  auto price = env.ask<string>(uut.prices, string{"tea"});
  EXPECT_EQ(price.value(), "ask at the counter");
  EXPECT_EQ(price_list.requests(), 0u);
}

} // namespace
