#include <resilience/json/policy_json.hpp>

#include <cstdio>

int main() {
  resilience::policy x;
  auto found =
    resilience::parse_json(R"({"breaker": {"cooldown_seconds": 0}})", x);
  std::puts(resilience::to_string(found).c_str());
  return found.size() == 1 ? 0 : 1;
}
