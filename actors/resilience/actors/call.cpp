#include "resilience/actors/call.hpp"

#include "resilience/actors/chain.hpp"

namespace resilience {

namespace {

/// What `to_error` put into an error; null for any other.
const std::string* text_in(const caf::error& e) {
  if (!compat::failed(e) || e != caf::sec::runtime_error)
    return nullptr;
  const auto& context = e.context();
  auto alone =
    context.size() == 1
    || (context.size() == 2 && context.match_element<retry_report>(1));
  return alone && context.match_element<std::string>(0)
           ? &context.get_as<std::string>(0)
           : nullptr;
}

bool is_about_circuit(errc x) {
  return x == errc::circuit_open || x == errc::circuit_isolated
         || x == errc::half_open_full;
}

} // namespace

call_error::call_error(caf::error e, const std::string& text)
  : std::runtime_error(text), error_(std::move(e)) {}

failure_facts call_error::facts() const {
  return error_traits<caf::error>::facts(error_);
}

std::string text_of(caf::actor_system& sys, const caf::error& e) {
  auto text = text_in(e);
  return text != nullptr ? *text : compat::render(sys, e);
}

void throw_call_error(caf::error e, const std::string& text) {
  if (is_about_circuit(code_of(e)))
    throw circuit_open_error{std::move(e), text};
  throw call_error{std::move(e), text};
}

caf::error to_error(const std::exception_ptr& x) {
  try {
    std::rethrow_exception(x);
  } catch (const call_error& e) {
    if (compat::failed(e.error()))
      return e.error();
  } catch (const errc_error& e) {
    return make_error(e.code(), std::string{}, std::string{e.what()});
  } catch (...) {
    // Its text follows.
  }
  return caf::make_error(caf::sec::runtime_error, text_of(x));
}

failure_facts error_traits<caf::error>::facts(const caf::error& e) {
  if (!compat::failed(e))
    return {"error"};
  auto text = text_in(e);
  return {compat::category_name(e), e.code(),
          compat::code_name(e),     retry_after(e),
          is_rejection(code_of(e)), text != nullptr ? *text : detail_of(e)};
}

caf::error error_traits<caf::error>::reported(caf::error e,
                                              const retry_report& x) {
  return compat::failed(e) ? with_report(std::move(e), x) : e;
}

caf::error detail::refusal(const caf::strong_actor_ptr& whom) {
  if (!whom)
    return make_error(errc::invalid_config, {},
                      std::string{"the handle is "
                                  "null"});
  auto* before = breaker_of(whom);
  return before != nullptr && before->ended()
           ? make_error(errc::shutting_down,
                        before->circuit_ptr()->machine().name(), std::string{})
           : caf::error{};
}

} // namespace resilience
