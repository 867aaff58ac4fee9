// What the documents show as code is compiled: each block marked with its
// source stands there line by line; and in each table marked with its sources
// what the last column shows as code is a line of one of them.
//
//   <!-- from examples/x.cpp -->
//   ```cpp
//
//   <!-- code from tests/a.cpp, tests/b.cpp -->
//   | name | here | code |
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
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

// A row of a table below its head.
struct row {
  lines sources;
  size_t line = 0;
  std::string text;
};

// What `text` holds between commas.
lines split(const std::string& text) {
  lines result;
  for (size_t begin = 0; begin < text.size();) {
    auto end = std::min(text.find(',', begin), text.size());
    result.push_back(trim(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return result;
}

// The rows of a document's tables; those of an unmarked one have no sources.
std::vector<row> rows(const lines& document) {
  std::vector<row> result;
  lines sources;
  size_t before = 0; // lines of this table
  for (size_t i = 0; i < document.size(); ++i) {
    const auto& x = document[i];
    constexpr auto mark = "<!-- code from ";
    if (x.starts_with('|')) {
      if (++before > 2)
        result.push_back({sources, i + 1, x});
      continue;
    }
    if (before > 0)
      sources.clear();
    before = 0;
    if (x.starts_with(mark))
      sources = split(x.substr(15, x.find(" -->") - 15));
  }
  return result;
}

// What stands between backticks in the last column.
lines codes(const std::string& row) {
  lines result;
  auto inside = false;
  for (auto c : row.substr(0, row.rfind('|')))
    if (c == '`') {
      inside = !inside;
      if (inside)
        result.emplace_back();
    } else if (inside) {
      result.back() += c;
    } else if (c == '|') {
      result.clear();
    }
  return result;
}

// Whether `code` stands in `source` in one piece, whatever its indentation.
bool stands_in(const lines& code, const lines& source) {
  return !code.empty()
         && std::search(source.begin(), source.end(), code.begin(), code.end())
              != source.end();
}

const fs::path root = RESILIENCE_SOURCE_DIR;

std::vector<fs::path> documents() {
  std::vector<fs::path> result{root / "README.md"};
  for (const auto& x : fs::directory_iterator{root / "docs"})
    if (x.path().extension() == ".md")
      result.push_back(x.path());
  return result;
}

// Lines of all `sources`, one after the other.
lines read_all(const lines& sources) {
  lines result;
  for (const auto& source : sources)
    for (auto& x : read(root / source))
      result.push_back(std::move(x));
  return result;
}

TEST(docs, show_only_code_that_is_compiled) {
  size_t seen = 0;
  for (const auto& document : documents())
    for (const auto& x : blocks(read(document))) {
      ASSERT_FALSE(x.source.empty())
        << document << ":" << x.line << ": code without a source";
      EXPECT_TRUE(stands_in(x.code, read(root / x.source)))
        << document << ":" << x.line << ": not in " << x.source;
      ++seen;
    }
  EXPECT_GT(seen, 0u);
}

TEST(docs, tables_show_only_code_that_is_compiled) {
  size_t seen = 0;
  for (const auto& document : documents())
    for (const auto& x : rows(read(document))) {
      if (x.sources.empty())
        continue;
      EXPECT_FALSE(codes(x.text).empty())
        << document << ":" << x.line << ": a row without code";
      for (const auto& code : codes(x.text)) {
        EXPECT_TRUE(stands_in({code}, read_all(x.sources)))
          << document << ":" << x.line << ": no line of its sources: " << code;
        ++seen;
      }
    }
  EXPECT_GT(seen, 0u);
}

TEST(docs, no_table_for_those_from_the_guide_is_unmarked) {
  auto found = rows(read(root / "docs" / "from-the-guide.md"));
  EXPECT_GT(found.size(), 0u);
  for (const auto& x : found)
    EXPECT_FALSE(x.sources.empty()) << x.line << ": " << x.text;
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

TEST(docs, the_check_of_tables_reads_the_last_column) {
  auto found = rows({"<!-- code from a.cpp, b.cpp -->", "| x | y |",
                     "|---|---|", "| `a` | `b;` or `c;` |", "| `a` |  |", "",
                     "| x |", "|---|", "| z |"});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].sources, (lines{"a.cpp", "b.cpp"}));
  EXPECT_EQ(found[0].line, 4u);
  EXPECT_EQ(codes(found[0].text), (lines{"b;", "c;"}));
  EXPECT_EQ(found[1].sources, found[0].sources);
  EXPECT_EQ(codes(found[1].text), lines{});
  EXPECT_EQ(found[2].sources, lines{});
}

} // namespace
