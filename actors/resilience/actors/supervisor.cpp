#include "resilience/actors/supervisor.hpp"

#include "resilience/actors/error.hpp"
#include "resilience/actors/metrics_relay.hpp"
#include "resilience/explain.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

namespace {

// Adds one to the counter of `state`.
void count(supervisor_status& into, circuit_state state) {
  switch (state) {
    case circuit_state::closed:
      ++into.closed;
      break;
    case circuit_state::open:
      ++into.open;
      break;
    case circuit_state::half_open:
      ++into.half_open;
      break;
    case circuit_state::isolated:
      ++into.isolated;
      break;
    case circuit_state::disabled:
      ++into.disabled;
  }
}

// The application's own callback for metrics: whoever else listens takes it no
// place.
bool is_relay(const caf::actor& x) {
  return dynamic_cast<metrics_relay*>(caf::actor_cast<caf::abstract_actor*>(x))
         != nullptr;
}

caf::result<caf::actor> result_of(caf::expected<caf::actor> x) {
  if (!x)
    return x.error();
  return std::move(*x);
}

} // namespace

supervisor::supervisor(caf::actor_config& cfg, surroundings around)
  : compat::actor_base(cfg), around_(std::move(around)) {}

const char* supervisor::name() const {
  return "resilience.supervisor";
}

caf::behavior supervisor::make_behavior() {
  using how = registry::on_difference;
  on_tick(); // sets the first alarm
  caf::message_handler handlers{
    [this](events_waiting) { on_events(); },
    [this](tick x) {
      // Others may send ticks: they set no alarm beside ours.
      if (time_point{duration{x.due}} == alarm_)
        on_tick();
    },
    [this](const actor_ended& x) { on_ended(x.who); },
    [this](const ensure_breaker& x) -> caf::result<caf::actor> {
      return result_of(around_.handles->ensure(
        x.value, x.replace ? how::replace : how::refuse));
    },
    [this](const find_circuit& x) -> caf::result<caf::actor> {
      return result_of(around_.handles->find(x.name));
    },
    [this](list_circuits) { return circuit_names{around_.circuits->names()}; },
    [this](get_all_status) { return all_status{around_.view->status()}; },
    [this](get_all_metrics) { return all_metrics{around_.view->metrics()}; },
    [this](reset_all) { return around_.view->reset_all(); },
    [this](const explain_circuit& x) { return on_explain(x.name); },
    [this](const subscribe_events& x) { return on_subscribe(x); },
    [this](unsubscribe_events) { return on_unsubscribe(); },
    [this](const get_summary& x) { return around_.view->health(x.view); },
    [this](const get_history& x) { return on_history(x); },
    [this](persist_now) { return on_persist(); },
    [this](get_supervisor_status) { return on_status(); },
  };
  return handlers.or_else(outlive_links());
}

void supervisor::on_exit() {
  around_.common->events->send_to(nullptr);
  while (!subscribers_.empty())
    forget(subscribers_.begin());
  around_.writer = nullptr;
  for (auto& kvp : std::exchange(owed_, {}))
    kvp.second.deliver(
      make_error(errc::shutting_down, kvp.first.second, std::string{}));
}

// -- events -------------------------------------------------------------------

void supervisor::on_events() {
  auto news = around_.common->events->take(*around_.memory);
  events_ += news.events.size();
  events_dropped_ += news.dropped;
  for (auto& kvp : subscribers_)
    if (kvp.second.active)
      offer(news, kvp.second.feed);
  feed_all();
  flush();
}

void supervisor::offer(const event_log::harvest& news, event_feed& to) {
  for (const auto& x : news.events)
    to.offer(x.event, x.number);
  for (const auto& x : news.health)
    to.offer(x);
  to.count_dropped(news.dropped);
}

