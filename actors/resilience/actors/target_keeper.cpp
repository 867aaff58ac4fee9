#include "resilience/actors/target_keeper.hpp"

#include "resilience/exception_text.hpp"

#include <caf/exit_reason.hpp>

#include <exception>

namespace resilience {

target_keeper::~target_keeper() = default;

bool target_keeper::brings_first() const noexcept {
  return false;
}

uint64_t target_keeper::restarts() const noexcept {
  return adopted_.load(std::memory_order_relaxed);
}

void target_keeper::on_adopted(time_point) {
  adopted_.fetch_add(1, std::memory_order_relaxed);
}

void target_keeper::on_begin(time_point) {}

void target_keeper::after_end(const ending&) {}

bool target_keeper::is_due(time_point) const {
  return false;
}

caf::strong_actor_ptr target_keeper::start(caf::actor_system&, std::string&) {
  return nullptr;
}

bool target_keeper::on_reset() {
  return false;
}

void target_keeper::configure(const policy&) {}

void target_keeper::describe_into(policy&) const {}

void target_keeper::on_guard_end(const caf::strong_actor_ptr&) {}

void check_restart(faults& out, const policy& p, const target_keeper* x) {
  if (x != nullptr)
    x->check(out, p);
  else if (p.restart)
    out.push_back("restart needs a function beside the policy that makes a new "
                  "target");
}

end_kind kind_of_end(const caf::error& reason) {
  auto graceful = !compat::failed(reason) || reason == caf::exit_reason::normal
                  || reason == caf::exit_reason::user_shutdown;
  return graceful ? end_kind::graceful : end_kind::failed;
}

caf::strong_actor_ptr start_target(services& common, caf::actor_system& sys,
                                   const respawn_function& make,
                                   std::string& fault) {
  start_gate::pass pass{common.starts};
  if (!pass) {
    fault = "the runtime has ended";
    return nullptr;
  }
  try {
    auto result = caf::actor_cast<caf::strong_actor_ptr>(make(sys));
    if (!result)
      fault = "the function that makes a new actor returned none";
    return result;
  } catch (...) { // of the user's
    fault = "the function that makes a new actor threw: "
            + text_of(std::current_exception());
  }
  return nullptr;
}

} // namespace resilience
