// Fetches one page, any number of times at once.
#pragma once

#include "messages.hpp"
#include "scoreboard.hpp"
#include "transfers.hpp"

#include <resilience/actors/compat.hpp>

#include <caf/response_promise.hpp>

#include <map>
#include <memory>

namespace outage {

/// Answers `fetch` by the page, or by `request_timeout` when that took longer
/// than its limit, or by `runtime_error` for any other reason.
class http_actor : public resilience::compat::actor_base {
public:
  http_actor(caf::actor_config& cfg, std::string url,
             std::chrono::milliseconds limit,
             std::shared_ptr<scoreboard> board);

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  caf::result<page> on_fetch();
  void on_fetched(fetched& x);

  std::string url_;
  std::chrono::milliseconds limit_;
  std::shared_ptr<scoreboard> board_;
  uint64_t last_id_ = 0;
  std::map<uint64_t, caf::response_promise> open_;
  std::unique_ptr<transfers> transfers_;
};

} // namespace outage
