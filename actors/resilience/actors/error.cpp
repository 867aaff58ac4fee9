#include "resilience/actors/error.hpp"

namespace resilience {

caf::error make_error(errc x, std::string name, std::string detail) {
  return compat::error_with(
    x, caf::make_message(std::move(name), std::move(detail)));
}

caf::error make_error(errc x, std::string name, duration retry_after) {
  return compat::error_with(
    x, caf::make_message(std::move(name), caf::timespan{retry_after}));
}

namespace {

// What a rejection carries. A circuit that is open rejects a million calls per
// second with the same content, so each thread keeps its last one.
const caf::message& rejection_context(const std::string& name,
                                      duration retry_after) {
  struct cache {
    std::string name;
    duration retry_after{-1};
    caf::message content;
  };
  thread_local cache last;
  // Up to the next millisecond: never early, and worth keeping.
  auto rounded = std::chrono::ceil<std::chrono::milliseconds>(retry_after);
  if (last.retry_after != rounded || last.name != name) {
    last = {name, rounded, caf::make_message(name, caf::timespan{rounded})};
  }
  return last.content;
}

} // namespace

caf::error rejected(const std::string& name, const admission& why) {
  switch (why.reason) {
    case rejection::open:
      return compat::error_with(errc::circuit_open,
                                rejection_context(name, why.retry_after));
    case rejection::half_open_full:
      return make_error(errc::half_open_full, name, std::string{});
    default:
      return make_error(errc::circuit_isolated, name, std::string{});
  }
}

errc code_of(const caf::error& e) {
  return compat::is_ours(e) ? static_cast<errc>(e.code()) : errc::none;
}

std::optional<duration> retry_after(const caf::error& e) {
  if (!compat::is_ours(e)
      || !e.context().match_elements<std::string, caf::timespan>())
    return std::nullopt;
  auto result = e.context().get_as<caf::timespan>(1);
  if (result < caf::timespan::zero())
    return std::nullopt;
  return result;
}

std::string circuit_of(const caf::error& e) {
  if (!compat::is_ours(e))
    return {};
  const auto& context = e.context();
  if (context.match_elements<std::string, caf::timespan>()
      || context.match_elements<std::string, std::string>())
    return context.get_as<std::string>(0);
  return {};
}

std::string detail_of(const caf::error& e) {
  if (!compat::is_ours(e)
      || !e.context().match_elements<std::string, std::string>())
    return {};
  return e.context().get_as<std::string>(1);
}

} // namespace resilience
