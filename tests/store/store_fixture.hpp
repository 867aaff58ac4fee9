// What the tests of stores share: folders of their own, circuits to remember,
// and a look into files behind the store's back.
#pragma once

#include "resilience/store/sqlite_store.hpp"

#include "support/temp_dir.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

inline std::ostream& operator<<(std::ostream& out, store_errc x) {
  return out << to_string(x);
}

} // namespace resilience

namespace resilience::test {

namespace fs = std::filesystem;

/// `seconds` after some instant of the year 2026.
wall_time at(int64_t seconds);

/// A closed circuit that has seen nothing, with the default config.
circuit_snapshot closed(const std::string& name, uint64_t generation = 1,
                        wall_time saved_at = at(0));

/// A circuit in whose every field is something else than the default.
circuit_snapshot eventful(const std::string& name);

transition_event opened(const std::string& name, uint64_t generation,
                        wall_time when = at(0));

/// `opened`, and the circuit after it.
journal_entry entry(const std::string& name, uint64_t generation,
                    wall_time when = at(0));

/// `n` entries of different circuits.
std::vector<journal_entry> entries(size_t n, uint64_t generation = 2);

/// The ids of `xs`.
std::vector<int64_t> ids(const std::vector<history_entry>& xs);

std::vector<std::string> names(const remembered& x);

/// The code that `f` fails with, `none` where it does not; `text` gets what is
/// said.
store_errc code_of(const std::function<void()>& f, std::string* text = nullptr);

sqlite_options options_for(const fs::path& file);

/// The whole file.
std::string bytes_of(const fs::path& file);

void write_bytes(const fs::path& file, std::string_view bytes);

/// Runs SQL on a file, as a person with the sqlite3 tool would.
void by_hand(const fs::path& file, const std::string& sql);

/// The first value that a query gives, as text.
std::string ask(const fs::path& file, const std::string& sql);

/// Runs `f` in a child made by `fork` and gives its exit code: what `f`
/// returns, 100 where it throws (said on stderr), 128 + n where signal n ended
/// it.
int in_child(const std::function<int()>& f);

/// Gives up the rights of root for good, where this process has them; for
/// children. False where that did not work.
bool become_nobody();

} // namespace resilience::test
