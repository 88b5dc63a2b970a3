// Origins of pages, as browsers send them: https://shop.example. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::config {
class Checker;
}

namespace millrace::admission {

bool lists(const std::vector<std::string>& origins, std::string_view origin);

// A problem for every one that no browser would send: they are compared as they are.
void check_origins(const std::vector<std::string>& origins,
                   const std::string& field,
                   config::Checker& checker);

}  // namespace millrace::admission
