// RapidCheck, whose headers are not clean under our warnings.
#pragma once

#include <gtest/gtest.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#pragma GCC diagnostic pop
