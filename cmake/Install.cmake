# Installs the program, the libraries and their headers. A user of the libraries writes
#   find_package(millrace REQUIRED)
#   target_link_libraries(shop PRIVATE millrace::engine millrace::operators millrace::connectors)
# and includes "engine/engine.hpp".
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/millrace)

foreach(part options engine operators connectors)
  set_target_properties(millrace_${part} PROPERTIES EXPORT_NAME ${part})
  install(TARGETS millrace_${part} EXPORT millrace)
endforeach()
if(TARGET millrace)
  install(TARGETS millrace)
endif()
install(EXPORT millrace NAMESPACE millrace:: DESTINATION ${package_folder} FILE millraceTargets.cmake)
install(DIRECTORY engine operators connectors DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/millrace
        FILES_MATCHING PATTERN "*.hpp")

write_basic_package_version_file(${PROJECT_BINARY_DIR}/millraceConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/millraceConfig.cmake cmake/Dependencies.cmake ${PROJECT_BINARY_DIR}/millraceConfigVersion.cmake
        DESTINATION ${package_folder})
