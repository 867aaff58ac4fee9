// What exceptions and results say of a failure.
#include "resilience/sync/failure.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace resilience::test {

namespace {

template <class E>
std::exception_ptr made(E e) {
  return std::make_exception_ptr(std::move(e));
}

std::exception_ptr wrapped(const std::exception_ptr& x, std::string text) {
  try {
    try {
      std::rethrow_exception(x);
    } catch (...) {
      std::throw_with_nested(std::runtime_error(std::move(text)));
    }
  } catch (...) {
    return std::current_exception();
  }
}

} // namespace

TEST(failure, texts_tell_sixteen_exceptions_within_each_other) {
  auto deep = made(std::runtime_error("1"));
  std::string wanted = "1";
  for (int i = 2; i <= 16; ++i) {
    deep = wrapped(deep, std::to_string(i));
    wanted = std::to_string(i) + ": " + wanted;
  }
  EXPECT_EQ(text_of(deep), wanted);
  auto text = text_of(wrapped(deep, "17"));
  EXPECT_TRUE(text.starts_with("17: 16: ")) << text;
  EXPECT_TRUE(text.ends_with(": 2: ...")) << text;
}

TEST(failure, texts_of_exceptions_are_whole) {
  std::string odd{"a \"quoted\"\nline and a zero"};
  EXPECT_EQ(text_of(made(std::runtime_error(odd))), odd);
  EXPECT_EQ(text_of(made(std::runtime_error(""))), "");
  struct speechless : std::exception {
    const char* what() const noexcept override {
      return nullptr;
    }
  };
  EXPECT_EQ(text_of(made(speechless{})), "");
  auto refused = made(std::runtime_error("refused"));
  EXPECT_EQ(text_of(wrapped(refused, "no connection")),
            "no connection: refused");
  EXPECT_EQ(text_of(made(std::string{"a text"})), "a text");
  EXPECT_EQ(text_of(made(static_cast<const char*>("letters"))), "letters");
  EXPECT_EQ(text_of(made(static_cast<const char*>(nullptr))), "");
  EXPECT_EQ(text_of(made(42)), "an exception that is no std::exception");
}

TEST(failure, lists_can_name_exceptions_with_a_code) {
  std::system_error refused{std::make_error_code(std::errc::timed_out)};
  auto x = facts_of(made(refused));
  EXPECT_EQ(x.category, "generic");
  EXPECT_EQ(x.code, static_cast<int>(std::errc::timed_out));
  EXPECT_TRUE(matches({"generic"}, x.id()));
  EXPECT_TRUE(matches({"exception"}, facts_of(made(1)).id()));
  EXPECT_EQ(facts_of(made(1)).summary(), "exception:0");
  EXPECT_TRUE(
    matches({"exception"}, facts_of(made(std::logic_error{"x"})).id()));
}

TEST(failure, errors_of_ours_are_known_as_exceptions) {
  errc_error late{errc::timed_out, "5s"};
  EXPECT_STREQ(late.what(), "the target did not answer in time: 5s");
  EXPECT_STREQ(errc_error{errc::timed_out}.what(),
               "the target did not answer in time");
  EXPECT_TRUE(matches({"resilience:timed_out"}, late.facts().id()));
  EXPECT_FALSE(late.facts().rejected);
  EXPECT_TRUE(facts_of(made(errc_error{errc::overloaded})).rejected);
}

TEST(failure, types_of_exceptions_are_told_apart) {
  auto x = made(std::invalid_argument{"x"});
  EXPECT_TRUE(is_any_of<std::invalid_argument>(x));
  EXPECT_TRUE((is_any_of<int, std::logic_error>(x))); // its base
  EXPECT_FALSE((is_any_of<std::runtime_error, std::string>(x)));
  EXPECT_TRUE(is_any_of<int>(made(1)));
  EXPECT_FALSE(is_any_of<>(x));
}

TEST(failure, null_functions_are_seen) {
  EXPECT_TRUE(is_null_function(std::function<void()>{}));
  EXPECT_TRUE(is_null_function(static_cast<void (*)()>(nullptr)));
  EXPECT_FALSE(is_null_function(std::function<void()>{[] {}}));
  EXPECT_FALSE(is_null_function([] {}));
  auto x = 1;
  EXPECT_FALSE(is_null_function([x] { return x; }));
}

} // namespace resilience::test
