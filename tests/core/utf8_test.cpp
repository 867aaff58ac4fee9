// Texts that others will read.
#include "resilience/utf8.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

TEST(utf8, is_told_from_other_bytes) {
  for (auto* x :
       {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
        "\xED\x80\x80", "\xF4\x80\x80\x80", "\xF1\x80\x80\x80", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(x)) << x;
  for (auto* x :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xE2\x82", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xFF", "a\xC2z", "\xC2\xC0", "\xF1\x80\x41\x80"})
    EXPECT_FALSE(is_utf8(x)) << x;
  // What follows in memory is not part of the text.
  EXPECT_FALSE(is_utf8({"\xC2\x80", 1}));
}

TEST(utf8, is_made_of_other_bytes) {
  EXPECT_EQ(clean_text("a\xFF"
                       "b\xE2\x82",
                       100),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(clean_text("\xF1\x80\x41", 100), "\xEF\xBF\xBD\xEF\xBF\xBD\x41");
  EXPECT_EQ(clean_text({"\xC2\x80", 1}, 100), "\xEF\xBF\xBD");
  EXPECT_EQ(clean_text("\xC3\xA9\xC3\xA9", 3), "\xC3\xA9");
  EXPECT_EQ(clean_text("abc", 0), "");
  EXPECT_EQ(clean_text("abc", 3), "abc");
  EXPECT_TRUE(is_utf8(clean_text("\xFF\xFE\xFD", 5)));
}

} // namespace

} // namespace resilience::test
