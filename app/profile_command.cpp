// `millrace profile`: what a running server knows of a customer.
#include "app/cli/interrupt.hpp"
#include "app/commands.hpp"
#include "app/remote/json_text.hpp"
#include "app/remote/server_access.hpp"

#include <fmt/format.h>

#include <optional>

namespace millrace {
namespace {

class Profile final : public Action {
 public:
  void declare(Options& options) override {
    Option& verb = options.argument("VERB", verb_, "What to do.");
    verb.choices = {"get"};
    verb.required = true;
    options
        .argument("ID",
                  id_,
                  "An identifier, such as user_id:42, a bare user id or anonymous id, or the "
                  "profile's own.")
        .required = true;
    options.value(
        "--after", "POSITION", after_, "Wait until this record of the journal is in the answer.");
    options.flag("--segments", segments_, "Only the segments.");
    options.flag("--json", json_, "One line, as the server gives it.");
    server_.declare(options);
  }

  ExitCode run(Terminal& terminal) override {
    if (const Status opened = server_.open(); !opened) {
      terminal.complain(opened.error().what);
      return ExitCode::kUsage;
    }
    const Interruption interruption;
    std::string path = "/v1/profiles/" + percent_encoded(id_) + (segments_ ? "/segments" : "");
    if (after_) path += fmt::format("?after={}", *after_);
    const auto answer = server_.get(path);
    if (!answer || !answer->ok()) return complain_of_answer(answer, terminal);
    terminal.print(json_ ? answer->body + "\n" : indented_json(answer->body));
    return ExitCode::kOk;
  }

 private:
  std::string verb_;
  std::string id_;
  std::optional<std::uint64_t> after_;
  bool segments_ = false;
  bool json_ = false;
  ServerAccess server_;
};

}  // namespace

Command profile_command() {
  return {
      .name = "profile",
      .summary = "Show what a running server knows of a customer.",
      .examples =
          "millrace profile get user_id:42\n"
          "millrace profile get 42 --segments --to http://127.0.0.1:8080\n",
      .make = make_action<Profile>,
  };
}

}  // namespace millrace
