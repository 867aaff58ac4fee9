// Shows a run while it happens: one line that changes on a terminal, a line
// each second elsewhere; events stay as lines of their own.
#pragma once

#include "scoreboard.hpp"

#include <ostream>
#include <string>

namespace outage {

/// How things stand.
struct moment {
  std::string run;
  duration elapsed{};
  std::string nginx;
  std::string circuit;
  totals total{};
  /// Of the last second; negative if nothing was answered.
  duration median{-1};
};

/// Not thread-safe.
class screen {
public:
  /// @param live whether `out` is a terminal.
  screen(std::ostream& out, bool live) : out_(out), live_(live) {}

  /// Ends a live line.
  ~screen();

  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;

  /// A line that stays.
  void say(const std::string& text);

  /// Names the columns; before a run.
  void head();

  /// Something that happened at `elapsed`.
  void event(const std::string& run, duration elapsed, const std::string& text);

  /// How things stand; shown as often as the screen can bear.
  void show(const moment& now);

private:
  void clear();

  std::ostream& out_;
  bool live_;
  bool dirty_ = false;
  int64_t shown_ = -1;
};

/// `x` in milliseconds with a sensible number of digits.
std::string milliseconds(duration x);

/// `x` in seconds with two digits.
std::string seconds(duration x);

} // namespace outage
