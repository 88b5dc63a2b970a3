// Requests that must not be let in, and what each is told. Derived from RFC 9110 and 9112: ways in
// which two servers behind one another may disagree on what a request is or where it ends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

struct AttackCase {
  std::string_view name;
  std::string request;
  int status;
  std::string_view reason;
};

std::vector<AttackCase> attack_cases();

}  // namespace millrace::http
