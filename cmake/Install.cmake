# Filled in by the packaging step: installs headers and targets for find_package(millrace).
