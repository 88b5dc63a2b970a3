#include "app/play/play.hpp"

#include "app/cli/environment.hpp"
#include "app/cli/interrupt.hpp"
#include "app/play/player.hpp"

#include <fmt/format.h>

namespace millrace::play {
namespace {

constexpr auto kBetweenLooks = std::chrono::seconds(1);
// Servers take messages of 64 KiB, each with at least one event.
constexpr std::size_t kWebSocketBody = std::size_t{60} << 10;
constexpr auto kBetweenLines = std::chrono::seconds(10);

// Shows how it goes: a line that is rewritten on a terminal, one every ten seconds elsewhere. What
// is wrong is said when it is new, and then every ten seconds.
class Spectator {
 public:
  Spectator(Terminal& terminal, const PlayTotals& totals) : terminal_(terminal), totals_(totals) {}
  ~Spectator() { terminal_.show_status({}); }

  void look() {
    const auto now = Clock::now();
    if (now - looked_ < kBetweenLooks) return;
    looked_ = now;
    const bool line_is_due = now - said_ >= kBetweenLines;
    const bool worse = requests_without_answer() > without_answer_;
    if (worse && (line_is_due || !troubled_)) terminal_.complain(totals_.trouble);
    troubled_ = worse;
    without_answer_ = requests_without_answer();
    if (terminal_.message_looks().interactive)
      terminal_.show_status(totals_text(totals_));
    else if (line_is_due)
      terminal_.say(totals_text(totals_));
    if (line_is_due) said_ = now;
  }

 private:
  std::uint64_t requests_without_answer() const {
    std::uint64_t count = 0;
    for (const auto& [status, requests] : totals_.statuses)
      if (status < 200 || status >= 300) count += requests;
    return count;
  }

  Terminal& terminal_;
  const PlayTotals& totals_;
  Clock::time_point looked_ = Clock::now();
  Clock::time_point said_ = Clock::now();
  bool troubled_ = false;
  std::uint64_t without_answer_ = 0;
};

}  // namespace

ExitCode play(Terminal& terminal,
              const PlayRequest& request,
              const simulate::SimulationOptions& shop) {
  const auto to = client::parse_address(request.to);
  if (!to) {
    terminal.complain(to.error().what);
    return ExitCode::kUsage;
  }
  if (request.batch == 0 || request.batch > 2'000 || request.connections == 0 ||
      request.connections > 10'000) {
    terminal.complain("simulate: --batch is from 1 to 2000, --connections from 1 to 10k");
    return ExitCode::kUsage;
  }
  const bool websocket = request.protocol == "websocket";
  const PlayOptions options{.shop = shop,
                            .rate = static_cast<double>(request.rate),
                            .batch = static_cast<std::uint32_t>(request.batch),
                            .body_max = websocket ? kWebSocketBody : PlayOptions{}.body_max,
                            .connections = static_cast<std::uint32_t>(request.connections),
                            .duration = request.duration,
                            .events = request.events};
  const std::string key = request.key.empty() ? environment("MILLRACE_KEY") : request.key;
  Player player(options, [&](client::Loop& loop) {
    return websocket ? make_websocket_channel(loop, *to, key) : make_http_channel(loop, *to, key);
  });
  const Interruption interruption;
  {
    Spectator spectator(terminal, player.totals());
    player.run(Interruption::requested, [&] { spectator.look(); });
  }
  const PlayTotals& totals = player.totals();
  terminal.print(totals_json(totals, to->url()));
  if (!totals.trouble.empty()) terminal.complain(totals.trouble);
  if (!terminal.finish(terminal.out())) return ExitCode::kInputOutput;
  if (Interruption::requested()) return ExitCode::kInterrupted;
  return totals.lost > 0 ? ExitCode::kUnavailable : ExitCode::kOk;
}

}  // namespace millrace::play
