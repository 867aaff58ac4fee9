#include "options.hpp"

#include <charconv>
#include <iostream>
#include <string_view>

namespace outage {

namespace {

constexpr const char* usage =
  "usage: outage --nginx PROGRAM --prefix FOLDER [--json] [--last]\n"
  "              [--rate N] [--client-timeout MS]\n"
  "  --nginx PROGRAM      the nginx to run\n"
  "  --prefix FOLDER      an empty folder for its files\n"
  "  --json               one JSON document on standard output\n"
  "  --last               only the last act: a process is killed\n"
  "  --rate N             requests per second, 1 to 1000 (80)\n"
  "  --client-timeout MS  of the HTTP client, 100 to 10000 (2000)\n"
  "This program starts itself with --child DATABASE --url URL.\n";

std::optional<int> number(std::string_view text, int least, int most) {
  int result = 0;
  auto [end, error] = std::from_chars(text.begin(), text.end(), result);
  if (error != std::errc{} || end != text.end() || result < least
      || result > most)
    return std::nullopt;
  return result;
}

// Takes `value` for the option `name`; false if it is none or a wrong one.
bool take(options& to, std::string_view name, std::string_view value) {
  if (name == "--nginx") {
    to.nginx = value;
    return !value.empty();
  }
  if (name == "--prefix") {
    to.prefix = value;
    return !value.empty();
  }
  if (name == "--child") {
    to.child = value;
    return !value.empty();
  }
  if (name == "--url") {
    to.url = value;
    return !value.empty();
  }
  if (name == "--rate") {
    auto x = number(value, 1, 1'000);
    to.rate = x.value_or(0);
    return x.has_value();
  }
  if (name == "--client-timeout") {
    auto x = number(value, 100, 10'000);
    to.client_timeout = std::chrono::milliseconds{x.value_or(0)};
    return x.has_value();
  }
  return false;
}

// A switch, which has no value.
bool take_switch(options& to, std::string_view name) {
  to.json = to.json || name == "--json";
  to.last = to.last || name == "--last";
  return name == "--json" || name == "--last";
}

bool complete(const options& x) {
  if (!x.child.empty())
    return !x.url.empty();
  return !x.nginx.empty() && !x.prefix.empty();
}

} // namespace

std::optional<options> parse(int argc, char** argv) {
  options result;
  for (int i = 1; i < argc; ++i) {
    std::string_view name{argv[i]};
    if (take_switch(result, name))
      continue;
    std::string_view value{i + 1 < argc ? argv[i + 1] : ""};
    if (!take(result, name, value)) {
      std::cerr << "outage: cannot use " << name << ' ' << value << '\n'
                << usage;
      return std::nullopt;
    }
    ++i;
  }
  if (!complete(result)) {
    std::cerr << usage;
    return std::nullopt;
  }
  return result;
}

} // namespace outage
