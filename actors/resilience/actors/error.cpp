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

caf::error make_error(errc x, std::string name, std::string detail,
                      duration retry_after) {
  return compat::error_with(x, caf::make_message(std::move(name),
                                                 std::move(detail),
                                                 caf::timespan{retry_after}));
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

caf::error rejected(const std::string& name, const admission& why,
                    const std::string& key) {
  auto detail = "key " + key;
  if (why.reason == rejection::open)
    return make_error(
      errc::circuit_open, name, std::move(detail),
      std::chrono::ceil<std::chrono::milliseconds>(why.retry_after));
  return make_error(code_of(rejected(name, why)), name, std::move(detail));
}

errc code_of(const caf::error& e) {
  return compat::is_ours(e) ? static_cast<errc>(e.code()) : errc::none;
}

namespace {

// Ours begin with the circuit's name; a detail, a time, or both follow, then
// perhaps a report.
template <class T>
const T* part_of_ours(const caf::error& e, size_t i) {
  if (!compat::is_ours(e))
    return nullptr;
  const auto& context = e.context();
  return context.size() > i && context.match_element<std::string>(0)
             && context.match_element<T>(i)
           ? &context.get_as<T>(i)
           : nullptr;
}

const caf::timespan* time_of_ours(const caf::error& e) {
  auto found = part_of_ours<caf::timespan>(e, 1);
  return found != nullptr ? found : part_of_ours<caf::timespan>(e, 2);
}

} // namespace

std::optional<duration> retry_after(const caf::error& e) {
  if (auto found = time_of_ours(e);
      found != nullptr && *found >= caf::timespan::zero())
    return *found;
  auto report = retries_of(e);
  return report ? report->retry_after : std::nullopt;
}

std::string circuit_of(const caf::error& e) {
  if (part_of_ours<caf::timespan>(e, 1) == nullptr
      && part_of_ours<std::string>(e, 1) == nullptr)
    return {};
  return e.context().get_as<std::string>(0);
}

std::string detail_of(const caf::error& e) {
  auto found = part_of_ours<std::string>(e, 1);
  return found != nullptr ? *found : std::string{};
}

std::optional<retry_report> retries_of(const caf::error& e) {
  if (!compat::failed(e) || e.context().empty())
    return std::nullopt;
  const auto& context = e.context();
  auto last = context.size() - 1;
  if (!context.match_element<retry_report>(last))
    return std::nullopt;
  return context.get_as<retry_report>(last);
}

caf::error with_report(caf::error e, const retry_report& x) {
  return compat::with_context(std::move(e), caf::make_message(x));
}

} // namespace resilience
