// Whether a machine is fit to run a topology: each check says what it found, and what to do.
// Blocks on the disk; changes nothing but files of its own, which it removes.
#pragma once

#include "connectors/admission/collect_config.hpp"
#include "connectors/server_section.hpp"
#include "engine/journal/config.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::doctor {

enum class Verdict : std::uint8_t { kOk, kWarn, kFail };

struct Finding {
  Verdict verdict = Verdict::kOk;
  std::string check;   // "disk"
  std::string what;    // what was found
  std::string advice;  // what to do; empty if it is fine
};

using Findings = std::vector<Finding>;

// The data directory: may we write there, on what, how fast does it sync, how much room is left.
Findings check_data(const std::string& directory, const JournalConfig& journal);
// Addresses to listen on, and how many files may be open.
Findings check_network(const ServerSection::Config& server);
// Who may read the keys, and whether they are sound.
Findings check_keys(const ServerSection::Config& server);
Finding check_clock();
// The databases that say where addresses are.
Finding check_places(const admission::GeoConfig& geo);

}  // namespace millrace::doctor
