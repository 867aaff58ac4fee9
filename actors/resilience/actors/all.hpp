// Everything an application needs, in one header.
#pragma once

#include "resilience/actors/error.hpp"
#include "resilience/actors/init.hpp"
#include "resilience/actors/interfaces.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/runtime.hpp"
#include "resilience/policy.hpp"
