// Circuits by key with small settings, their transitions kept as texts.
#pragma once

#include "resilience/keyed_circuits.hpp"

#include "support/instants.hpp"
#include "support/printing.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace resilience::test {

inline constexpr breaker_config keyed_breaker{
  .failure_threshold = 2, .cooldown = ms(100), .success_threshold = 1};

class keyed_fixture : public ::testing::Test {
protected:
  using circuit_ptr = keyed_circuits::circuit_ptr;

  /// One shard, so that it is plain who is oldest.
  void make(int32_t max_keys, duration idle_after = ms(1000)) {
    uut = keyed_circuits::make(
      {.max_keys = max_keys, .idle_after = idle_after}, keyed_breaker,
      [this](std::string_view key, const transition& x) {
        seen.push_back(std::string{key} + ": " + to_string(x.from) + " to "
                       + to_string(x.to));
      },
      42);
  }

  void call(std::string_view key, outcome what, time_point now) {
    auto c = uut->get_or_make(key, now);
    c->settle(c->admit(now).pass, what, 1ms, now);
  }

  void use(std::string_view key, time_point now) {
    call(key, outcome::success, now);
  }

  void open(std::string_view key, time_point now) {
    call(key, outcome::failure, now);
    call(key, outcome::failure, now);
    ASSERT_EQ(uut->find(key)->state(), circuit_state::open);
  }

  bool has(std::string_view key) const {
    return uut->find(key) != nullptr;
  }

  /// The keys of the list, in its order.
  std::vector<std::string> keys(size_t offset = 0, size_t limit = 1000) const {
    std::vector<std::string> result;
    for (const auto& x : uut->list(offset, limit))
      result.push_back(x->name());
    return result;
  }

  std::shared_ptr<keyed_circuits> uut;
  std::vector<std::string> seen;
};

} // namespace resilience::test
