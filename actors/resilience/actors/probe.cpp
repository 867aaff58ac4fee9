#include "resilience/actors/probe.hpp"

#include "resilience/probes/tcp_probe.hpp"

namespace resilience {

probe probe::circuit(const control_actor& x, bool critical) {
  return asking(pointer_to(x), caf::make_message(get_status{}),
                [critical](const caf::message& answer) {
                  if (!answer.match_elements<circuit_status>())
                    return health_report::unhealthy(
                      "the answer is no circuit_status");
                  return health_of(answer.get_as<circuit_status>(0), critical);
                });
}

probe probe::function(std::function<health_report()> f, job_launcher launch) {
  probe result;
  if (!f)
    result.faults_.push_back("the probe's function is empty");
  result.blocking_ = std::move(f);
  result.launch_ = std::move(launch);
  return result;
}

probe probe::tcp(std::string host, int32_t port, duration limit) {
  faults found;
  if (host.empty())
    found.push_back("the probe's host must not be empty");
  check_text(found, "the probe's host", host, 256);
  check_range(found, "the probe's port", port, 1, 65'535);
  check_range(found, "the probe's limit", limit, any_length.lowest,
              any_length.highest);
  if (!found.empty())
    return faulty(std::move(found));
  return function([host = std::move(host), port = static_cast<uint16_t>(port),
                   limit] { return check_tcp(host, port, limit); });
}

probe probe::faulty(faults found) {
  probe result;
  result.faults_ = std::move(found);
  return result;
}

probe probe::asking(caf::strong_actor_ptr x, caf::message request, reader f) {
  probe result;
  if (!x)
    result.faults_.push_back("the probe's actor is null");
  result.target_ = std::move(x);
  result.request_ = std::move(request);
  result.read_ = std::move(f);
  return result;
}

health_report probe::read_report(const caf::message& x) {
  if (!x.match_elements<health_report>())
    return health_report::unhealthy("the answer is no health_report");
  return x.get_as<health_report>(0);
}

health_report probe::read_anything(const caf::message&) {
  return health_report::healthy();
}

} // namespace resilience
