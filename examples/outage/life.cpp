#include "life.hpp"

#include "screen.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace outage {

namespace {

using nlohmann::json;

duration from_ms(double x) {
  return std::chrono::duration_cast<duration>(
    std::chrono::duration<double, std::milli>{x});
}

std::optional<duration> maybe_from_ms(const json& x) {
  if (x.is_null())
    return std::nullopt;
  return from_ms(x.get<double>());
}

std::string hear_start(life& to, const json& x) {
  to.state_at_start = x.at("state").get<std::string>();
  to.state = to.state_at_start;
  to.retry_after = maybe_from_ms(x.at("retry_after_ms"));
  to.read_at =
    wall_time{std::chrono::nanoseconds{x.at("at_ns").get<int64_t>()}};
  auto text = "the circuit starts " + to.state;
  return to.retry_after ? text + ", for another " + seconds(*to.retry_after)
                        : text;
}

std::string hear_first(life& to, const json& x) {
  to.first_error = x.at("error").get<std::string>();
  to.first_wait = from_ms(x.at("wait_ms").get<double>());
  to.first_retry_after = maybe_from_ms(x.at("retry_after_ms"));
  auto text =
    "first caller: " + (to.first_error->empty() ? "a page" : *to.first_error)
    + " after " + milliseconds(to.first_wait);
  return to.first_retry_after
           ? text + ", to wait " + seconds(*to.first_retry_after)
           : text;
}

std::string hear_change(life& to, const json& x) {
  to.state = x.at("to").get<std::string>();
  return "circuit " + x.at("from").get<std::string>() + " -> " + to.state + " ("
         + x.at("cause").get<std::string>() + "), durable";
}

std::string hear_stand(life& to, const json& x) {
  to.total.ok = x.at("ok").get<int>();
  to.total.failed = x.at("failed").get<int>();
  to.total.rejected = x.at("rejected").get<int>();
  to.total.in_flight = x.at("in_flight").get<int>();
  to.median = from_ms(x.at("median_ms").get<double>());
  return {};
}

std::string hear_end(life& to, const json& x) {
  to.ended = true;
  to.saved = x.at("saved").get<bool>();
  to.unanswered = x.at("unanswered").get<int>();
  to.median_rejected = from_ms(x.at("median_rejected_ms").get<double>());
  return std::string{"the process ends, circuits "}
         + (to.saved ? "saved, " : "not saved, ")
         + std::to_string(to.unanswered) + " callers without an answer";
}

} // namespace

std::string hear(life& to, const std::string& line) {
  auto x = json::parse(line);
  auto what = x.at("is").get<std::string>();
  if (what == "start")
    return hear_start(to, x);
  if (what == "first")
    return hear_first(to, x);
  if (what == "change")
    return hear_change(to, x);
  if (what == "stand")
    return hear_stand(to, x);
  if (what == "end")
    return hear_end(to, x);
  throw std::runtime_error("the process says what nobody understands: " + line);
}

} // namespace outage
