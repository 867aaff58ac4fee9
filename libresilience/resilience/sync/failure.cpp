#include "resilience/sync/failure.hpp"

namespace resilience {

namespace {

std::string sentence_with(errc x, const std::string& detail) {
  std::string result = sentence(x);
  return detail.empty() ? result : result + ": " + detail;
}

} // namespace

std::string failure_facts::summary() const {
  auto result =
    category + ":" + (code_name.empty() ? std::to_string(code) : code_name);
  return text.empty() ? result : result + ": " + text;
}

errc_error::errc_error(errc x, const std::string& detail)
  : std::runtime_error(sentence_with(x, detail)), code_(x) {}

failure_facts errc_error::facts() const {
  return {"resilience", static_cast<int64_t>(code_), to_string(code_),
          std::nullopt, is_rejection(code_),         what()};
}

failure_facts facts_of(const std::exception_ptr& x) {
  try {
    std::rethrow_exception(x);
  } catch (const telling_failure& e) {
    return e.facts();
  } catch (const std::system_error& e) {
    return error_traits<std::error_code>::facts(e.code());
  } catch (...) {
    return {"exception"};
  }
}

} // namespace resilience
