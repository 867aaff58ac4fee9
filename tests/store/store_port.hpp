// A test that runs on every store.
#pragma once

#include "resilience/store/memory_store.hpp"

#include "store/store_fixture.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace resilience::test {

/// Files have other ones.
inline constexpr memory_limits without_limits{SIZE_MAX, SIZE_MAX};

/// The parameter is the kind of store.
class store_port : public testing::TestWithParam<const char*> {
protected:
  store_port() {
    if (GetParam() == std::string{"memory"})
      store = std::make_unique<memory_store>(without_limits);
    else
      store = std::make_unique<sqlite_store>(options_for(folder / "x.db"));
  }

  void save(const std::vector<circuit_snapshot>& xs) {
    store->save(xs, {});
  }

  void append(const std::vector<journal_entry>& xs) {
    store->append(xs);
  }

  std::vector<history_entry> history(history_query what = {}) {
    return store->history(what);
  }

  temp_dir folder;
  std::unique_ptr<snapshot_store> store;
};

inline auto every_store() {
  return testing::Values("memory", "sqlite");
}

inline std::string store_name(const testing::TestParamInfo<const char*>& x) {
  return x.param;
}

} // namespace resilience::test
