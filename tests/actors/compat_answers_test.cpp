// What a handle's type promises. What can go wrong: a caller gets an answer
// that it cannot take.
#include "resilience/actors/all.hpp"
#include "resilience/actors/compat_answers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace resilience::test {

namespace {

TEST(compat_answers, a_message_is_compared_with_what_a_type_promises) {
  using typed = compat::typed_handle<int32_t(int32_t), void(std::string)>;
  EXPECT_TRUE(compat::may_answer<typed>(caf::make_message(int32_t{1})));
  EXPECT_TRUE(compat::may_answer<typed>(caf::message{}));
  EXPECT_FALSE(compat::may_answer<typed>(caf::make_message(int64_t{1})));
  EXPECT_FALSE(compat::may_answer<typed>(caf::make_message(1, 2)));
  EXPECT_TRUE(compat::may_answer<caf::actor>(caf::make_message(1, 2)));
}

} // namespace

} // namespace resilience::test
