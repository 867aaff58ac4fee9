// Circuits by name, bounded.
//
// Thread-safe. Owned by the runtime.
#pragma once

#include "resilience/actors/runtime_options.hpp"
#include "resilience/actors/shared_circuit.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

class registry {
public:
  registry(caf::actor_system& sys, std::shared_ptr<ticker> timer,
           const runtime_options& opts);

  /// The circuit of that name, made if need be; a new one for an empty name.
  /// On failure null, and `error` says why: the name is taken with other
  /// settings, or there are too many circuits.
  std::shared_ptr<shared_circuit> get_or_make(const policy& p,
                                              caf::error& error);

  /// The circuit of that name, or null.
  std::shared_ptr<shared_circuit> find(std::string_view name) const;

  /// Sorted.
  std::vector<std::string> names() const;

private:
  bool make_room(std::vector<std::shared_ptr<shared_circuit>>& forgotten);

  caf::actor_system& sys_;
  std::shared_ptr<ticker> timer_;
  const runtime_options opts_;
  std::mutex mutable mutex_;
  std::map<std::string, std::shared_ptr<shared_circuit>, std::less<>> circuits_;
};

} // namespace resilience
