#include "transfers.hpp"

#include <stdexcept>

namespace outage {

struct transfers::job {
  job(uint64_t id_, std::string url_) : id(id_), url(std::move(url_)) {}

  ~job() {
    curl_easy_cleanup(easy);
  }

  job(const job&) = delete;
  job& operator=(const job&) = delete;

  static size_t append(char* data, size_t size, size_t count, void* to) {
    static_cast<std::string*>(to)->append(data, size * count);
    return size * count;
  }

  void prepare(std::chrono::milliseconds limit) {
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    // A proxy of the user's is none for this machine itself.
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(limit.count()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &job::append);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
  }

  uint64_t id;
  std::string url;
  std::string body;
  CURL* easy = curl_easy_init();
};

transfers::transfers(std::chrono::milliseconds limit, on_done done)
  : limit_(limit), done_(std::move(done)), multi_(curl_multi_init()) {
  if (!multi_)
    throw std::runtime_error("libcurl does not start");
  thread_ = std::thread{[this] { run(); }};
}

transfers::~transfers() {
  {
    std::lock_guard<std::mutex> guard{mutex_};
    stop_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  for (auto& [easy, x] : active_)
    curl_multi_remove_handle(multi_, easy);
  active_.clear();
  curl_multi_cleanup(multi_);
}

void transfers::get(uint64_t id, std::string url) {
  {
    std::lock_guard<std::mutex> guard{mutex_};
    fresh_.push_back(std::make_unique<job>(id, std::move(url)));
  }
  curl_multi_wakeup(multi_);
}

void transfers::run() {
  while (take_new()) {
    int running = 0;
    curl_multi_perform(multi_, &running);
    finish_done();
    curl_multi_poll(multi_, nullptr, 0, 1'000, nullptr);
  }
}

// False when it is time to stop.
bool transfers::take_new() {
  std::vector<std::unique_ptr<job>> fresh;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    if (stop_)
      return false;
    fresh.swap(fresh_);
  }
  for (auto& x : fresh) {
    if (!x->easy) {
      done_(x->id, {CURLE_FAILED_INIT, 0, "libcurl gives no handle"});
      continue;
    }
    x->prepare(limit_);
    auto* easy = x->easy;
    active_.emplace(easy, std::move(x));
    curl_multi_add_handle(multi_, easy);
  }
  return true;
}

void transfers::finish_done() {
  int left = 0;
  while (auto* msg = curl_multi_info_read(multi_, &left)) {
    if (msg->msg != CURLMSG_DONE)
      continue;
    auto* easy = msg->easy_handle;
    transfer_result result;
    result.code = msg->data.result;
    auto found = active_.find(easy);
    if (result.code == CURLE_OK) {
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &result.status);
      result.text = std::move(found->second->body);
    } else {
      result.text = curl_easy_strerror(result.code);
    }
    curl_multi_remove_handle(multi_, easy);
    auto id = found->second->id;
    active_.erase(found);
    done_(id, std::move(result));
  }
}

} // namespace outage