caf::result<supervisor_status>
supervisor::on_subscribe(const subscribe_events& x) {
  auto fault = [](std::string text) {
    return make_error(errc::invalid_config, std::string{}, std::move(text));
  };
  auto who = caf::actor_cast<caf::actor>(current_sender());
  if (!who)
    return fault("a subscriber must be an actor");
  if (x.capacity < 1 || x.capacity > 1'000'000)
    return fault("capacity must be between 1 and 1000000, is "
                 + std::to_string(x.capacity));
  if (x.filter.names.size() > 1'024)
    return fault("filter.names must have at most 1024 entries, has "
                 + std::to_string(x.filter.names.size()));
  auto addr = who.address();
  if (auto i = subscribers_.find(addr); i != subscribers_.end()) {
    i->second.active = true;
    i->second.feed.change(x);
    return status();
  }
  if (!is_relay(who) && is_full())
    return make_error(errc::limit_reached, std::string{},
                      std::to_string(around_.options.max_subscribers)
                        + " subscribers");
  subscribers_.emplace(addr, subscriber{who, event_feed{x}});
  around_.common->ends->add(caf::actor_cast<caf::strong_actor_ptr>(who),
                            caf::strong_actor_ptr{ctrl()});
  return status();
}

bool supervisor::is_full() const {
  auto others =
    std::count_if(subscribers_.begin(), subscribers_.end(),
                  [](auto& kvp) { return !is_relay(kvp.second.handle); });
  return others >= around_.options.max_subscribers;
}

supervisor_status supervisor::on_unsubscribe() {
  auto who = caf::actor_cast<caf::actor_addr>(current_sender());
  auto i = subscribers_.find(who);
  if (i == subscribers_.end())
    return status();
  // Whoever comes back while a batch is out gets no second one.
  i->second.active = false;
  i->second.feed.clear();
  if (!i->second.feed.is_busy())
    forget(i);
  return status();
}

void supervisor::on_ended(const caf::actor_addr& who) {
  if (auto i = subscribers_.find(who); i != subscribers_.end())
    forget(i);
}

void supervisor::forget(subscribers::iterator who) {
  around_.common->ends->remove(
    caf::actor_cast<caf::actor_control_block*>(who->second.handle), ctrl());
  subscribers_.erase(who);
}

void supervisor::feed_all() {
  for (auto& kvp : subscribers_)
    if (kvp.second.active)
      feed(kvp.second);
}

// The next batch goes out when this one is answered: whoever is slow has one in
// the mailbox, never more.
void supervisor::feed(subscriber& x) {
  auto batch = x.feed.next(durable_);
  if (!batch)
    return;
  auto answered = [this, who = x.handle.address()] {
    auto i = subscribers_.find(who);
    if (i == subscribers_.end())
      return;
    i->second.feed.answered();
    if (i->second.active)
      feed(i->second);
    else
      forget(i);
  };
  auto* self = this;
  // Whatever the answer is, also none that fits.
  compat::request(self, x.handle, caf::infinite, std::move(*batch))
    .then(answered, [answered](const caf::error&) { answered(); });
}

// -- saving -------------------------------------------------------------------

void supervisor::on_tick() {
  alarm_ =
    saturating_add(around_.timer->now(), around_.options.snapshot_interval);
  around_.timer->wake(caf::weak_actor_ptr{ctrl()}, alarm_);
  if (saving_ || !around_.writer)
    return;
  saving_ = true;
  auto* self = this;
  compat::request(self, around_.writer, caf::infinite, save_circuits{})
    .then(
      [this](uint64_t durable) {
        saving_ = false;
        on_flushed(durable);
      },
      // The journal knows what went wrong; the next tick tries again.
      [this](const caf::error&) { saving_ = false; });
}

// One request at a time: what comes meanwhile is written together.
void supervisor::flush() {
  flush_again_ = flushing_;
  if (flushing_ || !around_.writer)
    return;
  flushing_ = true;
  auto* self = this;
  compat::request(self, around_.writer, caf::infinite, flush_journal{})
    .then(
      [this](uint64_t durable) {
        flushing_ = false;
        on_flushed(durable);
        if (flush_again_)
          flush();
      },
      [this](const caf::error&) { flushing_ = false; });
}

void supervisor::on_flushed(uint64_t durable) {
  durable_ = std::max(durable_, durable);
  feed_all();
}

caf::result<supervisor_status> supervisor::on_persist() {
  // What is on its way belongs to "now", too.
  on_events();
  auto answer = owe({});
  auto* self = this;
  compat::request(self, around_.writer, caf::infinite, save_circuits{})
    .then(
      [this, answer](uint64_t durable) {
        on_flushed(durable);
        pay(answer, status());
      },
      [this, answer](caf::error& e) { pay(answer, std::move(e)); });
  return caf::delegated<supervisor_status>{};
}

caf::result<circuit_history> supervisor::on_history(const get_history& x) {
  on_events();
  auto answer = owe(x.name);
  auto* self = this;
  compat::request(self, around_.writer, caf::infinite, x)
    .then([this, answer](circuit_history& y) { pay(answer, std::move(y)); },
          [this, answer](caf::error& e) { pay(answer, std::move(e)); });
  return caf::delegated<circuit_history>{};
}

// -- answers that the writer has to give first --------------------------------

// They are kept here, so that the end of the supervisor finds them.
supervisor::debt supervisor::owe(const std::string& about) {
  debt result{++last_debt_, about};
  owed_.emplace(result, make_response_promise());
  return result;
}

template <class T>
void supervisor::pay(const debt& x, T answer) {
  if (auto promise = owed_.extract(x))
    promise.mapped().deliver(std::move(answer));
}

// -- all circuits -------------------------------------------------------------

caf::result<std::string> supervisor::on_explain(const std::string& name) {
  caf::error error;
  auto x = around_.circuits->find(name, error);
  if (!x)
    return error;
  on_events();
  auto answer = owe(name);
  auto* self = this;
  get_history latest;
  latest.name = name;
  latest.limit = 5;
  compat::request(self, around_.writer, caf::infinite, std::move(latest))
    .then(
      [this, answer, x](const circuit_history& past) {
        std::vector<transition_event> events;
        for (const auto& y : past.entries)
          events.push_back(y.event);
        pay(answer, explain(x->snapshot(), events));
      },
      // Without its history, too, there is something to say.
      [this, answer, x](const caf::error&) {
        pay(answer, explain(x->snapshot(), {}));
      });
  return caf::delegated<std::string>{};
}

supervisor_status supervisor::on_status() {
  // Somebody else may have settled what has been announced already.
  on_events();
  return status();
}

supervisor_status supervisor::status() const {
  supervisor_status result;
  for (const auto& x : around_.circuits->all())
    count(result, x->machine().state());
  result.subscribers = static_cast<uint64_t>(
    std::count_if(subscribers_.begin(), subscribers_.end(),
                  [](const auto& kvp) { return kvp.second.active; }));
  result.events = events_;
  result.events_dropped = events_dropped_;
  auto journal = around_.memory->status();
  result.written = journal.written;
  result.waiting = journal.waiting;
  result.lost = journal.dropped + around_.common->events->refused();
  result.store = std::move(journal.where);
  result.store_fault = std::move(journal.fault);
  result.damaged = journal.damaged;
  result.last_damage = std::move(journal.last_damage);
  return result;
}

} // namespace resilience
