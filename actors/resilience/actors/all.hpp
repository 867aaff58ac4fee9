// Everything an application needs, in one header.
#pragma once

#include "resilience/actors/command_line.hpp"
#include "resilience/actors/error.hpp"
#include "resilience/actors/health_messages.hpp"
#include "resilience/actors/init.hpp"
#include "resilience/actors/interfaces.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/monitoring.hpp"
#include "resilience/actors/probe.hpp"
#include "resilience/actors/runtime.hpp"
#include "resilience/actors/settings.hpp"
#include "resilience/actors/team.hpp"
#include "resilience/policy.hpp"
