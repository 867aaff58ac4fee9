#include "resilience/actors/arena_round.hpp"

#include "resilience/actors/error.hpp"

#include <utility>

namespace resilience {

namespace {

// Whether a guard has turned the round away: the agent was not asked. That the
// guard has ended is a failure, also of calls under way.
bool says_not_asked(const caf::error& e) {
  auto code = code_of(e);
  return is_rejection(code) && code != errc::shutting_down && !retries_of(e);
}

} // namespace

arena_round::arena_round(uint64_t number, std::vector<seat> seats,
                         size_t quorum, time_point deadline,
                         caf::response_promise asker)
  : number_(number), machine_(seats.size(), quorum, deadline),
    seats_(std::move(seats)), asker_(std::move(asker)) {}

bool arena_round::on_skip(size_t agent, caf::error why) {
  if (!machine_.on_skip(agent))
    return false;
  seats_[agent].why = std::move(why);
  return true;
}

bool arena_round::on_reply(size_t agent, caf::message content, bool by_guard) {
  auto& x = seats_[agent];
  if (auto e = compat::error_in(content)) {
    if (by_guard && says_not_asked(*e))
      return on_skip(agent, *e);
    if (!machine_.on_failure(agent))
      return false;
    x.why = *e;
    return true;
  }
  if (!(by_guard ? machine_.on_failure(agent) : machine_.on_answer(agent)))
    return false;
  x.content = std::move(content);
  x.by_guard = by_guard;
  return true;
}

bool arena_round::on_time(time_point now) {
  std::vector<size_t> silent;
  for (size_t i = 0; i < seats_.size(); ++i)
    if (machine_.of(i) == part::open)
      silent.push_back(i);
  if (!machine_.on_time(now))
    return false;
  for (auto i : silent)
    seats_[i].why =
      make_error(errc::timed_out, seats_[i].circuit, std::string{});
  return true;
}

void arena_round::finish() {
  asker_.deliver(result());
}

void arena_round::fail(caf::error why) {
  asker_.deliver(std::move(why));
}

round_result arena_round::result() {
  round_result out;
  out.number = number_;
  out.end = machine_.end().value();
  for (size_t i = 0; i < seats_.size(); ++i) {
    auto& x = seats_[i];
    switch (machine_.of(i)) {
      case part::answered:
        out.answers.push_back({std::move(x.name), std::move(x.content)});
        break;
      case part::failed:
        if (x.by_guard)
          out.fallbacks.push_back({std::move(x.name), std::move(x.content)});
        else
          out.failures.push_back({std::move(x.name), std::move(x.why)});
        break;
      case part::skipped:
        out.skipped.push_back(
          {std::move(x.name), code_of(x.why), retry_after(x.why)});
        break;
      default:
        out.unheard.push_back(std::move(x.name));
    }
  }
  return out;
}

} // namespace resilience
