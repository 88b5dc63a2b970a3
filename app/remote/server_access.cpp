#include "app/remote/server_access.hpp"

#include "app/cli/environment.hpp"
#include "app/cli/interrupt.hpp"
#include "app/remote/json_fields.hpp"

#include <fmt/format.h>

#include <cctype>

namespace millrace {

void ServerAccess::declare(Options& options) {
  options.value("--to", "URL", to_, "The server; $MILLRACE_TOKEN is its read key or admin token.");
}

Status ServerAccess::open() {
  auto address = client::parse_address(to_);
  if (!address) return address.error();
  headers_ = client::bearer_header(environment("MILLRACE_TOKEN"));
  client_ = std::make_unique<client::HttpClient>(loop_, *std::move(address));
  return {};
}

Result<client::Answer> ServerAccess::get(std::string_view path) {
  return client::ask(loop_, *client_, {.path = path, .headers = headers_}, Interruption::requested);
}

ExitCode complain_of_answer(const Result<client::Answer>& answer, Terminal& terminal) {
  if (!answer) {
    if (Interruption::requested()) return ExitCode::kInterrupted;
    terminal.complain(answer.error().what);
    return ExitCode::kUnavailable;
  }
  JsonFields fields({"detail"});
  std::string what = fmt::format("the server answers {}", answer->status);
  if (!answer->reason.empty()) what += " " + answer->reason;
  if (fields.read(answer->body) && !fields.text(0).empty())
    what += ": " + std::string(fields.text(0));
  if (answer->status == 401 || answer->status == 403) what += "; is $MILLRACE_TOKEN right?";
  terminal.complain(what);
  switch (answer->status) {
    case 401:
    case 403:
      return ExitCode::kNoPermission;
    case 404:
      return ExitCode::kNotFound;
    case 429:
    case 503:
      return ExitCode::kTryLater;
    default:
      return ExitCode::kFailed;
  }
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~:").find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out;
}

}  // namespace millrace
