#include "resilience/latency_histogram.hpp"

#include <cmath>
#include <numeric>

namespace resilience {

duration latency_quantile(const std::vector<uint64_t>& counts,
                          double quantile) {
  auto total = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  if (total == 0)
    return duration::zero();
  auto rank =
    static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(total)));
  uint64_t seen = 0;
  // The last bucket has no bound.
  for (size_t i = 0; i + 1 < counts.size(); ++i) {
    seen += counts[i];
    if (seen >= rank && seen > 0)
      return std::chrono::microseconds{int64_t{1} << i};
  }
  return duration::max();
}

} // namespace resilience
