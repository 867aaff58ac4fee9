// Stands before the C library's functions of threads: counts those that others
// detach, and refuses new ones. Included by one file of an executable.
#pragma once

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>

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

/// What would be called without this file.
template <class Function>
Function* next_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace resilience::test

extern "C" __attribute__((used)) inline int
pthread_detach(pthread_t thread) noexcept {
  static const auto next =
    resilience::test::next_function<int(pthread_t)>("pthread_detach");
  if (pthread_equal(thread, pthread_self()) == 0)
    ++resilience::test::detached_by_others;
  return next(thread);
}

extern "C" __attribute__((used)) inline int
pthread_create(pthread_t* thread, const pthread_attr_t* how,
               void* (*run)(void*), void* with) noexcept {
  static const auto next = resilience::test::next_function<int(
    pthread_t*, const pthread_attr_t*, void* (*) (void*), void*)>(
    "pthread_create");
  return resilience::test::threads_are_refused ? EAGAIN
                                               : next(thread, how, run, with);
}
