#include "requests.hpp"

#include <caf/exit_reason.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace resilience::bench {

namespace {

caf::actor_system_config& initialised(caf::actor_system_config& cfg) {
  init(cfg);
  return cfg;
}

} // namespace

stage::stage() : sys(initialised(cfg)), rt(sys), target(sys.spawn<worker>()) {}

stage::~stage() {
  caf::anon_send_exit(target, caf::exit_reason::user_shutdown);
}

double median(std::vector<double> xs) {
  if (xs.empty())
    return 0;
  std::sort(xs.begin(), xs.end());
  auto mid = xs.size() / 2;
  return xs.size() % 2 == 1 ? xs[mid] : (xs[mid - 1] + xs[mid]) / 2;
}

int64_t resident_bytes() {
  long pages = 0;
  long resident = 0;
  if (auto* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2)
      resident = 0;
    std::fclose(file);
  }
  return int64_t{resident} * sysconf(_SC_PAGESIZE);
}

double option(int argc, char** argv, const char* name, double fallback) {
  auto prefix = std::string{"--"} + name + "=";
  for (int i = 1; i < argc; ++i)
    if (std::string_view arg = argv[i]; arg.starts_with(prefix))
      return std::atof(argv[i] + prefix.size());
  return fallback;
}

bool flag(int argc, char** argv, const char* name) {
  auto wanted = std::string{"--"} + name;
  return std::any_of(argv + 1, argv + argc,
                     [&](const char* arg) { return arg == wanted; });
}

} // namespace resilience::bench
