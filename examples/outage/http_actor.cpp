#include "http_actor.hpp"

namespace outage {

http_actor::http_actor(caf::actor_config& cfg, std::string url,
                       std::chrono::milliseconds limit,
                       std::shared_ptr<scoreboard> board)
  : resilience::compat::actor_base(cfg), url_(std::move(url)), limit_(limit),
    board_(std::move(board)) {}

caf::behavior http_actor::make_behavior() {
  // A response promise belongs to its actor's context: the transfers' thread
  // sends a message instead of delivering. Their handle of this actor ends
  // with them, in on_exit.
  auto me = caf::actor_cast<caf::actor>(this);
  transfers_ = std::make_unique<transfers>(limit_, [me](uint64_t id,
                                                        transfer_result x) {
    resilience::compat::anon_post(me, fetched{id, static_cast<int32_t>(x.code),
                                              x.status, std::move(x.text)});
  });
  return {
    [this](fetch) { return on_fetch(); },
    [this](fetched& x) { on_fetched(x); },
  };
}

void http_actor::on_exit() {
  transfers_.reset();
  for (auto& [id, promise] : open_)
    promise.deliver(caf::make_error(caf::sec::runtime_error, "client ends"));
  open_.clear();
}

caf::result<page> http_actor::on_fetch() {
  board_->sent();
  auto id = ++last_id_;
  open_.emplace(id, make_response_promise());
  transfers_->get(id, url_);
  return caf::delegated<page>{};
}

void http_actor::on_fetched(fetched& x) {
  auto found = open_.find(x.id);
  if (found == open_.end())
    return;
  auto promise = std::move(found->second);
  open_.erase(found);
  if (x.code == CURLE_OPERATION_TIMEDOUT)
    promise.deliver(caf::make_error(caf::sec::request_timeout));
  else if (x.code != CURLE_OK)
    promise.deliver(caf::make_error(caf::sec::runtime_error, x.text));
  else if (x.status != 200)
    promise.deliver(caf::make_error(caf::sec::runtime_error,
                                    "status " + std::to_string(x.status)));
  else
    promise.deliver(page{std::move(x.text)});
}

} // namespace outage
