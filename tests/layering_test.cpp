// Arrows point down only. Reads the #include lines and the CAF version macros
// of the sources and fails on any in a place where it does not belong.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// A folder of sources and what it may include. The longest folder that a file
/// lies under is its layer.
struct layer {
  std::string_view folder;
  /// Prefixes of includes. A folder of ours ends with '/'; `std` stands for a
  /// header of the standard library, `core` for one of our core itself.
  std::vector<std::string_view> allowed;
};

const std::vector<layer> layers = {
  {"libresilience/resilience", {"std", "core"}},
  // Checks that block: sockets.
  {"libresilience/resilience/probes",
   {"std", "core", "resilience/probes/", "netdb.h", "poll.h", "sys/socket.h",
    "sys/types.h", "unistd.h"}},
  // Plain threads that call and wait.
  {"libresilience/resilience/sync", {"std", "core", "resilience/sync/"}},
  {"libresilience/resilience/json",
   {"std", "core", "resilience/json/", "nlohmann/"}},
  {"libresilience/resilience/store",
   {"std", "core", "resilience/store/", "resilience/json/", "nlohmann/",
    "SQLiteCpp/"}},
  {"libresilience/resilience/store/sqlite",
   {"std", "core", "resilience/store/", "resilience/json/", "nlohmann/",
    "SQLiteCpp/", "sqlite3.h", "fcntl.h", "sys/", "unistd.h"}},
  {"actors/resilience/actors",
   {"std", "core", "resilience/probes/", "resilience/sync/", "resilience/json/",
    "resilience/store/", "resilience/actors/", "caf/"}},
  {"actors/resilience/http",
   {"std", "core", "resilience/probes/", "resilience/json/",
    "resilience/store/", "resilience/actors/", "resilience/http/", "caf/",
    "nlohmann/", "prometheus/", "curl/", "httplib.h"}},
  // What tests of applications use; no framework of tests.
  {"actors/resilience/testing",
   {"std", "core", "resilience/actors/", "resilience/testing/", "caf/"}},
};

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/// Files that may ask for the version of CAF.
bool is_version_seam(std::string_view path) {
  return starts_with(path, "actors/resilience/actors/compat")
         || starts_with(path, "actors/resilience/testing/virtual_system");
}

bool is_word(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
         || (c >= '0' && c <= '9') || c == '_';
}

/// The first word of `line` that tells versions of CAF apart, or nothing.
std::string_view version_macro(std::string_view line) {
  for (size_t i = 0; i < line.size();) {
    auto end = i;
    while (end < line.size() && is_word(line[end]))
      ++end;
    auto word = line.substr(i, end - i);
    if (starts_with(word, "RESILIENCE_CAF_")
        || (starts_with(word, "CAF_") && word.ends_with("VERSION")))
      return word;
    i = end + 1;
  }
  return {};
}

struct include {
  bool angled;
  std::string_view header;
};

std::optional<include> parse_include(std::string_view line) {
  auto skip = [&](std::string_view text) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (!starts_with(line, text))
      return false;
    line.remove_prefix(text.size());
    return true;
  };
  if (!skip("#") || !skip("include") || !skip("") || line.empty())
    return std::nullopt;
  auto angled = line.front() == '<';
  auto end = line.find(angled ? '>' : '"', 1);
  // An include through a macro has no header to check: never fine.
  if (end == std::string_view::npos)
    return include{false, line};
  return include{angled, line.substr(1, end - 1)};
}

