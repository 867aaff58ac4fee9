// This program once more, as a process of its own whose standard output is read
// here.
//
// Not thread-safe. Use it on the main thread only: the kernel kills the process
// when the thread that started it ends, so it never outlives this program.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace outage {

class child_process {
public:
  /// @param args the command line, without the program's name.
  /// @throws std::runtime_error
  explicit child_process(const std::vector<std::string>& args);

  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// Tells it to end, and kills it where it does not.
  ~child_process();

  /// Whole lines that it has written; waits for some for at most `wait`.
  std::vector<std::string> lines(std::chrono::milliseconds wait);

  /// SIGKILL; returns when it is gone.
  void kill();

  /// SIGTERM.
  void terminate();

  /// Whether it still runs.
  bool running();

  /// Its exit code, once it has ended by itself.
  std::optional<int> exit_code() const {
    return exit_code_;
  }

  pid_t pid() const {
    return pid_;
  }

private:
  void note_end(int status);

  pid_t pid_ = 0;
  bool gone_ = false;
  std::optional<int> exit_code_;
  int out_ = -1;
  std::string rest_;
};

} // namespace outage
