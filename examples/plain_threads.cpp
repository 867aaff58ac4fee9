// Retry and timeout around any function, without actors.
#include <resilience/sync/retry_sync.hpp>
#include <resilience/sync/timeout_sync.hpp>

#include <future>
#include <iostream>
#include <memory>
#include <stdexcept>

namespace rs = resilience;
using namespace std::chrono_literals;

namespace {

// Answers at the third time.
int ask_price() {
  static int asked = 0;
  if (++asked < 3)
    throw std::runtime_error("the exchange is busy");
  return 42;
}

void try_again() {
  rs::retry_report told;
  auto price =
    rs::retry_sync({.max_attempts = 5, .backoff = {.initial_delay = 10ms}},
                   ask_price, {}, &told);
  std::cout << price << " after " << told.attempts << " attempts\n";
}

void give_up() {
  // It hangs for as long as nobody says a word.
  auto word = std::make_shared<std::promise<int>>();
  auto hang = [word] { return word->get_future().get(); };
  try {
    rs::timeout_sync(10ms, hang);
  } catch (const rs::errc_error& e) {
    std::cout << to_string(e.code()) << '\n';
  }
  word->set_value(1);
}

} // namespace

int main() {
  try_again();
  give_up();
}
