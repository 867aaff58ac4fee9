// The oldest call that is alive, against a plain list, over random calls that
// come and go.
#include "resilience/age_list.hpp"

#include "support/dice.hpp"
#include "support/instants.hpp"
#include "support/rapidcheck.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace resilience::test {

namespace {

void check_calls(uint64_t seed) {
  dice d{seed};
  age_list uut;
  std::vector<std::pair<uint64_t, time_point>> calls;
  std::set<uint64_t> alive;
  auto is_alive = [&](uint64_t id) { return alive.contains(id); };
  auto now = at(1'000);
  for (uint64_t id = 1; id <= 300; ++id) {
    now += ms(d.below(3));
    alive.insert(id);
    calls.emplace_back(id, now);
    uut.add(id, now, alive.size(), is_alive);
    // Many leave at once now and then, and any of them may.
    for (auto n = d.one_in(10) ? d.below(50) : d.below(3); n > 0; --n) {
      auto i = static_cast<size_t>(d.below(static_cast<int>(calls.size())));
      alive.erase(calls[i].first);
    }
    auto oldest = std::find_if(calls.begin(), calls.end(), [&](const auto& x) {
      return alive.contains(x.first);
    });
    if (d.one_in(2))
      RC_ASSERT(uut.oldest(is_alive)
                == (oldest != calls.end() ? std::optional{oldest->second}
                                          : std::nullopt));
    RC_ASSERT(uut.size() <= 300u);
  }
  // Who left is forgotten with what comes.
  alive.clear();
  for (uint64_t id = 1'000; id < 1'200; ++id)
    uut.add(id, now, 0, is_alive);
  RC_ASSERT(uut.size() <= 65u);
}

RC_GTEST_PROP(age_list_model, knows_the_oldest_whoever_comes_and_goes, ()) {
  check_calls(*rc::gen::inRange<uint64_t>(0, uint64_t{1} << 62));
}

} // namespace

} // namespace resilience::test
