#include "resilience/actors/held_permit.hpp"

#include "resilience/actors/chain.hpp"
#include "resilience/actors/runtime.hpp"

#include <exception>

namespace resilience {

held_permit::held_permit(caf::strong_actor_ptr of, breaker& giver, uint64_t id,
                         duration lease)
  : of_(std::move(of)), giver_(&giver), id_(id), lease_(lease),
    exceptions_(std::uncaught_exceptions()) {}

held_permit::held_permit(held_permit&& other) noexcept
  : of_(std::move(other.of_)), giver_(other.giver_), id_(other.id_),
    lease_(other.lease_), exceptions_(std::uncaught_exceptions()) {
  other.of_ = nullptr;
}

held_permit& held_permit::operator=(held_permit&& other) noexcept {
  if (this == &other)
    return *this;
  drop();
  of_ = std::exchange(other.of_, nullptr);
  giver_ = other.giver_;
  id_ = other.id_;
  lease_ = other.lease_;
  exceptions_ = std::uncaught_exceptions();
  return *this;
}

held_permit::~held_permit() {
  drop();
}

bool held_permit::success() {
  return report(outcome::success, {});
}

bool held_permit::failure(std::string why) {
  return report(outcome::failure, why.empty() ? "reported by the permit's "
                                                "holder"
                                              : std::move(why));
}

bool held_permit::neutral() {
  return report(outcome::neutral, {});
}

bool held_permit::report(outcome what, std::string why) {
  auto of = std::exchange(of_, nullptr);
  // Of a breaker that has ended nothing else may be asked.
  return of && !giver_->ended()
         && giver_->take_back(id_, what, std::move(why)).value_or(false);
}

void held_permit::drop() noexcept {
  if (!of_)
    return;
  try {
    if (std::uncaught_exceptions() > exceptions_)
      failure("an exception ended the work");
    else
      neutral();
  } catch (...) {
    // No memory for the word: the lease ends the permit.
  }
}

caf::expected<held_permit> acquire_permit(const control_actor& of) {
  auto ptr = caf::actor_cast<caf::strong_actor_ptr>(of);
  auto refused = detail::refusal(ptr);
  if (compat::failed(refused))
    return refused;
  auto* giver = breaker_of(ptr);
  if (giver == nullptr)
    return make_error(errc::invalid_config, {},
                      std::string{"the actor is no guard or breaker of this "
                                  "process"});
  auto given = giver->grant();
  if (!given)
    return std::move(given.error());
  return held_permit{std::move(ptr), *giver, given->id, given->lease};
}

caf::expected<held_permit> acquire_permit(runtime& rt,
                                          std::string_view circuit) {
  auto of = rt.try_control(circuit);
  if (!of)
    return std::move(of.error());
  return acquire_permit(*of);
}

held_permit detail::permit_or_throw(const control_actor& of) {
  auto result = acquire_permit(of);
  if (result)
    return std::move(*result);
  auto& e = result.error();
  auto text = circuit_of(e).empty() ? std::string{}
                                    : "circuit \"" + circuit_of(e) + "\": ";
  text += sentence(code_of(e));
  if (auto more = detail_of(e); !more.empty())
    text += ": " + more;
  throw_call_error(std::move(e), text);
}

void detail::report_failure(held_permit& permit, const failure_facts& what,
                            std::string why) {
  if (what.rejected)
    permit.neutral();
  else
    permit.failure(std::move(why));
}

} // namespace resilience
