// Everything that tests of an application need, in one header: an actor system
// on a virtual clock, targets that fail as told, callers that keep their
// answers, and circuits that are open when a test wants it.
//
// The namespace is resilience::test: one called testing would hide GoogleTest's
// from whoever uses ours.
#pragma once

#include "resilience/testing/answer.hpp"
#include "resilience/testing/environment.hpp"
#include "resilience/testing/force.hpp"
#include "resilience/testing/reaction.hpp"
#include "resilience/testing/requester.hpp"
#include "resilience/testing/scripted_target.hpp"
