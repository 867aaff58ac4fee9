// A folder of a test's own, gone with the test.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace resilience::test {

class temp_dir {
public:
  explicit temp_dir(
    const std::filesystem::path& in = std::filesystem::temp_directory_path()) {
    auto pattern = (in / "resilience-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error{"no temporary folder " + pattern};
    // As those who ask the system for it will call it.
    path_ = std::filesystem::canonical(pattern);
  }

  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;

  ~temp_dir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }

  const std::filesystem::path& path() const noexcept {
    return path_;
  }

  std::string file(const std::string& name) const {
    return (path_ / name).string();
  }

private:
  std::filesystem::path path_;
};

} // namespace resilience::test
