// Counts the threads of this process that others let go. Included by one file
// of an executable: it stands before the C library's function.
#pragma once

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>

namespace resilience::test {

/// A thread that others detach may end meanwhile: glibc up to at least 2.36
/// reads its descriptor after that, and crashes where it is unmapped. One that
/// detaches itself is alive.
inline std::atomic<int> detached_by_others{0};

} // namespace resilience::test

extern "C" __attribute__((used)) inline int
pthread_detach(pthread_t thread) noexcept {
  using function = int (*)(pthread_t);
  static const auto real =
    reinterpret_cast<function>(dlsym(RTLD_NEXT, "pthread_detach"));
  if (pthread_equal(thread, pthread_self()) == 0)
    ++resilience::test::detached_by_others;
  return real(thread);
}
