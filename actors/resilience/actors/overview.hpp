// All circuits with a name, and all health, at once: for the supervisor, and
// for whoever asks the runtime directly.
//
// Thread-safe. Owned by the runtime, shared with its supervisor.
#pragma once

#include "resilience/actors/health_factory.hpp"
#include "resilience/actors/registry.hpp"
#include "resilience/actors/supervisor_messages.hpp"
#include "resilience/actors/ticker.hpp"
#include "resilience/health_board.hpp"
#include "resilience/store/journal.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace resilience {

class overview {
public:
  overview(std::shared_ptr<registry> circuits,
           std::shared_ptr<health_factory> checkers,
           std::shared_ptr<journal> memory, std::shared_ptr<ticker> timer);

  /// Of the circuits in memory, sorted by name.
  std::vector<circuit_status> status() const;

  /// Likewise.
  std::vector<named_metrics> metrics() const;

  /// Closes them; returns their number.
  uint64_t reset_all();

  /// The health of the whole: checkers, circuits that are not well (as
  /// `circuit:NAME`, at most the worst 1,000), and the store, where it fails.
  /// The latter two belong to the view `ready`. A view that is neither `live`
  /// nor `ready` nor the tag of a part is unknown.
  health_summary health(std::string_view view = {}) const;

private:
  std::vector<health_report> unwell() const;

  const std::shared_ptr<registry> circuits_;
  const std::shared_ptr<health_factory> checkers_;
  const std::shared_ptr<journal> memory_;
  const std::shared_ptr<ticker> timer_;
};

} // namespace resilience
