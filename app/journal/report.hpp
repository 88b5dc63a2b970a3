// What `millrace journal` says about a journal's files: tables for people, JSON for programs.
#pragma once

#include "engine/journal/inspect.hpp"

#include <string>

namespace millrace {

std::string show(const JournalReport& report);
std::string show(const Verification& verification);
std::string show(const Repair& repair);

std::string to_json(const JournalReport& report);
std::string to_json(const Verification& verification);
std::string to_json(const Repair& repair);

}  // namespace millrace
