# Runs COMMAND --out OUT and compares what it wrote with what is checked in:
# CHECKED_IN.md and the files of the folder CHECKED_IN.
file(REMOVE_RECURSE "${OUT}" "${OUT}.md")
execute_process(COMMAND "${COMMAND}" --out "${OUT}" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "exit status ${status}")
endif()

function(compare fresh checked_in)
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E compare_files "${fresh}" "${checked_in}"
    RESULT_VARIABLE differs)
  if(differs)
    message(SEND_ERROR "${checked_in} is not what a run writes: "
      "simulate --out docs/simulations")
  endif()
endfunction()

compare("${OUT}.md" "${CHECKED_IN}.md")
file(GLOB fresh RELATIVE "${OUT}" "${OUT}/*")
file(GLOB old RELATIVE "${CHECKED_IN}" "${CHECKED_IN}/*")
if(NOT fresh STREQUAL old)
  message(SEND_ERROR "files differ: ${fresh}, checked in ${old}")
endif()
foreach(name IN LISTS fresh)
  compare("${OUT}/${name}" "${CHECKED_IN}/${name}")
endforeach()