/// One word, nothing of a path: <vector>, <atomic>, <cstdint>.
bool is_standard(std::string_view header) {
  return std::all_of(header.begin(), header.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// resilience/X.hpp, directly in the core's folder.
bool is_core(std::string_view header) {
  constexpr std::string_view folder = "resilience/";
  return starts_with(header, folder) && header.ends_with(".hpp")
         && header.find('/', folder.size()) == std::string_view::npos;
}

bool allows(const layer& x, const include& y) {
  return std::any_of(x.allowed.begin(), x.allowed.end(),
                     [&](std::string_view rule) {
                       if (rule == "std")
                         return y.angled && is_standard(y.header);
                       if (rule == "core")
                         return is_core(y.header);
                       return starts_with(y.header, rule);
                     });
}

const layer* layer_of(const std::string& path) {
  const layer* result = nullptr;
  for (const auto& x : layers)
    if (starts_with(path, std::string{x.folder} + "/")
        && (result == nullptr || x.folder.size() > result->folder.size()))
      result = &x;
  return result;
}

/// Path below the project's folder, and text.
using sources = std::map<std::string, std::string>;

/// Every fault, a line each.
std::vector<std::string> check(const sources& files) {
  std::vector<std::string> result;
  for (const auto& [path, text] : files) {
    auto place = layer_of(path);
    auto layered =
      starts_with(path, "libresilience/") || starts_with(path, "actors/");
    if (layered && place == nullptr)
      result.push_back(path + ": lies in no layer");
    std::istringstream in{text};
    auto number = 0;
    for (std::string line; std::getline(in, line);) {
      auto where = path + ":" + std::to_string(++number) + ": ";
      auto x = parse_include(line);
      if (place != nullptr && x && !allows(*place, *x))
        result.push_back(where + "must not include " + std::string{x->header});
      auto macro = version_macro(line);
      if (!macro.empty() && !is_version_seam(path))
        result.push_back(where + "must not ask for " + std::string{macro});
    }
  }
  return result;
}

sources read_project() {
  const fs::path root{RESILIENCE_SOURCE_DIR};
  sources result;
  for (auto folder : {"libresilience", "actors", "tests", "examples",
                      "benchmarks", "simulations"}) {
    if (!fs::exists(root / folder))
      continue;
    for (const auto& x : fs::recursive_directory_iterator{root / folder}) {
      auto extension = x.path().extension();
      if (extension != ".hpp" && extension != ".cpp")
        continue;
      auto path = fs::relative(x.path(), root).generic_string();
      // This file names the macros to look for them.
      if (path == "tests/layering_test.cpp")
        continue;
      std::ifstream in{x.path()};
      std::ostringstream text;
      text << in.rdbuf();
      result[path] = text.str();
    }
  }
  return result;
}

TEST(layering, includes_point_down_and_versions_stay_in_their_seam) {
  auto files = read_project();
  auto in_core = std::count_if(files.begin(), files.end(), [](const auto& x) {
    return starts_with(x.first, "libresilience/");
  });
  EXPECT_GT(in_core, 20) << "the sources were not found";
  for (const auto& fault : check(files))
    ADD_FAILURE() << fault;
}

// -- the checker itself -------------------------------------------------------

struct planted {
  const char* path;
  const char* line;
  /// Empty where the line is fine.
  const char* fault;
};

constexpr auto core = "libresilience/resilience/x.hpp";
constexpr auto probes = "libresilience/resilience/probes/x.cpp";
constexpr auto sync = "libresilience/resilience/sync/x.hpp";
constexpr auto json = "libresilience/resilience/json/x.hpp";
constexpr auto store = "libresilience/resilience/store/x.cpp";
constexpr auto actors = "actors/resilience/actors/x.cpp";
constexpr auto http = "actors/resilience/http/x.cpp";
constexpr auto testing_folder = "actors/resilience/testing/x.hpp";

TEST(layering, a_planted_fault_is_found) {
  const planted rows[] = {
    {core, "#include <vector>", ""},
    {core, "#include \"resilience/time.hpp\"", ""},
    {core, "#include <nlohmann/json.hpp>",
     "must not include nlohmann/json.hpp"},
    {core, "#include <caf/actor.hpp>", "must not include caf/actor.hpp"},
    {core, "  #  include \"caf/actor.hpp\"", "must not include caf/actor.hpp"},
    {core, "#include \"resilience/json/codec.hpp\"",
     "must not include resilience/json/codec.hpp"},
    {core, "#include \"resilience/actors/guard.hpp\"",
     "must not include resilience/actors/guard.hpp"},
    {core, "#include \"time.hpp\"", "must not include time.hpp"},
    {core, "#include \"../x.hpp\"", "must not include ../x.hpp"},
    {core, "#include <pthread.h>", "must not include pthread.h"},
    {core, "#include SOME_HEADER", "must not include SOME_HEADER"},
    {core, "// #include nothing", ""},
    {core, "#  pragma once", ""},
    {probes, "#include <sys/socket.h>", ""},
    {probes, "#include <curl/curl.h>", "must not include curl/curl.h"},
    {core, "#include <sys/socket.h>", "must not include sys/socket.h"},
    {core, "#include \"resilience/probes/probe_thread.hpp\"",
     "must not include resilience/probes/probe_thread.hpp"},
    {sync, "#include \"resilience/sync/failure.hpp\"", ""},
    {sync, "#include \"resilience/probes/probe_thread.hpp\"",
     "must not include resilience/probes/probe_thread.hpp"},
    {actors, "#include \"resilience/sync/failure.hpp\"", ""},
    {json, "#include <nlohmann/json.hpp>", ""},
    {json, "#include \"resilience/json/codec.hpp\"", ""},
    {json, "#include \"resilience/policy.hpp\"", ""},
    {json, "#include <SQLiteCpp/SQLiteCpp.h>",
     "must not include SQLiteCpp/SQLiteCpp.h"},
    {json, "#include \"resilience/store/store.hpp\"",
     "must not include resilience/store/store.hpp"},
    {store, "#include <SQLiteCpp/SQLiteCpp.h>", ""},
    {store, "#include \"resilience/json/codec.hpp\"", ""},
    {store, "#include <caf/all.hpp>", "must not include caf/all.hpp"},
    {store, "#include \"resilience/http/client.hpp\"",
     "must not include resilience/http/client.hpp"},
    {actors, "#include <caf/all.hpp>", ""},
    {actors, "#include \"resilience/circuit.hpp\"", ""},
    {actors, "#include \"resilience/actors/guard.hpp\"", ""},
    {actors, "#include \"resilience/http/client.hpp\"",
     "must not include resilience/http/client.hpp"},
    {actors, "#include \"tests/support/x.hpp\"",
     "must not include tests/support/x.hpp"},
    {actors, "#include \"support/x.hpp\"", "must not include support/x.hpp"},
    {actors, "#include \"examples/x.hpp\"", "must not include examples/x.hpp"},
    {http, "#include \"resilience/actors/guard.hpp\"", ""},
    {actors, "#include \"resilience/testing/environment.hpp\"",
     "must not include resilience/testing/environment.hpp"},
    {testing_folder, "#include <caf/test/reporter.hpp>", ""},
    {testing_folder, "#include \"resilience/actors/runtime.hpp\"", ""},
    {testing_folder, "#include <gtest/gtest.h>",
     "must not include gtest/gtest.h"},
    {testing_folder, "#include \"support/x.hpp\"",
     "must not include support/x.hpp"},
    {http, "#include \"benchmarks/x.hpp\"",
     "must not include benchmarks/x.hpp"},
    {actors, "#if CAF_VERSION >= 10000", "must not ask for CAF_VERSION"},
    {core, "#ifdef CAF_MAJOR_VERSION", "must not ask for CAF_MAJOR_VERSION"},
    {"tests/actors/x.cpp", "#if RESILIENCE_CAF_017",
     "must not ask for RESILIENCE_CAF_017"},
    {"examples/x.cpp", "#ifdef CAF_VERSION", "must not ask for CAF_VERSION"},
    {"tests/actors/x.cpp", "#include \"anything/it/likes.hpp\"", ""},
    {"actors/resilience/actors/compat.hpp", "#if CAF_VERSION >= 10000", ""},
    {"actors/resilience/actors/compat_mail.cpp", "#if RESILIENCE_CAF_017", ""},
    {"actors/resilience/testing/virtual_system.hpp", "#if RESILIENCE_CAF_017",
     ""},
    {"actors/resilience/testing/force.hpp", "#if RESILIENCE_CAF_017",
     "must not ask for RESILIENCE_CAF_017"},
    {"tests/support/other.hpp", "#if RESILIENCE_CAF_017",
     "must not ask for RESILIENCE_CAF_017"},
  };
  for (const auto& x : rows) {
    auto found = check({{x.path, std::string{"// first\n"} + x.line + "\n"}});
    std::vector<std::string> expected;
    if (*x.fault != '\0')
      expected.push_back(std::string{x.path} + ":2: " + x.fault);
    EXPECT_EQ(found, expected) << x.path << ": " << x.line;
  }
}

TEST(layering, a_file_outside_of_all_layers_is_a_fault) {
  using faults = std::vector<std::string>;
  EXPECT_EQ(check({{"libresilience/x.cpp", ""}}),
            faults{"libresilience/x.cpp: lies in no layer"});
  EXPECT_EQ(check({{"actors/resilience/x.cpp", ""}}),
            faults{"actors/resilience/x.cpp: lies in no layer"});
  // A new folder below the core is core until it is listed.
  EXPECT_EQ(check({{"libresilience/resilience/new/x.cpp",
                    "#include \"resilience/new/x.hpp\"\n"}}),
            faults{"libresilience/resilience/new/x.cpp:1: must not include "
                   "resilience/new/x.hpp"});
}

} // namespace
