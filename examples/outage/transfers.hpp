// HTTP transfers by libcurl, any number at once, on one thread of their own.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace outage {

struct transfer_result {
  CURLcode code = CURLE_OK;
  long status = 0;
  /// The body, or what went wrong.
  std::string text;
};

/// Thread-safe but for construction and destruction.
class transfers {
public:
  /// Runs on the transfers' thread.
  using on_done = std::function<void(uint64_t id, transfer_result)>;

  /// @param limit how long one transfer may take.
  transfers(std::chrono::milliseconds limit, on_done done);

  transfers(const transfers&) = delete;
  transfers& operator=(const transfers&) = delete;

  /// Drops what is under way.
  ~transfers();

  void get(uint64_t id, std::string url);

private:
  struct job;

  void run();
  bool take_new();
  void finish_done();

  std::chrono::milliseconds limit_;
  on_done done_;
  CURLM* multi_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<job>> fresh_;
  bool stop_ = false;
  /// Under way; the thread's own.
  std::map<CURL*, std::unique_ptr<job>> active_;
  std::thread thread_;
};

} // namespace outage
