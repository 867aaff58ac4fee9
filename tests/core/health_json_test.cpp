// Health as JSON.
#include "resilience/json/health_json.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace resilience::test {

namespace {

using json = nlohmann::json;

TEST(health_json, a_report_has_every_field) {
  health_report x;
  x.name = "db";
  x.status = health_status::degraded;
  x.message = "slow";
  x.details = {{"replicas", "2"}};
  x.age = 2500ms;
  x.max_age = 30s;
  x.checked_at = wall_time{};
  x.took = 1s;
  x.critical = false;
  x.tags = {"ready"};
  x.failures = 1;
  x.paused = true;
  EXPECT_EQ(to_json_value(x), json::parse(R"({
    "name": "db", "status": "degraded", "message": "slow",
    "details": {"replicas": "2"}, "age_seconds": 2.5, "max_age_seconds": 30,
    "checked_at": "1970-01-01T00:00:00.000Z", "took_seconds": 1,
    "critical": false, "tags": ["ready"], "failures": 1, "successes": 0,
    "paused": true, "stuck_since": null})"));
  auto nothing = to_json_value(health_report{});
  EXPECT_TRUE(nothing["age_seconds"].is_null());
  EXPECT_EQ(nothing["status"], "unknown");
  EXPECT_EQ(nothing["details"], json::object());
  EXPECT_EQ(nothing["tags"], json::array());
}

TEST(health_json, a_summary_has_its_parts_worst_first) {
  health_board board;
  auto x = health_report::healthy();
  x.name = "a";
  ASSERT_TRUE(board.put(x, at(0)));
  x = health_report::unhealthy("down");
  x.name = "b";
  ASSERT_TRUE(board.put(x, at(0)));
  auto y = to_json_value(board.sum(at(0), "ready"));
  EXPECT_EQ(y["view"], "ready");
  EXPECT_EQ(y["status"], "unhealthy");
  EXPECT_EQ(y["ready"], false);
  EXPECT_EQ(y["message"], "b is unhealthy (down)");
  ASSERT_EQ(y["parts"].size(), 2u);
  EXPECT_EQ(y["parts"][0]["name"], "b");
}

TEST(health_json, any_bytes_of_a_probe_can_be_written) {
  health_report x;
  x.name = "a\xff";
  x.message = std::string{"\xc3\x28 \0 \xf0\x28\x8c\xbc", 9};
  x.details = {{"\x80", "\xfe\xff"}};
  x.tags = {"\xed\xa0\x80"};
  x.status = static_cast<health_status>(200);
  health_board board;
  ASSERT_TRUE(board.put(x, at(0)));
  auto text = to_json_value(board.sum(at(0))).dump();
  EXPECT_EQ(json::parse(text)["parts"][0]["name"], "a\xef\xbf\xbd");
  EXPECT_EQ(to_json_value(x)["status"], "invalid");
}

} // namespace

} // namespace resilience::test
