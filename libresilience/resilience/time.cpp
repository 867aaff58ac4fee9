#include "resilience/time.hpp"

#include <cstdio>

namespace resilience {

std::string to_string(duration d) {
  struct unit {
    const char* name;
    duration::rep ns;
  };
  // The units of CAF's configuration files.
  static constexpr unit units[] = {{"h", 3'600'000'000'000},
                                   {"min", 60'000'000'000},
                                   {"s", 1'000'000'000},
                                   {"ms", 1'000'000},
                                   {"us", 1'000}};
  auto n = d.count();
  if (n == 0)
    return "0s";
  for (const auto& u : units)
    // 60s and 90min read better than 1min and 1.5h.
    if (n % u.ns == 0 && (u.ns <= 1'000'000'000 || n >= 2 * u.ns))
      return std::to_string(n / u.ns) + u.name;
  return std::to_string(n) + "ns";
}

std::string iso8601(wall_time t) {
  using namespace std::chrono;
  auto day = floor<days>(t);
  year_month_day date{day};
  hh_mm_ss time{floor<milliseconds>(t - day)};
  char buffer[64];
  std::snprintf(
    buffer, sizeof(buffer), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
    static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
    static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
    static_cast<int>(time.minutes().count()),
    static_cast<int>(time.seconds().count()),
    static_cast<int>(time.subseconds().count()));
  return buffer;
}

} // namespace resilience
