// The actor behind a guard whose target is a function: runs it on threads of
// its own, never on those of the scheduler.
//
// It intercepts requests as a guard does: they go from the caller's thread
// straight to the pool. What all threads and the queue cannot take is answered
// with `overloaded` at once. A request that its guard has given up by the time
// a thread is free is not run.
//
// `enqueue` runs on any thread. A function that never returns outlives this
// actor and its system: its job lets go of its caller when the actor ends.
#pragma once

#include "resilience/actors/compat_actors.hpp"
#include "resilience/actors/compat_elements.hpp"
#include "resilience/sync/worker_pool.hpp"

#include <memory>
#include <string>

namespace resilience {

/// A function as messages see it. Called by several threads at once.
class message_function {
public:
  virtual ~message_function() = default;

  /// Whether a message holds the arguments.
  virtual bool takes(caf::mailbox_element& element) const = 0;

  /// The answer, or an error; never throws.
  virtual caf::message call(const caf::message& arguments) const noexcept = 0;
};

class function_target : public compat::actor_base {
public:
  /// @param circuit for the texts of errors.
  function_target(caf::actor_config& cfg, std::string circuit,
                  std::shared_ptr<const message_function> f,
                  const worker_pool::limits& limits);

  ~function_target() override;

  // 0.17 has an overload with four arguments.
  using compat::actor_base::enqueue;

  compat::enqueue_result enqueue(caf::mailbox_element_ptr ptr,
                                 compat::scheduler* via) override;

  const char* name() const override;

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  class job;

  caf::error refused(worker_pool::verdict why) const;

  const std::string circuit_;
  const std::shared_ptr<const message_function> f_;
  const worker_pool::limits limits_;
  worker_pool pool_;
};

} // namespace resilience
