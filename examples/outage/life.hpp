// What a process of the last act has told about itself (service.hpp).
#pragma once

#include "scoreboard.hpp"

#include <optional>
#include <string>

namespace outage {

using resilience::wall_clock;
using resilience::wall_time;

struct life {
  /// Of the circuit, before anybody asked; empty until it is told.
  std::string state_at_start{};
  std::optional<duration> retry_after{};
  /// When that was read.
  wall_time read_at{};
  /// What the first caller got; nothing until it is told, empty for a page.
  std::optional<std::string> first_error{};
  duration first_wait{};
  std::optional<duration> first_retry_after{};
  /// Of the circuit, now.
  std::string state = "-";
  totals total{};
  /// Of the last second; negative if nothing was answered.
  duration median{-1};
  /// It has ended as it should, and told so.
  bool ended = false;
  bool saved = false;
  int unanswered = 0;
  duration median_rejected{};
};

/// Takes in one line. Returns what of it is an event, for people; else empty.
/// @throws std::exception if it is no such line.
std::string hear(life& to, const std::string& line);

} // namespace outage
