// What the documents show as code is compiled: each block marked with its
// source stands there line by line.
//
//   <!-- from examples/x.cpp -->
//   ```cpp
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

using lines = std::vector<std::string>;

struct block {
  std::string source;
  size_t line = 0;
  lines code;
};

std::string trim(const std::string& x) {
  auto begin = x.find_first_not_of(" \t");
  if (begin == std::string::npos)
    return {};
  return x.substr(begin, x.find_last_not_of(" \t\r") - begin + 1);
}

lines read(const fs::path& path) {
  std::ifstream in{path};
  EXPECT_TRUE(in) << path;
  lines result;
  for (std::string x; std::getline(in, x);)
    result.push_back(trim(x));
  return result;
}

// The blocks of C++ in a document; an unmarked one has no source.
std::vector<block> blocks(const lines& document) {
  std::vector<block> result;
  std::string source;
  auto inside = false;
  for (size_t i = 0; i < document.size(); ++i) {
    const auto& x = document[i];
    constexpr auto mark = "<!-- from ";
    if (inside && x == "```")
      inside = false;
    else if (inside)
      result.back().code.push_back(x);
    else if (x.starts_with(mark))
      source = x.substr(10, x.find(" -->") - 10);
    else if (x == "```cpp") {
      result.push_back({source, i + 1, {}});
      source.clear();
      inside = true;
    }
  }
  return result;
}

// Whether `code` stands in `source` in one piece, whatever its indentation.
bool stands_in(const lines& code, const lines& source) {
  return !code.empty()
         && std::search(source.begin(), source.end(), code.begin(), code.end())
              != source.end();
}

TEST(docs, show_only_code_that_is_compiled) {
  const fs::path root = RESILIENCE_SOURCE_DIR;
  std::vector<fs::path> documents{root / "README.md"};
  for (const auto& x : fs::directory_iterator{root / "docs"})
    if (x.path().extension() == ".md")
      documents.push_back(x.path());
  size_t seen = 0;
  for (const auto& document : documents)
    for (const auto& x : blocks(read(document))) {
      ASSERT_FALSE(x.source.empty())
        << document << ":" << x.line << ": code without a source";
      EXPECT_TRUE(stands_in(x.code, read(root / x.source)))
        << document << ":" << x.line << ": not in " << x.source;
      ++seen;
    }
  EXPECT_GT(seen, 0u);
}

TEST(docs, the_check_finds_what_is_not_there) {
  EXPECT_FALSE(stands_in({"int x;"}, {"int y;"}));
  EXPECT_FALSE(stands_in({}, {"int y;"}));
  EXPECT_TRUE(stands_in({"b", "c"}, {"a", "b", "c", "d"}));
  auto found =
    blocks({"<!-- from a.cpp -->", "```cpp", "x", "```", "```cpp", "y", "```"});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].source, "a.cpp");
  EXPECT_TRUE(found[1].source.empty());
}

} // namespace
