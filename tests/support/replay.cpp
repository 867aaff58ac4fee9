#include "support/replay.hpp"

#include "resilience/validation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace resilience::test {

// -- node ---------------------------------------------------------------------

node::node(const json& value, std::string place)
  : value_(&value), place_(std::move(place)) {}

node node::at(std::string_view key) const {
  require(value_->is_object(), "must be an object");
  auto i = value_->find(key);
  if (i == value_->end())
    fail("has no member '" + std::string{key} + "'");
  return {*i, place_ + "/" + std::string{key}};
}

node node::at(size_t i) const {
  if (i >= size())
    fail("has no element " + std::to_string(i));
  return {(*value_)[i], place_ + "/" + std::to_string(i)};
}

bool node::has(std::string_view key) const {
  require(value_->is_object(), "must be an object");
  return value_->contains(key);
}

size_t node::size() const {
  require(value_->is_array(), "must be an array");
  return value_->size();
}

void node::only(std::initializer_list<std::string_view> keys) const {
  require(value_->is_object(), "must be an object");
  for (const auto& [key, value] : value_->items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      fail("has an unknown member '" + key + "'");
}

std::string node::text() const {
  require(value_->is_string(), "must be a string");
  return value_->get<std::string>();
}

int64_t node::integer(int64_t lowest, int64_t highest) const {
  auto bounds = "must be a whole number from " + std::to_string(lowest) + " to "
                + std::to_string(highest);
  // Above the signed range `get` would wrap.
  auto fits = value_->is_number_unsigned()
                ? value_->get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX)
                : value_->is_number_integer();
  require(fits, bounds.c_str());
  auto result = value_->get<int64_t>();
  require(result >= lowest && result <= highest, bounds.c_str());
  return result;
}

double node::number(double lowest, double highest) const {
  auto bounds = "must be a number from " + number_text(lowest) + " to "
                + number_text(highest);
  require(value_->is_number(), bounds.c_str());
  auto result = value_->get<double>();
  require(result >= lowest && result <= highest, bounds.c_str());
  return result;
}

bool node::boolean() const {
  require(value_->is_boolean(), "must be true or false");
  return value_->get<bool>();
}

void node::fail(const std::string& what) const {
  throw malformed{(place_.empty() ? "the file" : place_) + " " + what};
}

void node::require(bool holds, const char* what) const {
  if (!holds)
    fail(what);
}

// -- report -------------------------------------------------------------------

void report::begin_scenario(std::string name) {
  steps_of_scenario_ = 0;
  scenario_ = std::move(name);
  where_.clear();
}

void report::begin_step(std::string op) {
  ++steps_of_scenario_;
  where_ = "step " + std::to_string(steps_of_scenario_) + ", op " + op;
}

void report::end_step() {
  ++steps_;
}

void report::begin_final() {
  where_ = "final";
}

void report::end_scenario() {
  ++scenarios_;
}

void report::check(const node& expect, const char* field, const json& actual) {
  if (!expect.has(field))
    return;
  auto wanted = expect.at(field);
  // A value of another kind is a mistake in the file, not of the code.
  if (wanted.value().is_number() != actual.is_number()
      || wanted.value().is_boolean() != actual.is_boolean()
      || wanted.value().is_string() != actual.is_string())
    wanted.fail("has the wrong type");
  if (wanted.value() != actual)
    tell(field, wanted.value(), actual);
}

void report::check_near(const node& expect, const char* field, double actual,
                        double otherwise) {
  if (!expect.has(field))
    return;
  auto wanted = expect.at(field);
  constexpr auto any = std::numeric_limits<double>::max();
  auto off = std::abs(wanted.number(-any, any) - actual);
  if (!(off <= tolerance_.value_or(otherwise)))
    tell(field, wanted.value(), actual);
}

void report::tell(const char* field, const json& wanted, const json& actual) {
  ++mismatches_;
  out_ << "mismatch: scenario " << scenario_ << ", " << where_ << ", field "
       << field << ": expected " << wanted << ", got " << actual << '\n';
}

std::string report::summary() const {
  return std::to_string(scenarios_) + " scenarios, " + std::to_string(steps_)
         + " steps, " + std::to_string(mismatches_) + " mismatches";
}

} // namespace resilience::test
