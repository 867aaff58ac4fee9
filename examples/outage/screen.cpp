#include "screen.hpp"

#include <cstdio>

namespace outage {

namespace {

template <class... Ts>
std::string format(const char* pattern, Ts... xs) {
  char buffer[256];
  std::snprintf(buffer, sizeof(buffer), pattern, xs...);
  return buffer;
}

} // namespace

std::string milliseconds(duration x) {
  auto value = std::chrono::duration<double, std::milli>{x}.count();
  return format(value < 1     ? "%.3f ms"
                : value < 100 ? "%.1f ms"
                              : "%.0f ms",
                value);
}

std::string seconds(duration x) {
  return format("%.2f s", std::chrono::duration<double>{x}.count());
}

screen::~screen() {
  clear();
  out_.flush();
}

void screen::say(const std::string& text) {
  clear();
  out_ << text << '\n' << std::flush;
}

void screen::head() {
  shown_ = -1;
  say("run         time  nginx  circuit      ok  fallback  failed  rejected  "
      "in flight  median");
}

void screen::event(const std::string& run, duration elapsed,
                   const std::string& text) {
  say(format("%-8s %5.1f s  >> ", run.c_str(),
             std::chrono::duration<double>{elapsed}.count())
      + text);
}

void screen::show(const moment& now) {
  auto unit = live_ ? std::chrono::milliseconds{100} : std::chrono::seconds{1};
  auto number = now.elapsed / unit;
  if (number == shown_)
    return;
  shown_ = number;
  auto line = format(
    "%-8s %5.1f s  %-5s  %-9s %5d %9d %7d %9d %10d  %s", now.run.c_str(),
    std::chrono::duration<double>{now.elapsed}.count(), now.nginx.c_str(),
    now.circuit.c_str(), now.total.ok, now.total.fallback, now.total.failed,
    now.total.rejected, now.total.in_flight,
    now.median < duration::zero() ? "-" : milliseconds(now.median).c_str());
  if (!live_)
    return say(line);
  out_ << "\r\x1b[K" << line << std::flush;
  dirty_ = true;
}

void screen::clear() {
  if (dirty_)
    out_ << "\r\x1b[K";
  dirty_ = false;
}

} // namespace outage
