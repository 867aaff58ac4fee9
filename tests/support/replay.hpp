// What the handlers of recorded cases share: reading hostile JSON with a place
// for every complaint, and counting what differs.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace resilience::test {

using json = nlohmann::json;

/// The file does not have the structure that its kind asks for.
class malformed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A value of the file and where it stands, as a JSON pointer.
class node {
public:
  node(const json& value, std::string place);

  /// The member `key`. @throws malformed unless this is an object that has it.
  node at(std::string_view key) const;

  /// Element `i`. @throws malformed unless this is an array that has it.
  node at(size_t i) const;

  bool has(std::string_view key) const;

  /// Length of an array. @throws malformed unless this is one.
  size_t size() const;

  /// @throws malformed for a member that is not listed.
  void only(std::initializer_list<std::string_view> keys) const;

  std::string text() const;

  /// A whole number. @throws malformed unless between `lowest` and `highest`.
  int64_t integer(int64_t lowest, int64_t highest) const;

  /// Any number. @throws malformed unless between `lowest` and `highest`.
  double number(double lowest, double highest) const;

  bool boolean() const;

  [[noreturn]] void fail(const std::string& what) const;

  const json& value() const {
    return *value_;
  }

private:
  void require(bool holds, const char* what) const;

  const json* value_;
  std::string place_;
};

/// Totals of a run, and where differences are told.
class report {
public:
  explicit report(std::ostream& out) : out_(out) {}

  /// How far numbers may be off where `check_near` compares them, if the file
  /// says so.
  void tolerance(std::optional<double> x) {
    tolerance_ = x;
  }

  void begin_scenario(std::string name);

  void begin_step(std::string op);

  /// Counts the step: it was replayed whole.
  void end_step();

  /// For what is compared after the last step.
  void begin_final();

  void end_scenario();

  /// Compares `actual` with the member `field` of `expect`, if it is there.
  void check(const node& expect, const char* field, const json& actual);

  /// The same for a number that may be off by the file's tolerance, else by
  /// `otherwise`.
  void check_near(const node& expect, const char* field, double actual,
                  double otherwise);

  /// The line that ends every run.
  std::string summary() const;

  uint64_t mismatches() const {
    return mismatches_;
  }

private:
  void tell(const char* field, const json& wanted, const json& actual);

  std::ostream& out_;
  std::optional<double> tolerance_;
  std::string scenario_;
  std::string where_;
  uint64_t scenarios_ = 0;
  uint64_t steps_ = 0;
  uint64_t steps_of_scenario_ = 0;
  uint64_t mismatches_ = 0;
};

/// Replays one scenario of the kind that the function is named after.
void replay_backoff(const node& scenario, report& out);
void replay_circuit_breaker(const node& scenario, report& out);
void replay_health(const node& scenario, report& out);
void replay_sliding_window(const node& scenario, report& out);

} // namespace resilience::test
