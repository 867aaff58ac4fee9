#include "resilience/sync/retry_sync.hpp"

#include <thread>

namespace resilience {

namespace {

policy checked(const retry_config& cfg) {
  if (auto found = validate(cfg); !found.empty())
    throw invalid_config_error{found};
  policy result;
  result.retry = cfg;
  return result;
}

} // namespace

retrier::retrier(const retry_config& cfg, retry_sync_hooks x)
  : machines_(checked(cfg)), hooks_(std::move(x)) {}

bool retrier::try_again(course& way, const failure_facts& what,
                        const std::exception_ptr& thrown) {
  way.report.retry_after = what.hint;
  if (!allows(what, thrown)) {
    way.report.why = retry_stop::not_retryable;
    return false;
  }
  auto next = machines_.decide(
    {way.report.attempts, way.delay, what.hint, time_point::max()}, now());
  way.report.why = next.stop.value_or(retry_stop::attempts);
  way.delay = next.delay;
  return !next.stop;
}

bool retrier::allows(const failure_facts& what,
                     const std::exception_ptr& thrown) {
  if (what.rejected || !machines_.may_retry(what.id()))
    return false;
  if (!thrown || !hooks_.retry_if)
    return true;
  try {
    return hooks_.retry_if(thrown);
  } catch (...) {
    return false;
  }
}

time_point retrier::now() const {
  return hooks_.now ? hooks_.now() : clock::now();
}

void retrier::sleep(duration x) const {
  if (hooks_.sleep)
    hooks_.sleep(x);
  else
    std::this_thread::sleep_for(x);
}

} // namespace resilience
