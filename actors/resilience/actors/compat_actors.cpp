#include "resilience/actors/compat_actors.hpp"

#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/result.hpp>

namespace resilience::compat {

#if RESILIENCE_CAF_017

caf::behavior actor_base::frequent_and_rare(
  caf::message_handler frequent, std::function<caf::message_handler()> rare) {
  set_default_handler([make = std::move(rare)](
                        caf::scheduled_actor* self,
                        caf::message_view& msg) -> caf::result<caf::message> {
    if (auto result = make()(msg.content()))
      return std::move(*result);
    return caf::print_and_drop(self, msg);
  });
  return frequent;
}

namespace {

// Takes any answer. CAF's own handlers name the types that they take.
class answer_handler : public caf::detail::behavior_impl {
public:
  using function = std::function<void(caf::message&)>;

  explicit answer_handler(function f) : f_(std::move(f)) {}

  // Without a result CAF would take it for no match and come again.
  caf::match_case::result invoke(caf::detail::invoke_result_visitor& visitor,
                                 caf::type_erased_tuple& xs) override {
    auto answer = caf::message::copy(xs);
    f_(answer);
    visitor(caf::unit);
    return caf::match_case::match;
  }

private:
  function f_;
};

} // namespace

void actor_base::request_any(const caf::actor& to, caf::timespan timeout,
                             const caf::message& content,
                             std::function<void(caf::message&)> f) {
  auto id = new_request_id(caf::message_priority::normal);
  caf::message_handler::impl_ptr handler{new answer_handler(std::move(f)),
                                         false};
  add_multiplexed_response_handler(
    id.response_id(), caf::behavior{caf::message_handler{std::move(handler)}});
  if (timeout != caf::timespan::max())
    request_response_timeout(caf::duration{timeout}, id);
  to->enqueue(caf::make_mailbox_element(ctrl(), id, {}, content), context());
}

#else

caf::behavior actor_base::frequent_and_rare(
  caf::message_handler frequent, std::function<caf::message_handler()> rare) {
  return frequent.or_else(rare());
}

void actor_base::request_any(const caf::actor& to, caf::timespan timeout,
                             const caf::message& content,
                             std::function<void(caf::message&)> f) {
  auto on_error = [f](caf::error& e) {
    auto answer = caf::make_message(std::move(e));
    f(answer);
  };
  mail(content)
    .request(to, timeout)
    .then([f = std::move(f)](caf::message& answer) { f(answer); },
          std::move(on_error));
}

#endif

} // namespace resilience::compat
