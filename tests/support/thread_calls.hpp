// Stands before the C library's functions of threads: counts those that others
// detach, and refuses new ones. Included by one file of an executable. The
// sanitizers of clang++ cannot be got before: there such tests are skipped.
#pragma once

#include "support/gate.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>

namespace resilience::test {

/// A thread that others detach may end meanwhile: glibc up to at least 2.36
/// reads its descriptor after that, and crashes where it is unmapped. One that
/// detaches itself is alive.
inline std::atomic<int> detached_by_others{0};

inline std::atomic<bool> threads_are_refused{false};

/// While it lives, there are too many threads already.
struct no_more_threads {
  no_more_threads() {
    threads_are_refused = true;
  }

  no_more_threads(const no_more_threads&) = delete;
  no_more_threads& operator=(const no_more_threads&) = delete;

  ~no_more_threads() {
    threads_are_refused = false;
  }
};

/// Whether this file is asked at all. Forgets what it has counted.
inline bool thread_calls_are_seen() {
  auto door = std::make_shared<gate>();
  std::thread waits{[door] { door->pass(); }};
  auto inside = door->wait_for_inside(1);
  detached_by_others = 0;
  waits.detach(); // alive, so that it is no risk
  auto counted = detached_by_others.exchange(0) == 1;
  door->open();
  auto refused = false;
  try {
    no_more_threads none;
    std::thread{[] {}}.join();
  } catch (const std::system_error&) {
    refused = true;
  }
  return inside && counted && refused;
}

#ifdef __clang__
#  define NEEDS_THREAD_CALLS() \
    if (!thread_calls_are_seen()) \
    GTEST_SKIP() << "another library stands before the C library"
#else
#  define NEEDS_THREAD_CALLS() ASSERT_TRUE(thread_calls_are_seen())
#endif

/// What would be called without this file.
template <class Function>
Function* next_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace resilience::test

#define RESILIENCE_BEFORE_ALL \
  extern "C" __attribute__((used, visibility("default"))) inline int

RESILIENCE_BEFORE_ALL pthread_detach(pthread_t thread) noexcept {
  static const auto next =
    resilience::test::next_function<int(pthread_t)>("pthread_detach");
  if (pthread_equal(thread, pthread_self()) == 0)
    ++resilience::test::detached_by_others;
  return next(thread);
}

RESILIENCE_BEFORE_ALL pthread_create(pthread_t* thread,
                                     const pthread_attr_t* how,
                                     void* (*run)(void*), void* with) noexcept {
  static const auto next = resilience::test::next_function<int(
    pthread_t*, const pthread_attr_t*, void* (*) (void*), void*)>(
    "pthread_create");
  return resilience::test::threads_are_refused ? EAGAIN
                                               : next(thread, how, run, with);
}
