// A limit that follows latency, in front of a target with so many workers.
//
// The knee is found without it: the smallest fixed limit that gets as much done
// as a far greater one does. The bars:
//   1. somebody always waits: the mean limit is within 20 % of the knee, and
//      at least 95 % of what is possible gets done, 75 % where service times
//      vary much;
//   2. half of the workers go, and come back: the limit is there within 300
//      service times, 1000 where they vary much, and its mean from then on is
//      within 20 % of the new knee, or half a call, one where service times
//      vary much;
//   3. mild overload for an hour, or 36000 service times: as in 1, and no step
//      of it has a mean limit beyond twice the knee; where none may wait for
//      the limit 50 % and thrice;
//   4. a target that rejects what it cannot begin at once: the mean limit is
//      within 30 % of the knee.
#include "numbers.hpp"
#include "queue_model.hpp"
#include "simulations.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace resilience::simulation {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int32_t all_workers[] = {4, 16, 64};
constexpr milliseconds all_services[] = {milliseconds{1}, milliseconds{10},
                                         milliseconds{100}};
constexpr spread all_spreads[] = {spread::narrow, spread::wide};
constexpr double close_to_knee = 0.2;
constexpr int32_t ceiling = 1000;

const char* name(spread x) {
  return x == spread::narrow ? "narrow" : "wide";
}

std::string name(milliseconds x) {
  return std::to_string(x.count()) + " ms";
}

double in_seconds(duration x) {
  return std::chrono::duration<double>(x).count();
}

/// What all workers together can do in a second.
double capacity(const queue_model& x) {
  return x.workers / in_seconds(x.service);
}

queue_result run_adaptive(const queue_model& x) {
  return run(x, adaptive_limit{{}, ceiling, x.seed});
}

/// Knees scale with time: that of one service time is that of all.
int32_t knee_of(int32_t workers, spread services) {
  return knee({.workers = workers, .services = services});
}

/// Lowest and highest of some values.
struct extent {
  double lowest = std::numeric_limits<double>::max();
  double highest = std::numeric_limits<double>::lowest();

  void add(double x) {
    lowest = std::min(lowest, x);
    highest = std::max(highest, x);
  }

  bool within(double x) const {
    return -x <= lowest && highest <= x;
  }
};

std::string text(const extent& x, std::string (*how)(double)) {
  auto low = how(x.lowest);
  auto high = how(x.highest);
  return low == high ? low : low + " to " + high;
}

std::string percent(double share) {
  return fixed(share * 100, 0) + " %";
}

template <class F>
void for_each_target(F&& f) {
  for (auto services : all_spreads)
    for (auto workers : all_workers)
      for (auto service : all_services)
        f(queue_model{
          .workers = workers, .service = service, .services = services});
}

// -- 1: the knee --------------------------------------------------------------

/// Where service times vary much, a latency is hard to tell from another.
double least_done(spread services) {
  return services == spread::narrow ? 0.95 : 0.75;
}

