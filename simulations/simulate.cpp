// Policies against models of what they guard, on a virtual clock. The same
// numbers in every run.
//
//   simulate                        prints the tables
//   simulate --out docs/simulations writes docs/simulations.md, and the
//                                   pictures and their numbers into the folder
//   simulate NAME...                only these: hedging, adaptive
//
// Exit status: 0 if every bar is met, 1 if one is missed, 2 if it cannot run.
#include "simulations.hpp"

#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace resilience::simulation;

struct entry {
  const char* name;
  void (*run)(report&);
};

constexpr entry all[] = {{"hedging", simulate_hedging},
                         {"adaptive", simulate_adaptive}};

struct arguments {
  std::vector<entry> wanted;
  std::optional<std::string> out;
};

std::optional<arguments> parse(const std::vector<std::string>& texts) {
  arguments result;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i] == "--out" && i + 1 < texts.size()) {
      result.out = texts[++i];
      continue;
    }
    auto before = result.wanted.size();
    for (const auto& x : all)
      if (x.name == texts[i])
        result.wanted.push_back(x);
    if (result.wanted.size() == before)
      return std::nullopt;
  }
  if (result.wanted.empty())
    result.wanted.assign(std::begin(all), std::end(all));
  return result;
}

int run(const arguments& x) {
  std::filesystem::path folder{x.out.value_or("simulations")};
  report out{folder.filename().string()};
  out.heading("Simulations");
  out.paragraph(
    "Written by `simulate --out docs/simulations`: policies against "
    "models of what they\nguard, on a virtual clock. A bar that is "
    "missed is marked, and the command fails.");
  for (const auto& i : x.wanted)
    i.run(out);
  if (x.out)
    out.write(folder);
  else
    std::cout << out.document();
  std::cout << out.missed() << " bars missed\n";
  return out.all_met() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  try {
    auto x = parse({argv + 1, argv + argc});
    if (x)
      return run(*x);
    std::cerr << "usage: simulate [--out FOLDER] [hedging | adaptive]...\n";
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
  }
  return 2;
}
