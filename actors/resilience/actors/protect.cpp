#include "resilience/actors/protect.hpp"

#include "resilience/actors/services.hpp"

namespace resilience {

faults validate(const protect_options& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

caf::expected<caf::actor> detail::spawn_target(
  runtime& rt, const policy& p, std::shared_ptr<const message_function> f,
  const protect_options& options, const hooks& x, bool takes_empty_answers) {
  auto found = validate(options);
  if (!f)
    found.push_back("the function to protect is null");
  if (!found.empty()) {
    // The guard's faults, too: the user mends all at once.
    for (auto& more : validate(p))
      found.push_back(std::move(more));
    check_hooks(found, p, x, takes_empty_answers);
    return make_error(errc::invalid_config, p.name, to_string(found));
  }
  auto& sys = rt.supervisor().home_system();
  return sys.spawn<function_target>(
    p.name, std::move(f),
    worker_pool::limits{.max_threads = options.max_threads,
                        .max_queue = options.max_queue,
                        .idle_time = options.idle_time});
}

} // namespace resilience
