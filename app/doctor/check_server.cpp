#include "app/doctor/checkup.hpp"
#include "connectors/admission/keys.hpp"
#include "connectors/admission/places.hpp"
#include "connectors/client/listening.hpp"
#include "engine/base/file.hpp"
#include "engine/base/time.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include <chrono>

namespace millrace::doctor {
namespace {

// Beside connections: journal, store and the program's own.
constexpr std::uint64_t kOtherFiles = 512;

Finding check_files(std::uint64_t connections) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const std::string what = fmt::format("{} files may be open", limit.rlim_cur);
  if (limit.rlim_cur >= connections + kOtherFiles) return {Verdict::kOk, "files", what, ""};
  return {limit.rlim_cur < 2 * kOtherFiles ? Verdict::kFail : Verdict::kWarn,
          "files",
          what,
          fmt::format("`server: connections_max` is {}: raise the limit (`ulimit -n {}`), or lower "
                      "that",
                      connections,
                      connections + kOtherFiles)};
}

}  // namespace

Findings check_network(const ServerSection::Config& server) {
  Findings findings;
  for (const std::string& listen : server.listen) {
    const auto address = http::parse_listen(listen);
    if (!address) {
      findings.push_back(
          {Verdict::kFail, "port", listen + " is no address and port", "write 127.0.0.1:8080"});
      continue;
    }
    const Status free = client::may_listen(address->address, address->port);
    if (free)
      findings.push_back({Verdict::kOk, "port", listen + " is free", ""});
    else
      findings.push_back({Verdict::kFail,
                          "port",
                          fmt::format("{}: {}", listen, free.error().what),
                          "end who has it, or take another with --listen"});
  }
  findings.push_back(check_files(server.connections_max));
  return findings;
}

Findings check_keys(const ServerSection::Config& server) {
  if (server.keys.empty())
    return {{Verdict::kOk, "keys", "none: everything is open, and this machine's only", ""}};
  SystemFiles files;
  auto text = read_file(files, server.keys, std::size_t{1} << 20);
  if (!text)
    return {
        {Verdict::kFail, "keys", text.error().what, "make one: millrace keys new " + server.keys}};
  Findings findings;
  struct stat found {};
  if (::stat(server.keys.c_str(), &found) == 0 && (found.st_mode & 077) != 0)
    findings.push_back(
        {Verdict::kWarn,
         "keys",
         fmt::format("others may open {} (mode {:o})", server.keys, found.st_mode & 0777),
         "chmod 600 " + server.keys});
  config::Problems problems;
  const std::string source = *text;
  if (!admission::load_keys(*std::move(text), server.keys, problems))
    findings.push_back(
        {Verdict::kFail, "keys", config::render_all(problems, source), "correct them"});
  if (findings.empty()) findings.push_back({Verdict::kOk, "keys", server.keys + " is sound", ""});
  return findings;
}

Finding check_clock() {
  const Time now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  const std::string what = "it is " + format_time(now);
  constexpr Time kBuilt = Time(std::chrono::sys_days(std::chrono::year(2024) / 1 / 1));
  if (now < kBuilt) return {Verdict::kFail, "clock", what, "set the machine's clock"};
  timex state{};
  if (::adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
    return {Verdict::kWarn,
            "clock",
            what + ", but nothing keeps it right",
            "run chrony or systemd-timesyncd: events are dated by it"};
  return {Verdict::kOk, "clock", what, ""};
}

Finding check_places(const admission::GeoConfig& geo) {
  const auto places = admission::Places::open(geo);
  if (!places)
    return {
        Verdict::kFail, "geo", places.error().what, "get the file, or leave it out of `collect`"};
  const std::string what = (*places)->describe();
  if (what.empty())
    return {Verdict::kOk, "geo", "no database: events do not say where they come from", ""};
  return {Verdict::kOk, "geo", "addresses are looked up in " + what, ""};
}

}  // namespace millrace::doctor
