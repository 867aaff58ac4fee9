# find_package(resilience): targets resilience::core, resilience::probes and
# resilience::sync and, where they were built, resilience::json, resilience::store,
# resilience::actors, resilience::http and resilience::testing. FindCAF comes
# along, since Debian's CAF has no CMake files.
include(CMakePackageConfigHelpers)

set(RESILIENCE_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/resilience")
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/resilienceConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/resilienceConfig.cmake"
  INSTALL_DESTINATION "${RESILIENCE_CMAKE_DIR}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/resilienceConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/resilienceConfig.cmake"
  "${PROJECT_BINARY_DIR}/resilienceConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake"
  DESTINATION "${RESILIENCE_CMAKE_DIR}")
install(EXPORT resilience FILE resilienceTargets.cmake NAMESPACE resilience::
  DESTINATION "${RESILIENCE_CMAKE_DIR}")
