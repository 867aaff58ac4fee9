#include "resilience/json/key_check.hpp"

namespace resilience::json {

bool key_check::operator()(nlohmann::json::parse_event_t event,
                           const nlohmann::json& x) {
  using kind = nlohmann::json::parse_event_t;
  switch (event) {
    case kind::object_start:
    case kind::array_start:
      open_.emplace_back();
      break;
    case kind::object_end:
    case kind::array_end:
      open_.pop_back();
      break;
    case kind::key:
      open_.back().last = x.get<std::string>();
      if (!open_.back().keys.insert(open_.back().last).second)
        out_.push_back(path() + " is given twice");
      break;
    case kind::value:
      break;
  }
  return true;
}

std::string key_check::path() const {
  std::string result;
  for (const auto& x : open_)
    if (!x.last.empty())
      result += (result.empty() ? "" : ".") + x.last;
  return result;
}

} // namespace resilience::json
