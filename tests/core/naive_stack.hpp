// What a guard owes each caller, worked out call by call as the rules read: no
// events, no entries, no ids. Knows no jitter, budget or circuit, and nothing
// that changes under way.
//
// A call that has begun is a straight line: when it ends and how follows from
// when it begins. The bulkhead is a queue at a counter with several clerks.
#pragma once

#include "resilience/policy.hpp"

#include "support/instants.hpp"
#include "support/replies.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <vector>

namespace resilience::test {

/// What the target does in an attempt; without `says` it is silent.
struct naive_deed {
  std::optional<reply> says{};
  duration after{};
};

class naive_stack {
public:
  /// What a caller gets, and how it came about.
  struct result {
    reply got{};
    time_point at{};
    bool substituted = false;
    std::vector<time_point> attempts{};
  };

  struct arrival {
    time_point at{};
    time_point latest{};
    /// The same without the total timeout.
    time_point wanted_until{};
    bool repeatable = true;
    /// Of the attempts in turn.
    std::vector<naive_deed> deeds{};
  };

  /// @param fallback what it does, for this error; `asks`: it is an actor.
  naive_stack(const policy& p, bool asks,
              std::function<naive_deed(const reply&)> fallback)
    : p_(p), asks_(asks), fallback_(std::move(fallback)) {
    if (p.rate_limiter)
      tokens_ = p.rate_limiter->burst * p.rate_limiter->period.count();
  }

  /// One result for each of `xs`, which come in the order of time. Everything
  /// at one instant has happened when the next one comes.
  std::vector<result> run(std::vector<arrival> xs) {
    calls_ = std::move(xs);
    results_.resize(calls_.size());
    for (size_t i = 0; i < calls_.size(); ++i) {
      auto& x = calls_[i];
      x.wanted_until = x.latest;
      if (p_.timeout && p_.timeout->total)
        x.latest = std::min(x.latest, x.at + *p_.timeout->total);
      leave_until(x.at);
      come(i);
    }
    leave_until(time_point::max());
    return std::move(results_);
  }

private:
  /// How the attempts of a call end.
  struct ending {
    reply got;
    time_point at;
    bool timed_out = false;
    /// The answer as it is, a failure or not.
    bool plain = false;
  };

  struct waiting {
    size_t call;
    time_point until;
  };

  // -- at the counter ---------------------------------------------------------

  void come(size_t i) {
    auto& x = calls_[i];
    if (auto wait = take_token(x.at); wait > duration::zero())
      return conclude(i, {ours(errc::rate_limited, wait), x.at});
    if (!p_.bulkhead)
      return serve(i, x.at);
    if (busy_.size() < static_cast<size_t>(p_.bulkhead->max_concurrent))
      return serve(i, x.at);
    if (queue_.size() >= static_cast<size_t>(p_.bulkhead->max_queue))
      return conclude(i, {ours(errc::bulkhead_full), x.at});
    queue_.push_back({i, std::min(x.latest, x.at + p_.bulkhead->max_wait)});
    give_up(x.at);
  }

  void serve(size_t i, time_point at) {
    auto end = attempts(i, at);
    if (p_.bulkhead && end.at > at)
      busy_.push_back(end.at);
    conclude(i, end);
  }

  /// Everybody who leaves until `t`, and who comes to the counter after them.
  void leave_until(time_point t) {
    while (!busy_.empty()) {
      auto first = std::min_element(busy_.begin(), busy_.end());
      if (*first > t)
        break;
      auto now = *first;
      busy_.erase(first);
      give_up(now);
      auto free = static_cast<size_t>(p_.bulkhead->max_concurrent);
      while (!queue_.empty() && busy_.size() < free) {
        auto next = queue_.front();
        queue_.pop_front();
        serve(next.call, now);
      }
    }
    give_up(t);
  }

  void give_up(time_point now) {
    std::erase_if(queue_, [&](const waiting& x) {
      if (x.until > now)
        return false;
      auto late = x.until >= calls_[x.call].latest;
      conclude(x.call, {ours(late ? errc::timed_out : errc::bulkhead_full),
                        x.until, late});
      return true;
    });
  }

  // Tokens are counted in nanoseconds of the period.
  duration take_token(time_point now) {
    if (!p_.rate_limiter)
      return {};
    auto& x = *p_.rate_limiter;
    auto cost = x.period.count();
    auto passed = filled_ == time_point::min() ? duration{} : now - filled_;
    filled_ = now;
    tokens_ = std::min(tokens_ + passed.count() * x.rate, x.burst * cost);
    if (tokens_ < cost)
      return duration{(cost - tokens_ + x.rate - 1) / x.rate};
    tokens_ -= cost;
    return {};
  }

