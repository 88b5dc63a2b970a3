// `millrace keys`: the keys of a server.
#include "app/commands.hpp"
#include "connectors/admission/keys.hpp"
#include "connectors/admission/secret.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace millrace {
namespace {

class KeysAction final : public Action {
 public:
  void declare(Options& options) override {
    Option& verb = options.argument("VERB", verb_, "What to do.");
    verb.choices = {"new"};
    verb.required = true;
    Option& file = options.argument("FILE", file_, "The keys file to make.");
    file.is_path = file.required = true;
    options.value(
        "--source", "NAME", source_, "What events that come with the write key are from.");
  }

  ExitCode run(Terminal& terminal) override {
    const std::string write = admission::make_key("mrw_");
    const std::string read = admission::make_key("mrr_");
    const std::string admin = admission::make_key("mra_");
    const auto hash = [](const std::string& key) {
      return admission::hash_text(admission::hash_secret(key));
    };
    const std::string text = fmt::format(
        "# Who may use the server: docs/reference.md, section `server`. Write keys are public, of "
        "the\n# others there is but a hash here: nobody can read them back.\n"
        "write:\n  - {{key: {}, source: {}}}\n"
        "read:\n  - {{name: read, sha256: {}}}\n"
        "admin:\n  - {{name: admin, sha256: {}}}\n",
        write,
        source_,
        hash(read),
        hash(admin));
    config::Problems problems;
    if (!admission::load_keys(text, file_, problems)) {
      terminal.complain(fmt::format("'{}' is no name for a source", source_));
      return ExitCode::kUsage;
    }
    if (const Status made = create(text); !made) {
      terminal.complain(made.error().what);
      return ExitCode::kCannotCreate;
    }
    terminal.print(
        fmt::format("write key    {}\nread key     {}\nadmin token  {}\n", write, read, admin));
    terminal.say("The last two are shown this once.");
    return ExitCode::kOk;
  }

 private:
  // For its owner only, and never over a file that is there: its keys would stop to work.
  Status create(const std::string& text) const {
    const int file = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const auto fail = [&] {
      return Error{
          fmt::format("cannot make {}: {}", file_, std::generic_category().message(errno))};
    };
    if (file < 0) return fail();
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const Status result = written ? Status() : Status(fail());
    ::close(file);
    return result;
  }

  std::string verb_;
  std::string file_;
  std::string source_ = "web";
};

}  // namespace

Command keys_command() {
  return {
      .name = "keys",
      .summary = "Make a file of keys for a server: one to send, one to read, one to administrate.",
      .examples =
          "millrace keys new keys.yaml\n"
          "millrace run topologies/shop.yaml --keys keys.yaml\n",
      .make = make_action<KeysAction>,
  };
}

}  // namespace millrace
