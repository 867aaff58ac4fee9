// Sees every named circuit of a runtime: answers for all of them, passes their
// transitions on to subscribers and to the journal, and has changed circuits
// saved from time to time.
//
// Spawned by the runtime, on CAF's scheduler. The writer writes for it; it
// waits for the store only where somebody asks for a circuit that nothing in
// memory knows. No call path waits for it: circuits write to the event log. It
// ends with the runtime, and with nobody who is linked to it.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/controls.hpp"
#include "resilience/actors/event_feed.hpp"
#include "resilience/actors/overview.hpp"
#include "resilience/actors/registry.hpp"
#include "resilience/actors/runtime_options.hpp"
#include "resilience/actors/services.hpp"
#include "resilience/actors/supervisor_messages.hpp"
#include "resilience/actors/ticker.hpp"
#include "resilience/store/journal.hpp"

#include <caf/response_promise.hpp>
#include <caf/result.hpp>

#include <map>
#include <memory>

namespace resilience {

class supervisor : public compat::actor_base {
public:
  /// What it watches over; all shared with the runtime.
  struct surroundings {
    std::shared_ptr<services> common;
    std::shared_ptr<ticker> timer;
    std::shared_ptr<registry> circuits;
    std::shared_ptr<controls> handles;
    std::shared_ptr<overview> view;
    std::shared_ptr<journal> memory;
    caf::actor writer;
    runtime_options options;
  };

  supervisor(caf::actor_config& cfg, surroundings around);

  const char* name() const override;

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  struct subscriber {
    caf::actor handle;
    event_feed feed;
    /// False: it has left, but a batch is out.
    bool active = true;
  };

  using subscribers = std::map<caf::actor_addr, subscriber>;

  // -- events -----------------------------------------------------------------

  void on_events();
  static void offer(const event_log::harvest& news, event_feed& to);
  caf::result<supervisor_status> on_subscribe(const subscribe_events& x);
  /// Whether no other but a relay may subscribe.
  bool is_full() const;
  supervisor_status on_unsubscribe();
  void on_ended(const caf::actor_addr& who);
  void forget(subscribers::iterator who);
  void feed_all();
  void feed(subscriber& x);

  // -- saving -----------------------------------------------------------------

  void on_tick();
  void flush();
  void on_flushed(uint64_t durable);
  caf::result<supervisor_status> on_persist();
  caf::result<circuit_history> on_history(const get_history& x);

  // -- answers that the writer has to give first ------------------------------

  /// A number of its own, and the circuit that it is about.
  using debt = std::pair<uint64_t, std::string>;

  debt owe(const std::string& about);
  template <class T>
  void pay(const debt& x, T answer);

  // -- all circuits -----------------------------------------------------------

  caf::result<std::string> on_explain(const std::string& name);
  supervisor_status on_status();
  supervisor_status status() const;

  surroundings around_;
  subscribers subscribers_;
  std::map<debt, caf::response_promise> owed_;
  uint64_t last_debt_ = 0;
  uint64_t events_ = 0;
  uint64_t events_dropped_ = 0;
  /// Number of the last transition that is durable.
  uint64_t durable_ = 0;
  /// The writer is at it, and whether there is more for it.
  bool flushing_ = false;
  bool flush_again_ = false;
  bool saving_ = false;
  /// When circuits are saved next.
  time_point alarm_ = time_point::min();
};

} // namespace resilience
