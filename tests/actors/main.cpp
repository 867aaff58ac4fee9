// Message types must be known before the first actor system.
#include "support/actors.hpp"

#include <caf/io/all.hpp>

#include <gtest/gtest.h>

int main(int argc, char** argv) {
  resilience::init<caf::id_block::resilience_test>();
  resilience::compat::init_module<caf::io::middleman>();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
