// Retry-After: any date that the C library writes reads back, no text harms.
//
// Each run prints its seed; set it in RC_PARAMS to repeat the run.
#include "resilience/retry_after.hpp"

#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <string>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

wall_time at(std::time_t x) {
  return wall_time{std::chrono::seconds{x}};
}

std::string written(const char* form, std::time_t when) {
  std::tm parts{};
  gmtime_r(&when, &parts);
  std::array<char, 64> buf{};
  auto n = std::strftime(buf.data(), buf.size(), form, &parts);
  return {buf.data(), n};
}

RC_GTEST_PROP(retry_after_model, a_date_that_was_written_reads_back, ()) {
  // From 1970 to 2150; a year of two digits reaches fifty years ahead and
  // nearly as far back.
  auto now = *rc::gen::inRange<std::time_t>(0, 5'680'281'600);
  auto delay = *rc::gen::inRange<std::time_t>(0, 49LL * 365 * 24 * 3600);
  auto form =
    *rc::gen::element("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                      "%a %b %e %H:%M:%S %Y");
  RC_ASSERT(parse_retry_after(written(form, now + delay), at(now))
            == duration{std::chrono::seconds{delay}});
  if (now >= delay)
    RC_ASSERT(parse_retry_after(written(form, now - delay), at(now)) == 0s);
}

RC_GTEST_PROP(retry_after_model, no_text_does_harm, ()) {
  // A date with a few bytes changed, or only bytes.
  auto text = *rc::gen::element<std::string>("Sun, 06 Nov 1994 08:49:37 GMT",
                                             "Sunday, 06-Nov-94 08:49:37 GMT",
                                             "Sun Nov  6 08:49:37 1994", "120");
  auto changes = *rc::gen::inRange(0, 4);
  for (int i = 0; i < changes; ++i)
    text[*rc::gen::inRange<size_t>(0, text.size())] =
      *rc::gen::arbitrary<char>();
  for (const auto& x : {text, *rc::gen::arbitrary<std::string>()}) {
    auto delay = parse_retry_after(x, at(784'111'777));
    RC_ASSERT(!delay || *delay >= duration::zero());
    RC_ASSERT(!delay || *delay == duration::max() || *delay % 1s == 0s);
  }
}

} // namespace

} // namespace resilience::test
