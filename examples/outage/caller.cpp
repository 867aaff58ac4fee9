#include "caller.hpp"

namespace outage {

namespace {

using resilience::clock;

// Also how much later than planned a request may be sent.
constexpr auto beat_gap = std::chrono::milliseconds{5};

answer_kind kind_of(const caf::error& e) {
  auto code = resilience::code_of(e);
  if (resilience::is_rejection(code))
    return answer_kind::rejected;
  if (code == resilience::errc::timed_out)
    return answer_kind::guard_timeout;
  if (e == caf::sec::request_timeout)
    return answer_kind::client_timeout;
  return answer_kind::refused;
}

} // namespace

caller::caller(caf::actor_config& cfg, caf::actor upstream,
               std::shared_ptr<scoreboard> board, resilience::duration first,
               resilience::duration gap)
  : resilience::compat::actor_base(cfg), upstream_(std::move(upstream)),
    board_(std::move(board)), first_(first), gap_(gap) {}

caf::behavior caller::make_behavior() {
  return {
    [this](begin) {
      asking_ = true;
      next_ = clock::now() + first_;
      on_beat();
    },
    [this](beat) { on_beat(); },
    [this](halt) { asking_ = false; },
  };
}

void caller::on_exit() {
  upstream_ = nullptr;
}

void caller::on_beat() {
  if (!asking_)
    return;
  for (auto now = clock::now(); next_ <= now; next_ += gap_)
    ask();
  post_self_after(beat_gap, beat{});
}

void caller::ask() {
  auto asked = clock::now();
  board_->asked();
  auto* self = this;
  resilience::compat::request(self, upstream_, caf::infinite, fetch{})
    .then(
      [this, asked](const page& x) {
        board_->answered(asked, clock::now(),
                         x.body == kept_page ? answer_kind::fallback
                                             : answer_kind::ok);
      },
      [this, asked](const caf::error& e) {
        board_->answered(asked, clock::now(), kind_of(e));
      });
}

} // namespace outage
