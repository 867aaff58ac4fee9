#include <resilience/http/http_probe.hpp>

#include <iostream>

int main() {
  auto found = resilience::http_probe({.url = "nowhere"}).found();
  std::cout << resilience::to_string(found) << '\n';
  return found.size() == 1 ? 0 : 1;
}
