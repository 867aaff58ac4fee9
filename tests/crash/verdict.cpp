#include "verdict.hpp"

#include "resilience/store/sqlite_store.hpp"

#include "child.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <sstream>

namespace resilience::crash {

namespace {

using database_ptr = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

// What SQLite itself says about the file.
std::string integrity(const std::string& path) {
  sqlite3* raw = nullptr;
  auto code =
    sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  database_ptr db{raw, sqlite3_close};
  if (code != SQLITE_OK)
    return "cannot be opened";
  std::string result;
  auto collect = [](void* into, int, char** values, char**) {
    *static_cast<std::string*>(into) += values[0] ? values[0] : "null";
    return 0;
  };
  if (sqlite3_exec(raw, "PRAGMA integrity_check", collect, &result, nullptr)
      != SQLITE_OK)
    return sqlite3_errmsg(raw);
  return result;
}

std::vector<history_entry> whole_history(snapshot_store& store) {
  std::vector<history_entry> result;
  history_query next{.limit = 100'000};
  next.after = 0;
  for (;;) {
    auto page = store.history(next);
    if (page.empty())
      return result;
    next.after = page.back().id;
    result.insert(result.end(), page.begin(), page.end());
  }
}

// Each announced transition of `name`, once and in order.
void check_history(std::vector<std::string>& out, const std::string& name,
                   const std::vector<announcement>& announced,
                   const std::vector<history_entry>& history) {
  std::vector<announcement> there;
  for (const auto& x : history)
    if (x.event.name == name)
      there.push_back({x.event.generation, x.event.to});
  for (size_t i = 1; i < there.size(); ++i)
    if (there[i].generation <= there[i - 1].generation)
      out.push_back(name + ": the history goes back to generation "
                    + std::to_string(there[i].generation));
  auto from = there.begin();
  for (const auto& x : announced) {
    from = std::find_if(from, there.end(), [&](const announcement& y) {
      return y.generation == x.generation;
    });
    if (from == there.end() || from->state != x.state) {
      out.push_back(name + ": lost the announced generation "
                    + std::to_string(x.generation));
      return;
    }
  }
}

// The circuit as it was announced last, or later; and its cooldown.
void check_state(std::vector<std::string>& out, const circuit_snapshot& x,
                 const announcement& last,
                 const std::vector<history_entry>& history) {
  if (x.memory.generation < last.generation
      || (x.memory.generation == last.generation
          && x.memory.state != last.state))
    out.push_back(x.name + ": is older than announced");
  if (x.memory.state != circuit_state::open)
    return;
  auto left = remaining_at(x, wall_clock::now());
  auto longest = x.config->cooldown * 100; // it may grow
  if (!x.open_until || left > x.memory.remaining || left > longest)
    out.push_back(x.name + ": has a cooldown that cannot be");
  if (x.config->cooldown_growth > 1 || !x.open_until)
    return;
  auto opened =
    std::find_if(history.rbegin(), history.rend(), [&](const auto& y) {
      return y.event.name == x.name
             && y.event.generation == x.memory.generation;
    });
  if (opened == history.rend())
    return; // saved after a transition that was not announced yet
  auto off = *x.open_until - (opened->event.at + x.config->cooldown);
  if (off > std::chrono::milliseconds{20}
      || off < -std::chrono::milliseconds{20})
    out.push_back(x.name + ": its cooldown ends " + to_string(duration{off})
                  + " from where it should");
}

} // namespace

bool read_announcements(const std::string& text, announcements& into) {
  size_t at = 0;
  for (auto end = text.find('\n'); end != std::string::npos;
       at = end + 1, end = text.find('\n', at)) {
    std::istringstream line{text.substr(at, end - at)};
    std::string name;
    uint64_t generation = 0;
    int state = 0;
    if (!(line >> name >> generation >> state))
      return false;
    into[name].push_back({generation, static_cast<circuit_state>(state)});
  }
  return true;
}

std::vector<std::string> faults_of(const std::string& database,
                                   const announcements& announced) {
  std::vector<std::string> result;
  if (auto said = integrity(database); said != "ok")
    result.push_back("integrity_check: " + said);
  try {
    sqlite_store store{{.path = database}};
    auto history = whole_history(store);
    auto loaded = store.load(1'000);
    for (const auto& x : loaded.skipped)
      result.push_back("skipped: " + x);
    std::map<std::string, const circuit_snapshot*> circuits;
    for (const auto& x : loaded.circuits)
      circuits[x.name] = &x;
    for (const auto& [name, list] : announced) {
      check_history(result, name, list, history);
      if (!circuits.count(name))
        result.push_back(name + ": is not there");
      else
        check_state(result, *circuits[name], list.back(), history);
    }
  } catch (const store_error& e) {
    result.push_back(e.what());
  }
  return result;
}

} // namespace resilience::crash
