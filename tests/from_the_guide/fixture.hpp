// What the lines of docs/from-the-guide.md stand in: a runtime, something to
// guard, and names for what the guide's examples call.
//
// Each line of the document stands in one of the sources beside this file as it
// is, runs there, and is followed by what it must have done.
#pragma once

#include "support/real_system.hpp"

#include <resilience/actors/all.hpp>
#include <resilience/testing/testing.hpp>

#include <gtest/gtest.h>

#include <string>

namespace resilience::test {

using namespace std::chrono_literals;

/// In virtual time, so that nothing waits.
class guide : public testing::Test {
public:
  environment env;
  caf::actor_system& sys = env.sys;
  runtime rt{sys};
  scripted_target target{sys, reaction::answer(std::string{"fresh"})};
  caf::actor service = target.handle();
};

/// With real threads, for calls that block.
class guide_threads : public testing::Test {
public:
  static void SetUpTestSuite() {
    init();
  }

  real_system env;
  caf::actor_system& sys = env.sys;
  runtime rt{sys};
  scripted_target target{sys, reaction::answer(std::string{"fresh"})};
  caf::actor service = target.handle();
};

} // namespace resilience::test