  // -- a call that has begun --------------------------------------------------

  ending attempts(size_t i, time_point t) {
    const auto& x = calls_[i];
    if (t >= x.latest)
      return {ours(errc::timed_out), t, true};
    auto may_hedge = p_.hedge && x.repeatable;
    for (int32_t n = 1;; ++n) {
      auto end = one_attempt(next_deed(i, t), t, x.latest);
      if (may_hedge && t + p_.hedge->delay < end.at) {
        may_hedge = false;
        auto second = t + p_.hedge->delay;
        end = faster(end, one_attempt(next_deed(i, second), second, x.latest));
      }
      if (end.plain || !p_.retry || p_.retry->max_attempts == 1)
        return end;
      auto hint = end.got.answered ? end.got.hint : std::nullopt;
      auto delay = delay_after(n);
      if (hint)
        delay = std::max(delay, *hint);
      if (auto why = stop(x, end, n, hint, delay)) {
        if (end.got.error)
          end.got.report = retry_report{n, *why, hint};
        return end;
      }
      t = end.at + delay;
    }
  }

  /// Of the attempt of call `i` that begins at `t`.
  const naive_deed& next_deed(size_t i, time_point t) {
    auto& begun = results_[i].attempts;
    begun.push_back(t);
    return calls_[i].deeds.at(begun.size() - 1);
  }

  /// How an attempt and the one that was sent beside it end together.
  static ending faster(const ending& first, const ending& second) {
    auto second_is_success = second.plain && !second.got.error;
    if (second.at < first.at)
      return second_is_success ? second : first;
    return first.plain || second.at == first.at ? first : second;
  }

  ending one_attempt(const naive_deed& does, time_point t,
                     time_point latest) const {
    auto due = std::min(t + p_.timeout->limit, latest);
    if (!does.says || t + does.after >= due)
      return {ours(errc::timed_out), due, true};
    auto& said = *does.says;
    // An error counts as a failure unless a guard further in made it.
    auto failed = said.error ? said.category != "resilience" : said.code < 0;
    return {said, t + does.after, false, !failed};
  }

  duration delay_after(int32_t failures) const {
    auto delay = p_.retry->backoff.initial_delay;
    for (int32_t i = 1; i < failures; ++i)
      delay *= 2;
    return std::min(delay, p_.retry->backoff.max_delay);
  }

  std::optional<retry_stop> stop(const arrival& x, const ending& end, int32_t n,
                                 const std::optional<duration>& hint,
                                 duration delay) const {
    // The lists of these policies name a category or one code of the shop's.
    auto listed = [&](const std::vector<std::string>& list) {
      return std::any_of(list.begin(), list.end(), [&](const std::string& s) {
        return s == end.got.category
               || s
                    == std::string{end.got.category} + ":"
                         + std::to_string(end.got.code);
      });
    };
    auto& r = *p_.retry;
    if (!x.repeatable || listed(r.dont_retry_on)
        || (!r.retry_on.empty() && !listed(r.retry_on)))
      return retry_stop::not_retryable;
    if (n == r.max_attempts)
      return retry_stop::attempts;
    if (hint && *hint > r.max_hint)
      return retry_stop::hint;
    if (end.at + delay >= x.latest)
      return retry_stop::deadline;
    return std::nullopt;
  }

  // -- what the caller gets ---------------------------------------------------

  void conclude(size_t i, const ending& end) {
    auto& r = results_[i];
    r.got = end.got;
    r.at = end.at;
    if (end.timed_out && p_.timeout->on_timeout != timeout_action::raise) {
      r.got = value(0);
      r.substituted = true;
    } else if (!end.plain && end.got.error && p_.fallback && named(end.got)) {
      auto does = fallback_(end.got);
      auto good = does.says && !does.says->error;
      // Nobody waits longer than its own caller does.
      auto left = std::max(calls_[i].wanted_until - end.at, duration{});
      auto limit = std::min(p_.fallback->limit, left);
      if (asks_ && (!does.says || does.after >= limit)) {
        r.at += limit;
      } else {
        r.at += asks_ ? does.after : duration{};
        if (good)
          r.got = *does.says;
      }
    }
  }

  bool named(const reply& e) const {
    auto& on = p_.fallback->on;
    return on.empty()
           || std::find(on.begin(), on.end(), std::string{e.category})
                != on.end();
  }

  policy p_;
  bool asks_;
  std::function<naive_deed(const reply&)> fallback_;
  std::vector<arrival> calls_;
  std::vector<result> results_;
  /// When those at the counter leave.
  std::vector<time_point> busy_;
  std::deque<waiting> queue_;
  int64_t tokens_ = 0;
  time_point filled_ = time_point::min();
};

} // namespace resilience::test
