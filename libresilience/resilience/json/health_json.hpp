// Health as JSON, for dashboards and readiness endpoints. Written only.
//
//   {"name": "db", "status": "degraded", "message": "slow", "age_seconds": 2.5,
//    "details": {"replicas": "2"}, ...}
//
// Texts of probes may hold any bytes; what is no UTF-8 is replaced, so that
// what is returned can always be dumped.
#pragma once

#include "resilience/health_board.hpp"
#include "resilience/health_report.hpp"

#include <nlohmann/json_fwd.hpp>

namespace resilience {

/// Every field; what is not known is null. Durations are seconds, instants are
/// texts in UTC.
nlohmann::json to_json_value(const health_report& x);

/// `{"view", "status", "ready", "message", "parts": [...]}`, worst first.
nlohmann::json to_json_value(const health_summary& x);

} // namespace resilience