row find_knee(report& out, queue_model x) {
  auto knee = knee_of(x.workers, x.services);
  x.length = std::max<duration>(10'000 * x.service, seconds{40});
  x.warm_up = x.length / 10;
  x.step = x.length / 100;
  extent off;
  extent done;
  extent latency;
  for (x.seed = 1; x.seed <= 3; ++x.seed) {
    auto got = run_adaptive(x);
    off.add(got.limit / knee - 1);
    done.add(got.throughput / capacity(x));
    latency.add(in_seconds(got.latency) / in_seconds(x.service));
  }
  auto digits = [](double v) { return fixed(v, 2); };
  return {name(x.services),
          std::to_string(x.workers),
          name(std::chrono::duration_cast<milliseconds>(x.service)),
          std::to_string(knee),
          out.bar(off.within(close_to_knee), text(off, signed_percent)),
          out.bar(done.lowest >= least_done(x.services), text(done, percent)),
          text(latency, digits)};
}

void find_knees(report& out) {
  out.heading("Adaptive limit: the knee");
  out.paragraph(
    "A target with so many workers and a queue; somebody always waits for the "
    "limit, which\nstarts at 10. The knee is the smallest fixed limit with 98 "
    "% "
    "of the throughput that\ntwice as many calls as workers have. Service "
    "times "
    "are narrow (uniform, 80 % to 120 %\nof their mean) or wide (exponential). "
    "Lowest and highest of three seeds; latency in\nservice times. Bars: limit "
    "within 20 % of the knee, 95 % of the throughput, 75 % where times are "
    "wide.");
  std::vector<row> rows;
  for_each_target(
    [&](const queue_model& x) { rows.push_back(find_knee(out, x)); });
  out.table({"times", "workers", "service", "knee", "mean limit", "throughput",
             "latency"},
            rows, 1);
}

// -- 2: capacity goes and comes back ------------------------------------------

constexpr int phase_steps = 400;
constexpr int service_times_per_step = 10;

/// A mean of so many steps tells whether the limit is there.
constexpr ptrdiff_t settle_steps = 5;

double mean(std::vector<double>::const_iterator from,
            std::vector<double>::const_iterator to) {
  return std::accumulate(from, to, 0.0) / static_cast<double>(to - from);
}

/// A limit is a whole number: a part of a call off is as near as it comes.
bool is_at(double limit, int32_t knee, double calls) {
  return std::abs(limit - knee) <= std::max(close_to_knee * knee, calls);
}

/// Service times until the limit is at the knee, from the first of a phase.
double settle_time(const std::vector<double>& limits, int phase, int32_t knee) {
  auto first = limits.begin() + phase * phase_steps;
  for (auto i = first; i + settle_steps <= first + phase_steps; ++i)
    if (is_at(mean(i, i + settle_steps), knee, 0.5))
      return static_cast<double>(i + settle_steps - first)
             * service_times_per_step;
  return std::numeric_limits<double>::infinity();
}

queue_model changing(queue_model x) {
  x.step = service_times_per_step * x.service;
  auto phase = phase_steps * x.step;
  x.length = 3 * phase;
  x.changes = {{phase, x.workers / 2}, {2 * phase, x.workers}};
  return x;
}

row follow_change(report& out, queue_model x) {
  x = changing(x);
  auto narrow = x.services == spread::narrow;
  auto bar = narrow ? 300.0 : 1000.0;
  row result{name(x.services), std::to_string(x.workers),
             name(std::chrono::duration_cast<milliseconds>(x.service))};
  for (int phase : {1, 2}) {
    auto knee = knee_of(phase == 1 ? x.workers / 2 : x.workers, x.services);
    extent settled;
    extent limit;
    bool there = true;
    for (x.seed = 1; x.seed <= 3; ++x.seed) {
      auto got = run_adaptive(x).limits;
      settled.add(settle_time(got, phase, knee));
      auto end = got.cbegin() + (phase + 1) * phase_steps;
      auto after = mean(end - phase_steps / 2, end);
      limit.add(after);
      there = there && is_at(after, knee, narrow ? 0.5 : 1);
    }
    result.push_back(std::to_string(knee));
    result.push_back(out.bar(settled.highest <= bar, text(settled, shortest)));
    result.push_back(
      out.bar(there, text(limit, [](double v) { return fixed(v, 1); })));
  }
  return result;
}

void follow_changes(report& out) {
  out.heading("Adaptive limit: capacity halves and comes back");
  out.paragraph(
    "As above; after 4000 service times half of the workers go, after 8000 "
    "they come back.\nService times until the mean limit of fifty of them is "
    "within "
    "20 % of the new knee (or\nhalf a call), and the mean limit in the second "
    "half of each phase. Bars: 300 service\ntimes, 1000 where they are wide; "
    "the mean limit within 20 % or half a call, one where they are wide.");
  std::vector<row> rows;
  for_each_target(
    [&](const queue_model& x) { rows.push_back(follow_change(out, x)); });
  out.table({"times", "workers", "service", "knee", "settled after", "limit",
             "knee", "settled after", "limit"},
            rows, 1);
}

void draw_change(report& out) {
  auto x = changing({.workers = 64, .service = milliseconds{10}});
  auto got = run_adaptive(x).limits;
  plot_line limit{"limit", {}};
  plot_line knee{"workers", {}};
  auto step = in_seconds(x.step);
  for (size_t i = 0; i < got.size(); ++i) {
    auto from = static_cast<double>(i) * step;
    auto halved = i / phase_steps == 1;
    limit.points.emplace_back(from + step / 2, got[i]);
    knee.points.emplace_back(from, halved ? x.workers / 2 : x.workers);
    knee.points.emplace_back(from + step, halved ? x.workers / 2 : x.workers);
  }
  out.picture("adaptive_change",
              {"64 workers, 32, and 64 again; 10 ms a call; somebody always "
               "waits",
               "seconds",
               "calls at once",
               {limit, knee}});
}

// -- 3: mild overload ---------------------------------------------------------

queue_model overloaded(queue_model x, double load, int32_t max_waiting) {
  x.load = load;
  x.max_waiting = max_waiting;
  x.length = 36'000 * x.service;
  x.warm_up = 1000 * x.service;
  x.step = 100 * x.service;
  return x;
}

row stay_in_overload(report& out, const queue_model& x) {
  auto knee = knee_of(x.workers, x.services);
  auto got = run_adaptive(x);
  auto off = got.limit / knee - 1;
  // Without room to wait, places stand empty between arrivals: more than the
  // knee gets more done.
  auto most = x.max_waiting > 0 ? close_to_knee : 0.5;
  auto greatest = x.max_waiting > 0 ? 2 : 3;
  return {name(x.services),
          std::to_string(x.workers),
          name(std::chrono::duration_cast<milliseconds>(x.service)),
          percent(*x.load),
          std::to_string(x.max_waiting),
          std::to_string(knee),
          out.bar(-close_to_knee <= off && off <= most, signed_percent(off)),
          out.bar(got.greatest_limit <= greatest * knee,
                  fixed(got.greatest_limit, 1)),
          percent(got.throughput / capacity(x)),
          fixed(in_seconds(got.latency) / in_seconds(x.service), 2)};
}

void stay_in_overloads(report& out) {
  out.heading("Adaptive limit: mild overload");
  out.paragraph(
    "Independent arrivals, a little more than the target can do, for 36000 "
    "service times (an\nhour of 100 ms); further calls wait for the limit, or "
    "are rejected where none may wait.\nThe greatest limit is that of 360 "
    "means. Bars: the mean limit from 20 % below the knee\nto 20 % above it "
    "(50 "
    "% where none may wait), no mean beyond twice the knee (thrice).");
  std::vector<row> rows;
  for (auto max_waiting : {100, 0})
    for (auto services : all_spreads)
      for (auto workers : all_workers)
        for (auto service : {milliseconds{10}, milliseconds{100}})
          for (auto load : {1.05, 1.2})
            rows.push_back(stay_in_overload(
              out,
              overloaded(
                {.workers = workers, .service = service, .services = services},
                load, max_waiting)));
  out.table({"times", "workers", "service", "load", "may wait", "knee",
             "mean limit", "greatest", "throughput", "latency"},
            rows, 1);
}

void draw_overload(report& out) {
  auto x = overloaded({.workers = 16, .service = milliseconds{100}}, 1.05, 100);
  auto got = run_adaptive(x).limits;
  plot_line limit{"limit", {}};
  plot_line knee{"workers", {}};
  for (size_t i = 0; i < got.size(); ++i) {
    auto minutes = (static_cast<double>(i) + 0.5) * in_seconds(x.step) / 60;
    limit.points.emplace_back(minutes, got[i]);
    knee.points.emplace_back(minutes, x.workers);
  }
  out.picture("adaptive_overload", {"16 workers, 100 ms a call, 105 % load",
                                    "minutes",
                                    "calls at once",
                                    {limit, knee}});
}

// -- 4: a target that rejects -------------------------------------------------

row meet_rejection(report& out, queue_model x) {
  auto knee = knee_of(x.workers, x.services);
  x.rejects = true;
  x.length = 10'000 * x.service;
  x.warm_up = x.length / 10;
  x.step = x.length / 100;
  extent off;
  extent done;
  for (x.seed = 1; x.seed <= 3; ++x.seed) {
    auto got = run_adaptive(x);
    off.add(got.limit / knee - 1);
    done.add(got.throughput / capacity(x));
  }
  return {name(x.services),
          std::to_string(x.workers),
          name(std::chrono::duration_cast<milliseconds>(x.service)),
          std::to_string(knee),
          out.bar(off.within(0.3), text(off, signed_percent)),
          text(done, percent)};
}

void meet_rejections(report& out) {
  out.heading("Adaptive limit: a target that rejects");
  out.paragraph(
    "As in the first table, but what no worker can begin at once is answered "
    "with an error\nafter a hundredth of the service time: no latency ever "
    "shows "
    "that there are too many.\nBar: the mean limit within 30 % of the knee.");
  std::vector<row> rows;
  for_each_target(
    [&](const queue_model& x) { rows.push_back(meet_rejection(out, x)); });
  out.table({"times", "workers", "service", "knee", "mean limit", "throughput"},
            rows, 1);
}

} // namespace

void simulate_adaptive(report& out) {
  find_knees(out);
  follow_changes(out);
  draw_change(out);
  stay_in_overloads(out);
  draw_overload(out);
  meet_rejections(out);
}

} // namespace resilience::simulation
