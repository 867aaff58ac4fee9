#include "resilience/sync/timeout_sync.hpp"

#include <algorithm>

namespace resilience::detail {

namespace {

constexpr int32_t most_functions = 256;

// One for the process: who hangs is counted whoever asked. A thread leaves at
// once when its function has returned.
worker_pool& threads() {
  static worker_pool result{{.max_threads = most_functions}};
  return result;
}

} // namespace

duration limit_of(const timeout_config& cfg, bool has_none, bool has_default) {
  auto found = validate(cfg);
  if (cfg.on_timeout == timeout_action::return_none && !has_none)
    found.push_back("timeout.on_timeout must not be return_none: the result is "
                    "neither void nor optional");
  if (cfg.on_timeout == timeout_action::return_default && !has_default)
    found.push_back("timeout.on_timeout is return_default and needs a default "
                    "value");
  if (!found.empty())
    throw invalid_config_error{found};
  return std::min(cfg.limit, cfg.total.value_or(duration::max()));
}

void run_apart(std::shared_ptr<worker_pool::job> what) {
  using verdict = worker_pool::verdict;
  switch (threads().submit(std::move(what))) {
    case verdict::taken:
      return;
    case verdict::no_thread:
      throw errc_error{errc::overloaded, "the system gives no thread"};
    default:
      throw errc_error{errc::overloaded,
                       std::to_string(most_functions)
                         + " functions with a time limit run"};
  }
}

errc_error took_longer(duration limit) {
  return errc_error{errc::timed_out,
                    "the function took longer than " + to_string(limit)};
}

} // namespace resilience::detail
