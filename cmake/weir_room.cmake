# One call per room of src/. The order of the rooms is the order of the data: a room links only rooms above it,
# and a wrong direction ends the configuration.
#
#   weir_room(funnel
#     HEADERS  conversion.h          # public: each is verified to compile alone
#     SOURCES  conversion.cc
#     TESTS    conversion_test.cc
#     DEPENDS  base timeline         # rooms
#     LIBRARIES PRIVATE SomeLib      # third parties this room owns
#     PART build                     # a second target of the room (weir_timeline_build) that may use its first one
#     KERNEL)                        # numeric code: no contraction of floating-point operations, -O3 in release

function(weir_compile_options target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
    -Woverloaded-virtual -ffp-contract=off -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op -Wuseless-cast -Wno-restrict>
    $<$<BOOL:${WEIR_WERROR}>:-Werror>)
  if(WEIR_SANITIZE)
    # g++ 12 warns falsely in libstdc++'s std::function and std::regex once its code is instrumented.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_compile_options(${target} PUBLIC -fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
    target_link_options(${target} PUBLIC -fsanitize=${WEIR_SANITIZE})
  endif()
  if(WEIR_FUZZ AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")  # the fuzzer sees which lines of the rooms an input reaches
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

function(weir_rooms)
  set_property(GLOBAL PROPERTY WEIR_ROOM_ORDER "${ARGN}")
  foreach(room IN LISTS ARGN)
    if(WEIR_PYTHON_MODULE AND NOT room IN_LIST WEIR_PURE_ROOMS)
      continue()
    endif()
    if(EXISTS ${CMAKE_SOURCE_DIR}/src/${room}/CMakeLists.txt)
      add_subdirectory(src/${room})
    endif()
  endforeach()
endfunction()

function(weir_room room)
  cmake_parse_arguments(ROOM "KERNEL" "PART" "HEADERS;SOURCES;TESTS;DEPENDS;LIBRARIES" ${ARGN})
  if(WEIR_PYTHON_MODULE AND ROOM_PART)
    return()  # parts are what is not pure
  endif()
  get_property(order GLOBAL PROPERTY WEIR_ROOM_ORDER)
  list(FIND order ${room} own_place)
  if(own_place EQUAL -1)
    message(FATAL_ERROR "room '${room}' is not in the list of rooms of the top CMakeLists.txt")
  endif()
  set(dependencies "")
  foreach(dependency IN LISTS ROOM_DEPENDS)
    # "timeline/build" is the part `build` of the room `timeline`.
    string(REPLACE "/" "_" dependency_target ${dependency})
    list(APPEND dependencies weir_${dependency_target})
    string(REGEX REPLACE "/.*" "" dependency ${dependency})
    list(FIND order ${dependency} place)
    if(ROOM_PART AND place EQUAL own_place)
      continue()
    endif()
    if(place EQUAL -1 OR NOT place LESS own_place)
      message(FATAL_ERROR "room '${room}' may only depend on rooms above it, and '${dependency}' is none")
    endif()
  endforeach()

  set(part ${room})
  if(ROOM_PART)
    set(part ${room}_${ROOM_PART})
  endif()
  set(target weir_${part})
  add_library(${target} STATIC ${ROOM_SOURCES})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR}/src FILES ${ROOM_HEADERS})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX VERIFY_INTERFACE_HEADER_SETS ON)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${dependencies})
  if(ROOM_LIBRARIES)
    target_link_libraries(${target} ${ROOM_LIBRARIES})
  endif()
  weir_compile_options(${target})
  if(ROOM_KERNEL)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O3>)
  endif()

  if(WEIR_TESTS AND ROOM_TESTS)
    add_executable(${part}_test ${ROOM_TESTS})
    target_link_libraries(${part}_test PRIVATE ${target} GTest::gtest GTest::gmock GTest::gtest_main rapidcheck)
    target_compile_definitions(${part}_test PRIVATE WEIR_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    weir_compile_options(${part}_test)
    gtest_discover_tests(${part}_test TEST_PREFIX "${part}." DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  endif()
endfunction()
