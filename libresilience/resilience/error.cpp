#include "resilience/error.hpp"

#include <cstddef>
#include <iterator>

namespace resilience {

namespace {

struct text {
  const char* name;
  const char* sentence;
};

constexpr text texts[] = {
  {"none", "no error"},
  {"circuit_open", "the circuit is open: the upstream failed too often"},
  {"circuit_isolated", "the circuit is isolated and admits nothing"},
  {"half_open_full", "the circuit is probing the upstream and all probes are "
                     "taken"},
  {"overloaded", "the guard holds its limit of requests in flight"},
  {"timed_out", "the target did not answer in time"},
  {"target_down", "the target has terminated, or dropped the request without "
                  "an answer"},
  {"shutting_down", "the guard has ended, or its runtime is going down"},
  {"invalid_config", "a setting is out of range or contradicts another"},
  {"unknown_circuit", "no circuit of this name"},
  {"unknown_permit", "the permit was never granted here, was reported before, "
                     "or has expired"},
  {"limit_reached", "a bounded list is full"},
  {"bulkhead_full", "the bulkhead and its queue are full, or the wait in it "
                    "was too long"},
  {"rate_limited", "more calls than the rate limiter allows"},
  {"store_failed", "the store failed"},
  {"target_stuck", "the target has left its oldest request unanswered for too "
                   "long"},
  {"injected_fault", "the guard made this fault up: its policy asks for chaos"},
};

constexpr text strange = {"unknown_error", "an error code of a newer version"};

const text& text_of(errc x) noexcept {
  auto i = static_cast<size_t>(x);
  return i < std::size(texts) ? texts[i] : strange;
}

} // namespace

const char* to_string(errc x) noexcept {
  return text_of(x).name;
}

const char* sentence(errc x) noexcept {
  return text_of(x).sentence;
}

} // namespace resilience
