#include "resilience/http/http_probe.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <string_view>

namespace resilience {

namespace {

using easy_handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using header_list = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// Once per process, before the first handle.
bool curl_is_ready() {
  static const auto code = curl_global_init(CURL_GLOBAL_DEFAULT);
  return code == CURLE_OK;
}

bool has_scheme(std::string_view url, std::string_view scheme) {
  return url.size() > scheme.size()
         && std::equal(
           scheme.begin(), scheme.end(), url.begin(), [](char a, char b) {
             return a == std::tolower(static_cast<unsigned char>(b));
           });
}

/// Without what may be secret.
std::string shown(const std::string& url) {
  auto result = url.substr(0, url.find_first_of("?#"));
  auto host = result.find("//") + 2;
  auto user = result.substr(0, result.find('/', host)).rfind('@');
  if (user != std::string::npos && user >= host)
    result.erase(host, user + 1 - host);
  return result;
}

/// One GET and what came of it.
class exchange {
public:
  explicit exchange(const http_probe_config& x)
    : config_(x), easy_(curl_easy_init(), &curl_easy_cleanup),
      headers_(nullptr, &curl_slist_free_all) {}

  health_report run() {
    if (!easy_)
      return fail("libcurl gives no handle");
    prepare();
    auto code = curl_easy_perform(easy_.get());
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    // We break off a body that is long enough ourselves.
    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && full_))
      return fail(why_.front() != '\0' ? why_.data()
                                       : curl_easy_strerror(code));
    return judge(status);
  }

private:
  static size_t on_body(char* data, size_t, size_t size, void* to) {
    auto& self = *static_cast<exchange*>(to);
    auto room = static_cast<size_t>(self.config_.max_body) - self.body_.size();
    self.body_.append(data, std::min(size, room));
    self.full_ = size >= room;
    return self.full_ ? 0 : size;
  }

  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(easy_.get(), option, value);
  }

  void prepare() {
    set(CURLOPT_URL, config_.url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    set(CURLOPT_PROTOCOLS, long{CURLPROTO_HTTP | CURLPROTO_HTTPS});
    set(CURLOPT_REDIR_PROTOCOLS, long{CURLPROTO_HTTP | CURLPROTO_HTTPS});
#endif
    set(CURLOPT_FOLLOWLOCATION, config_.max_redirects > 0 ? 1L : 0L);
    set(CURLOPT_MAXREDIRS, long{config_.max_redirects});
    set(CURLOPT_PROXY, config_.proxy.c_str());
    // No signals: there are other threads.
    set(CURLOPT_NOSIGNAL, 1L);
    auto limit = std::chrono::ceil<std::chrono::milliseconds>(config_.limit);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
    set(CURLOPT_USERAGENT, "resilience-health-check");
    set(CURLOPT_ERRORBUFFER, why_.data());
    set(CURLOPT_WRITEFUNCTION, &exchange::on_body);
    set(CURLOPT_WRITEDATA, this);
    for (const auto& line : config_.headers)
      if (auto* more = curl_slist_append(headers_.get(), line.c_str())) {
        headers_.release(); // is part of `more`
        headers_.reset(more);
      }
    set(CURLOPT_HTTPHEADER, headers_.get());
  }

  health_report judge(long status) const {
    auto answer = "status " + std::to_string(status);
    if (status < config_.lowest_status || status > config_.highest_status)
      return with_status(fail(answer), status);
    const auto& wanted = config_.body_contains;
    if (!wanted.empty() && body_.find(wanted) == std::string::npos)
      return with_status(fail(answer + ", but its body has no \"" + wanted
                              + "\"" + (full_ ? " within its limit" : "")),
                         status);
    return with_status(
      health_report::healthy(shown(config_.url) + ": " + answer), status);
  }

  health_report fail(const std::string& why) const {
    return health_report::unhealthy(shown(config_.url) + ": " + why);
  }

  static health_report with_status(health_report x, long status) {
    x.details = {{"status", std::to_string(status)}};
    return x;
  }

  const http_probe_config& config_;
  easy_handle easy_;
  header_list headers_;
  std::array<char, CURL_ERROR_SIZE> why_{};
  std::string body_;
  bool full_ = false;
};

} // namespace

faults validate(const http_probe_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  if (!has_scheme(x.url, "http://") && !has_scheme(x.url, "https://"))
    result.push_back(prefix + "url must begin with http:// or https://");
  if (x.lowest_status > x.highest_status)
    result.push_back(prefix + "lowest_status must not be above highest_status");
  for (const auto& line : x.headers)
    if (line.find_first_of("\r\n") != std::string::npos)
      result.push_back(prefix + "headers must have one line each");
  return result;
}

health_report check_http(const http_probe_config& x) {
  if (!curl_is_ready())
    return health_report::unhealthy("libcurl does not start");
  return exchange{x}.run();
}

probe http_probe(http_probe_config x) {
  if (auto found = validate(x); !found.empty())
    return probe::faulty(std::move(found));
  return probe::function(
    [config = std::move(x)] { return check_http(config); });
}

} // namespace resilience
