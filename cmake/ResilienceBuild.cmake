# Compiler settings that every target of this project shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
  endif()
  find_program(RESILIENCE_CCACHE ccache)
  mark_as_advanced(RESILIENCE_CCACHE)
  if(RESILIENCE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${RESILIENCE_CCACHE}")
  endif()
endif()

add_library(resilience_build INTERFACE)
target_compile_options(resilience_build INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  -Woverloaded-virtual
  $<$<BOOL:${RESILIENCE_WERROR}>:-Werror>)
if(RESILIENCE_SANITIZE)
  target_compile_options(resilience_build INTERFACE
    -fsanitize=${RESILIENCE_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all
    # g++ says itself that this warning is wrong about instrumented code.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  # Checks before every access to memory take half of the time to compile; the
  # address sanitizer sees those that are wrong.
  if(RESILIENCE_SANITIZE MATCHES "address.*undefined")
    target_compile_options(resilience_build INTERFACE
      -fno-sanitize=null,alignment,object-size)
  endif()
  target_link_options(resilience_build INTERFACE
    -fsanitize=${RESILIENCE_SANITIZE})
endif()
if(RESILIENCE_COVERAGE)
  # Counts that threads race for may fall below zero, which gcovr refuses.
  target_compile_options(resilience_build INTERFACE --coverage
                         -fprofile-update=atomic -O0)
  target_link_options(resilience_build INTERFACE --coverage)
endif()

# resilience_add_library(NAME SOURCES...): the target resilience_NAME, known to
# users as resilience::NAME. Headers lie beside the sources under <root>.
function(resilience_add_library name)
  set(target resilience_${name})
  add_library(${target} ${ARGN})
  add_library(resilience::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${target} PRIVATE
    "$<BUILD_INTERFACE:resilience_build>")
  install(TARGETS ${target} EXPORT resilience
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(DIRECTORY resilience DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    FILES_MATCHING PATTERN "*.hpp"
    PATTERN store/sqlite EXCLUDE)
endfunction()
