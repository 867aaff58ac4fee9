# cmake -DCOMMAND=... -DEXIT=n -DOUTPUT=regex -DLAST=line -P expect_exit.cmake
#
# Fails unless COMMAND (a list) ends with code EXIT, some line it prints matches
# OUTPUT, and the last line of its standard output is LAST.
execute_process(COMMAND ${COMMAND}
  RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
if(NOT code STREQUAL EXIT)
  message(FATAL_ERROR "exit ${code}, expected ${EXIT}\n${out}${err}")
endif()
if(NOT "${out}${err}" MATCHES "${OUTPUT}")
  message(FATAL_ERROR "no match for '${OUTPUT}' in:\n${out}${err}")
endif()
if(NOT "\n${out}" MATCHES "\n${LAST}\n$")
  message(FATAL_ERROR "last line is not '${LAST}' in:\n${out}")
endif()
