// An nginx of our own: one process, on a free port of 127.0.0.1.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace outage {

/// Not thread-safe. Use it on the main thread only: the kernel ends nginx when
/// the thread that started it ends, so it never outlives this program, however
/// this program dies.
class nginx {
public:
  /// Writes configuration and page into the folder `prefix`.
  /// @throws std::runtime_error
  nginx(std::filesystem::path binary, std::filesystem::path prefix);

  nginx(const nginx&) = delete;
  nginx& operator=(const nginx&) = delete;

  ~nginx();

  /// Returns when nginx takes connections.
  /// @throws std::runtime_error with what nginx said.
  void start();

  /// Makes it hang: the kernel still takes connections, nobody answers.
  void hang();

  /// Kills it, hanging or not: connections break, new ones are refused.
  void kill();

  std::string url() const;

private:
  void write_files() const;
  bool running();
  std::string log() const;

  std::filesystem::path binary_;
  std::filesystem::path prefix_;
  uint16_t port_;
  pid_t pid_ = 0;
};

} // namespace outage
