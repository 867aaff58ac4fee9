# CAF for this project: the config package of CAF 1.x if there is one, else the
# headers and libraries that distributions ship without CMake files (0.17.6).
# Targets: CAF::core, CAF::io (component io). Sets CAF_VERSION.
# CAF_ROOT, as CMake or environment variable, is the prefix to look in first.
include(FindPackageHandleStandardArgs)
set(_caf_help "CAF 0.17.6 or 1.x is needed: install the package libcaf-dev \
(Debian, Ubuntu), or pass the prefix of a CAF of your own with -DCAF_ROOT=...")

# CAF's own version file takes 1.x for incompatible with a wish for 0.17.6.
find_package(CAF 1.0 CONFIG QUIET)
if(CAF_FOUND AND TARGET CAF::core)
  foreach(c IN LISTS CAF_FIND_COMPONENTS)
    if(TARGET CAF::${c})
      set(CAF_${c}_FOUND TRUE)
    endif()
  endforeach()
  find_package_handle_standard_args(CAF CONFIG_MODE HANDLE_COMPONENTS
    REASON_FAILURE_MESSAGE "${_caf_help}")
  return()
endif()

find_path(CAF_INCLUDE_DIR caf/all.hpp)
mark_as_advanced(CAF_INCLUDE_DIR)
foreach(c core io test openssl)
  find_library(CAF_${c}_LIBRARY caf_${c})
  mark_as_advanced(CAF_${c}_LIBRARY)
  if(CAF_${c}_LIBRARY)
    set(CAF_${c}_FOUND TRUE)
  endif()
endforeach()
set(CAF_VERSION)
if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" _v
       REGEX "#define CAF_VERSION [0-9]+$")
  if(_v MATCHES "([0-9]+)$")
    set(_v ${CMAKE_MATCH_1})
    math(EXPR _a "${_v} / 10000")
    math(EXPR _b "${_v} / 100 % 100")
    math(EXPR _c "${_v} % 100")
    if(_a EQUAL 0 AND _b EQUAL 17)
      set(CAF_VERSION ${_a}.${_b}.${_c})
    endif()
  endif()
endif()
find_package_handle_standard_args(CAF
  REQUIRED_VARS CAF_core_LIBRARY CAF_INCLUDE_DIR CAF_VERSION
  VERSION_VAR CAF_VERSION HANDLE_COMPONENTS
  REASON_FAILURE_MESSAGE "${_caf_help}")
if(CAF_FOUND)
  find_package(Threads REQUIRED)
  foreach(c core io test openssl)
    if(CAF_${c}_LIBRARY AND NOT TARGET CAF::${c})
      add_library(CAF::${c} UNKNOWN IMPORTED)
      set_target_properties(CAF::${c} PROPERTIES
        IMPORTED_LOCATION "${CAF_${c}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
      target_link_libraries(CAF::${c} INTERFACE Threads::Threads)
      if(NOT c STREQUAL core)
        target_link_libraries(CAF::${c} INTERFACE CAF::core)
      endif()
    endif()
  endforeach()
endif()
