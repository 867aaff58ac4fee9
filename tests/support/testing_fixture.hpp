// What tests of the testing support start from: an environment that knows types
// of an application, and a target.
#pragma once

#include "resilience/testing/testing.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace resilience::test {

/// What only this program knows: the types of an application.
struct beat {};

template <class Inspector>
auto inspect(Inspector& f, beat& x) {
  return compat::fields(f, x, "beat");
}

} // namespace resilience::test

CAF_BEGIN_TYPE_ID_BLOCK(testing_test, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(testing_test, (resilience::test::beat))
CAF_END_TYPE_ID_BLOCK(testing_test)

namespace resilience::test {

using namespace std::chrono_literals;

using text = std::string;

class testing_support : public testing::Test {
public:
  answer<int32_t> ask(int32_t x = 1) {
    return env.ask<int32_t>(bank.handle(), x);
  }

  environment env{types<caf::id_block::testing_test>};
  scripted_target bank{env.sys};
};

} // namespace resilience::test
