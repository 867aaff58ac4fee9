#include "cast.hpp"

#include "caller.hpp"
#include "http_actor.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <thread>

namespace outage {

namespace {

// Writes transitions down; with a database only those that are in it.
class observer : public resilience::compat::actor_base {
public:
  observer(caf::actor_config& cfg, resilience::supervisor_actor whom,
           bool durable_only, std::shared_ptr<scoreboard> board)
    : resilience::compat::actor_base(cfg), supervisor_(std::move(whom)),
      durable_only_(durable_only), board_(std::move(board)) {}

  caf::behavior make_behavior() override {
    auto* self = this;
    resilience::compat::request(
      self, supervisor_, caf::infinite,
      resilience::subscribe_events{.durable_only = durable_only_})
      .then([](const resilience::supervisor_status&) {});
    return {
      [this](const resilience::event_batch& x) {
        for (const auto& event : x.events)
          board_->changed(event);
      },
    };
  }

  void on_exit() override {
    supervisor_ = nullptr;
  }

private:
  resilience::supervisor_actor supervisor_;
  bool durable_only_;
  std::shared_ptr<scoreboard> board_;
};

void send_exit(const caf::actor& to) {
  if (to)
    caf::anon_send_exit(to, caf::exit_reason::user_shutdown);
}

} // namespace

cast::cast(caf::actor_system& sys, const setup& how,
           std::shared_ptr<scoreboard> board)
  : board_(std::move(board)) {
  runtime_.emplace(sys, how.runtime);
  http_ = sys.spawn<http_actor>(how.url, how.client_timeout, board_);
  target_ = guard(how);
  if (how.kind != run_kind::bare)
    observer_ = sys.spawn<observer>(runtime_->supervisor(),
                                    !how.runtime.database.empty(), board_);
  auto gap = duration{std::chrono::seconds{1}} / how.rate;
  for (int i = 0; i < callers; ++i)
    callers_.push_back(
      sys.spawn<caller>(target_, board_, i * gap, callers * gap));
}

cast::~cast() {
  end();
  send_exit(observer_);
  for (const auto& x : callers_)
    send_exit(x);
}

void cast::begin_asking() {
  for (const auto& x : callers_)
    resilience::compat::anon_post(x, begin{});
}

void cast::halt_asking() {
  for (const auto& x : callers_)
    resilience::compat::anon_post(x, halt{});
}

bool cast::end() {
  halt_asking();
  runtime_.reset();
  send_exit(http_);
  auto until = clock::now() + std::chrono::seconds{2};
  while (board_->total().in_flight > 0 && clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  return board_->total().in_flight == 0;
}

caf::actor cast::guard(const setup& how) {
  switch (how.kind) {
    case run_kind::bare:
      return http_;
    case run_kind::guarded:
      return runtime_->guard(http_, how.guard);
    default:
      return runtime_->guard(
        http_, how.guard,
        {.fallback = resilience::fallback::value(page{kept_page})});
  }
}

} // namespace outage
