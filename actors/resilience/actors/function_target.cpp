#include "resilience/actors/function_target.hpp"

#include "resilience/actors/compat_opaque.hpp"
#include "resilience/actors/error.hpp"
#include "resilience/actors/inherited_deadline.hpp"
#include "resilience/actors/messages.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>

#include <utility>

namespace resilience {

namespace {

// In no actor's name: the target may be on its way out.
void answer(const caf::strong_actor_ptr& to, caf::message_id id,
            caf::message content, compat::scheduler* via) {
  if (to && id.is_request())
    to->get()->enqueue(
      compat::make_element(nullptr, id.response_id(), std::move(content)), via);
}

} // namespace

class function_target::job : public worker_pool::job {
public:
  job(std::shared_ptr<const message_function> f, caf::actor_clock& timer,
      caf::strong_actor_ptr who, caf::message_id id, caf::message arguments,
      time_point latest)
    : f_(std::move(f)), clock_(timer), who_(std::move(who)), id_(id),
      arguments_(std::move(arguments)), latest_(latest) {}

  bool wanted() noexcept override {
    return latest_ == time_point::max() || clock_.now() < latest_;
  }

  void run() noexcept override {
    answer_ = f_->call(arguments_);
  }

  void tell() noexcept override {
    // The caller may be the last who knows a guard: it ends here, if at all.
    auto who = std::exchange(who_, nullptr);
    answer(who, id_, std::move(answer_), nullptr);
  }

  void abandon() noexcept override {
    who_ = nullptr;
  }

private:
  const std::shared_ptr<const message_function> f_;
  caf::actor_clock& clock_;
  caf::strong_actor_ptr who_;
  const caf::message_id id_;
  const caf::message arguments_;
  const time_point latest_;
  caf::message answer_;
};

function_target::function_target(caf::actor_config& cfg, std::string circuit,
                                 std::shared_ptr<const message_function> f,
                                 const worker_pool::limits& limits)
  : compat::actor_base(cfg), circuit_(std::move(circuit)), f_(std::move(f)),
    limits_(limits), pool_(limits) {}

function_target::~function_target() = default;

compat::enqueue_result function_target::enqueue(caf::mailbox_element_ptr ptr,
                                                compat::scheduler* via) {
  auto latest = inherited_deadline::take();
  if (ptr->mid.is_response() || compat::has_stages(*ptr) || !f_->takes(*ptr))
    return compat::actor_base::enqueue(std::move(ptr), via);
  auto who = std::move(ptr->sender);
  auto id = ptr->mid;
  auto verdict = pool_.submit(
    std::make_shared<job>(f_, system().clock(), who, id,
                          compat::unpack_request(*ptr).content, latest));
  if (verdict != worker_pool::verdict::taken)
    answer(who, id, caf::make_message(refused(verdict)), via);
  return RESILIENCE_ENQUEUED;
}

const char* function_target::name() const {
  return "resilience.function";
}

// For what does not hold the arguments: CAF answers `unexpected_message`.
caf::behavior function_target::make_behavior() {
  return {[](tick) {}};
}

void function_target::on_exit() {
  pool_.close();
}

caf::error function_target::refused(worker_pool::verdict why) const {
  switch (why) {
    case worker_pool::verdict::closed:
      return make_error(errc::target_down, circuit_, std::string{});
    case worker_pool::verdict::no_thread:
      return make_error(errc::overloaded, circuit_,
                        std::string{"the system gives no thread"});
    default:
      return make_error(
        errc::overloaded, circuit_,
        std::to_string(pool_.now().threads) + " threads are busy and "
          + std::to_string(limits_.max_queue) + " calls wait for one");
  }
}

} // namespace resilience
