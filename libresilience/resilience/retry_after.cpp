#include "resilience/retry_after.hpp"

#include <algorithm>
#include <iterator>

namespace resilience {

namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr std::string_view short_days[] = {"Mon", "Tue", "Wed", "Thu",
                                           "Fri", "Sat", "Sun"};
constexpr std::string_view long_days[] = {
  "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr",
                                       "May", "Jun", "Jul", "Aug",
                                       "Sep", "Oct", "Nov", "Dec"};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// Takes a text apart from its front; once something is missing, all fails, and
// what a number or a name seems to be means nothing.
class scanner {
public:
  explicit scanner(std::string_view text) noexcept : rest_(text) {}

  bool done() const noexcept {
    return good_ && rest_.empty();
  }

  void literal(std::string_view what) noexcept {
    good_ = good_ && rest_.substr(0, what.size()) == what;
    if (good_)
      rest_.remove_prefix(what.size());
  }

  /// Exactly `n` digits.
  int number(size_t n) noexcept {
    auto text = rest_.substr(0, n);
    good_ = good_ && text.size() == n
            && std::all_of(text.begin(), text.end(), is_digit);
    if (good_)
      rest_.remove_prefix(n);
    int result = 0;
    for (auto c : text)
      result = 10 * result + (c - '0');
    return result;
  }

  /// Two digits, or a space and one.
  int padded_number() noexcept {
    if (!rest_.starts_with(' '))
      return number(2);
    literal(" ");
    return number(1);
  }

  /// One of `names`, counted from 1.
  template <size_t N>
  int name(const std::string_view (&names)[N]) noexcept {
    auto i = std::find_if(std::begin(names), std::end(names),
                          [&](auto x) { return rest_.starts_with(x); });
    good_ = good_ && i != std::end(names);
    if (good_)
      rest_.remove_prefix(i->size());
    return static_cast<int>(i - std::begin(names)) + 1;
  }

private:
  std::string_view rest_;
  bool good_ = true;
};

struct date_time {
  int year;
  int month;
  int day;
  int hour;
  int minute;
  int second;
};

void scan_time(scanner& in, date_time& out) noexcept {
  out.hour = in.number(2);
  in.literal(":");
  out.minute = in.number(2);
  in.literal(":");
  out.second = in.number(2);
}

// Sun, 06 Nov 1994 08:49:37 GMT
bool scan_fixdate(std::string_view text, date_time& out) noexcept {
  scanner in{text};
  in.name(short_days);
  in.literal(", ");
  out.day = in.number(2);
  in.literal(" ");
  out.month = in.name(months);
  in.literal(" ");
  out.year = in.number(4);
  in.literal(" ");
  scan_time(in, out);
  in.literal(" GMT");
  return in.done();
}

int year_of(wall_time now) noexcept {
  std::chrono::year_month_day today{std::chrono::floor<days>(now)};
  return static_cast<int>(today.year());
}

// Sunday, 06-Nov-94 08:49:37 GMT
bool scan_rfc850(std::string_view text, date_time& out,
                 wall_time now) noexcept {
  scanner in{text};
  in.name(long_days);
  in.literal(", ");
  out.day = in.number(2);
  in.literal("-");
  out.month = in.name(months);
  in.literal("-");
  // Two digits that seem more than 50 years ahead are of the past (RFC 9110).
  auto this_year = year_of(now);
  out.year = this_year - this_year % 100 + in.number(2);
  if (out.year > this_year + 50)
    out.year -= 100;
  else if (out.year + 100 <= this_year + 50)
    out.year += 100;
  in.literal(" ");
  scan_time(in, out);
  in.literal(" GMT");
  return in.done();
}

// Sun Nov  6 08:49:37 1994
bool scan_asctime(std::string_view text, date_time& out) noexcept {
  scanner in{text};
  in.name(short_days);
  in.literal(" ");
  out.month = in.name(months);
  in.literal(" ");
  out.day = in.padded_number();
  in.literal(" ");
  scan_time(in, out);
  in.literal(" ");
  out.year = in.number(4);
  return in.done();
}

// The time in seconds since the epoch; 60 is a leap second.
std::optional<seconds> to_seconds(const date_time& x) noexcept {
  std::chrono::year_month_day date{
    std::chrono::year{x.year},
    std::chrono::month{static_cast<unsigned>(x.month)},
    std::chrono::day{static_cast<unsigned>(x.day)}};
  if (!date.ok() || x.hour > 23 || x.minute > 59 || x.second > 60)
    return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch()
         + std::chrono::hours{x.hour} + std::chrono::minutes{x.minute}
         + seconds{x.second};
}

constexpr auto most = std::chrono::floor<seconds>(duration::max());

duration saturated(seconds x) noexcept {
  return x > most ? duration::max() : duration{std::max(x, seconds{0})};
}

std::optional<duration> parse_seconds(std::string_view text) noexcept {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit))
    return std::nullopt;
  seconds result{0};
  for (auto c : text) {
    result = 10 * result + seconds{c - '0'};
    if (result > most)
      return duration::max();
  }
  return result;
}

} // namespace

std::optional<duration> parse_retry_after(std::string_view text,
                                          wall_time now) noexcept {
  if (auto delay = parse_seconds(text))
    return delay;
  date_time when{};
  if (!scan_fixdate(text, when) && !scan_rfc850(text, when, now)
      && !scan_asctime(text, when))
    return std::nullopt;
  auto then = to_seconds(when);
  if (!then)
    return std::nullopt;
  // Up: never early.
  return saturated(*then - std::chrono::floor<seconds>(now.time_since_epoch()));
}

} // namespace resilience
