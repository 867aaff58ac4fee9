// What a runtime keeps for others, where, and within which bounds: everything
// is limited.
#pragma once

#include "resilience/settings.hpp"
#include "resilience/store/sqlite_store.hpp"

#include <cstdint>
#include <string>

namespace resilience {

/// Designated initialisers: the order of the fields is public.
struct runtime_options {
  /// Most circuits with a name in memory, about 1 KiB each: they are kept when
  /// their guards are gone. At the limit closed ones that nobody uses leave to
  /// the store and come back when they are asked for; if there is none, the
  /// next is refused. Without a database the store is memory, too, and holds as
  /// many: those that left longest ago begin anew. 1 to 1,000,000,000.
  int32_t max_circuits = 100'000;
  /// Most subscribers of one circuit, of one health checker, and of the
  /// supervisor; the next is refused. 1 to 1,000,000,000.
  int32_t max_subscribers = 1'024;
  /// The SQLite file that remembers circuits and their history over restarts;
  /// its folder must exist. Empty: memory, for as long as the runtime lives. At
  /// most 4,096 bytes.
  std::string database{};
  /// Whether a transition is durable when it is on the device (`full`), or when
  /// the operating system has it: it then survives the death of the process,
  /// but not a loss of power.
  synchronous_mode synchronous = synchronous_mode::full;
  /// How often circuits that have changed are saved, beside their transitions,
  /// which are saved at once. 10 ms to 1 day.
  duration snapshot_interval = std::chrono::seconds{5};
  /// Transitions older than so many days leave the history. 1 to 3650.
  int32_t history_days = 30;
  /// Most transitions in the history; the oldest leave. 10,000 where it is in
  /// memory; fewer where the file is at its limit of 8 GiB. 1 to 100,000,000.
  int32_t max_transitions = 1'000'000;
  /// Most health checkers; the next is refused. 1 to 1,000,000.
  int32_t max_health_checkers = 10'000;

  friend bool operator==(const runtime_options&,
                         const runtime_options&) = default;
};

template <>
struct settings_of<runtime_options> {
  static constexpr auto name = "runtime_options";
  static constexpr auto list = std::tuple{
    setting{"max_circuits", &runtime_options::max_circuits,
            range{1, 1'000'000'000}, "most circuits with a name"},
    setting{"max_subscribers", &runtime_options::max_subscribers,
            range{1, 1'000'000'000}, "most subscribers of one circuit"},
    setting{"database", &runtime_options::database, max_bytes{4'096},
            "the SQLite file that remembers circuits; empty: memory"},
    setting{"synchronous", &runtime_options::synchronous, any_value{},
            "whether the journal waits for the device"},
    setting{"snapshot_interval", &runtime_options::snapshot_interval,
            range{duration{std::chrono::milliseconds{10}},
                  duration{std::chrono::hours{24}}},
            "how often circuits that have changed are saved"},
    setting{"history_days", &runtime_options::history_days, range{1, 3'650},
            "how long a transition stays in the history"},
    setting{"max_transitions", &runtime_options::max_transitions,
            range{1, 100'000'000}, "most transitions in the history"},
    setting{"max_health_checkers", &runtime_options::max_health_checkers,
            range{1, 1'000'000}, "most health checkers"},
  };
};

/// Every fault of `x`.
faults validate(const runtime_options& x, const std::string& prefix = {});

} // namespace resilience
