# Run by ctest, see CMakeLists.txt beside this file.
cmake_minimum_required(VERSION 3.20)
unset(ENV{CAF_ROOT})
file(REMOVE_RECURSE "${WORK}")

# run(WHAT COMMAND...): sets `output`; an error ends the test.
function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result
    OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${what} failed (${result}):\n${out}")
  endif()
  message(STATUS "${what}: done")
  set(output "${out}" PARENT_SCOPE)
endfunction()

# expect(TEXT): `output` has it, wherever its lines were broken.
function(expect text)
  string(REGEX REPLACE "[ \n]+" " " flat "${output}")
  string(FIND "${flat}" "${text}" at)
  if(at LESS 0)
    message(FATAL_ERROR "no \"${text}\" in:\n${output}")
  endif()
endfunction()

set(configure "${CMAKE_COMMAND}" -S "${CONSUMER}" -G "${GENERATOR}"
  "-DCMAKE_MAKE_PROGRAM=${MAKE}" "-DCMAKE_CXX_COMPILER=${CXX}"
  "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}" "-DCMAKE_CXX_FLAGS=${FLAGS}"
  "-DCMAKE_PREFIX_PATH=${WORK}/prefix")
# Where CMake finds nothing of the system, and so no CAF.
set(without_caf
  -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF
  -DCMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF
  -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)

run(install "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/prefix")

run("configure with core only" ${configure} -B "${WORK}/core"
  -DWANTED=core ${without_caf})
run("build with core only" "${CMAKE_COMMAND}" --build "${WORK}/core")
run("run with core only" "${WORK}/core/consumer_core")
expect("closed -> open")

run("configure with probes" ${configure} -B "${WORK}/probes"
  -DWANTED=probes ${without_caf})
run("build with probes" "${CMAKE_COMMAND}" --build "${WORK}/probes")
run("run with probes" "${WORK}/probes/consumer_probes")
expect("no such host! port 1 cannot be looked up")

if(HTTP)
  run("configure with http" ${configure} -B "${WORK}/http" -DWANTED=http ${CAF})
  run("build with http" "${CMAKE_COMMAND}" --build "${WORK}/http")
  run("run with http" "${WORK}/http/consumer_http")
  expect("url must begin with http:// or https://")
endif()

if(TESTING)
  run("configure with testing" ${configure} -B "${WORK}/testing"
    -DWANTED=testing ${CAF})
  run("build with testing" "${CMAKE_COMMAND}" --build "${WORK}/testing")
  run("run with testing" "${WORK}/testing/consumer_testing")
  expect("open after 2 failures, probes after 30s")
endif()

if(JSON)
  run("configure with json" ${configure} -B "${WORK}/json" -DWANTED=json)
  run("build with json" "${CMAKE_COMMAND}" --build "${WORK}/json")
  run("run with json" "${WORK}/json/consumer_json")
  expect("breaker.cooldown_seconds must be between 1ms and 8760h, is 0s")
endif()

if(STORE)
  run("configure with store" ${configure} -B "${WORK}/store" -DWANTED=store)
  run("build with store" "${CMAKE_COMMAND}" --build "${WORK}/store")
  run("run with store" "${CMAKE_COMMAND}" -E chdir "${WORK}/store"
    "${WORK}/store/consumer_store")
  expect("payments is isolated no_such_file cannot be read")
  # What only the store itself needs stays at home.
  if(EXISTS "${WORK}/prefix/include/resilience/store/sqlite")
    message(FATAL_ERROR "installed headers of SQLite")
  endif()
endif()

if(ACTORS)
  run("configure with actors" ${configure} -B "${WORK}/actors"
    -DWANTED=actors ${CAF})
  run("build with actors" "${CMAKE_COMMAND}" --build "${WORK}/actors")
  run("run with actors" "${WORK}/actors/consumer_actors")
  expect("answer 42")

  execute_process(COMMAND ${configure} -B "${WORK}/none" -DWANTED=actors
    ${without_caf} RESULT_VARIABLE result
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(result EQUAL 0)
    message(FATAL_ERROR "configured without CAF:\n${output}")
  endif()
  expect("install the package libcaf-dev")
  expect("-DCAF_ROOT=")
else()
  execute_process(COMMAND ${configure} -B "${WORK}/none" -DWANTED=actors
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(result EQUAL 0)
    message(FATAL_ERROR "found actors that were not built:\n${output}")
  endif()
  expect("resilience was built without actors")
endif()
