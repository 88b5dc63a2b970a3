#include "connectors/http/server.hpp"

#include "connectors/http/listener.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <future>
#include <utility>
#include <vector>

namespace millrace::http {
namespace {

// Often enough for the shortest deadline, and seldom enough to cost nothing.
Duration tick_of(const ServerConfig& config) {
  const Duration shortest = std::min({config.head_timeout,
                                      config.idle_timeout,
                                      config.idle_timeout_crowded,
                                      config.answer_timeout,
                                      config.transfer_grace});
  return std::clamp<Duration>(
      shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

}  // namespace

class Server::Core {
 public:
  Core(ServerConfig config, const Routes& routes, const Gate& gate, ServerEnvironment environment)
      : state_(std::move(config), routes, gate, environment.metrics, environment.log) {
    for (std::uint32_t i = 0; i < state_.config.io_threads; ++i)
      threads_.push_back(std::make_unique<IoThread>(tick_of(state_.config)));
  }

  Status start();
  std::uint16_t port() const { return listeners_.front()->port(); }
  void stop(Duration deadline);

 private:
  Status listen();
  void watch_certificates();
  template <class Task>
  void on_each_thread(Task task) {
    for (const auto& thread : threads_)
      boost::asio::post(thread->io(), [&thread = *thread, task] { task(thread); });
  }
  template <class Task>
  void on_first_thread(Task task);

  ServerState state_;
  Listener::Threads threads_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::optional<boost::asio::steady_timer> certificate_timer_;
  bool running_ = false;
};

Status Server::Core::start() {
  CHECK(!running_);
  if (state_.certificates)
    if (const Status loaded = state_.certificates->load(); !loaded) return loaded;
  if (const Status listening = listen(); !listening) {
    listeners_.clear();
    return listening;
  }
  for (const auto& thread : threads_) thread->start();
  running_ = true;
  on_first_thread([this] {
    for (const auto& listener : listeners_) listener->accept();
    if (state_.certificates) watch_certificates();
  });
  return {};
}

Status Server::Core::listen() {
  for (const std::string& text : state_.config.listen) {
    const auto address = parse_listen(text);
    if (!address) return Error{"'" + text + "' is not an address with a port"};
    if (!address->loopback && !state_.config.expose)
      return Error{"other machines can reach " + text + "; that must be allowed by 'expose: true'"};
    auto listener = std::make_unique<Listener>(threads_, state_);
    if (const Status opened = listener->open(*address); !opened) return opened;
    listeners_.push_back(std::move(listener));
  }
  return {};
}

void Server::Core::watch_certificates() {
  if (!certificate_timer_) certificate_timer_.emplace(threads_.front()->io());
  certificate_timer_->expires_after(state_.config.tls->check_every);
  certificate_timer_->async_wait([this](const boost::system::error_code& error) {
    // It may have gone off before it was cancelled.
    if (error || listeners_.front()->closed()) return;
    const auto reloaded = state_.certificates->reload();
    if (!reloaded)
      state_.log.error(
          "http", "the old certificate stays in use", {{"error", reloaded.error().what}});
    else if (*reloaded)
      state_.log.info("http", "the certificate was read again");
    watch_certificates();
  });
}

// Returns when it is done.
template <class Task>
void Server::Core::on_first_thread(Task task) {
  std::promise<void> done;
  boost::asio::post(threads_.front()->io(), [&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void Server::Core::stop(Duration deadline) {
  if (!std::exchange(running_, false)) return;
  on_first_thread([this] {
    for (const auto& listener : listeners_) listener->close();
    if (certificate_timer_) certificate_timer_->cancel();
    // From here, so that every connection that was accepted is on its thread before.
    on_each_thread([](IoThread& thread) { thread.stop_sessions(false); });
  });
  state_.connections.wait_until_none(deadline);
  on_each_thread([](IoThread& thread) {
    thread.stop_sessions(true);
    thread.finish();
  });
  // An upgraded connection that does not let go is left behind.
  if (!state_.connections.wait_until_none(std::chrono::seconds(1)))
    for (const auto& thread : threads_) thread->abandon();
  for (const auto& thread : threads_) thread->join();
}

Server::Server(ServerConfig config,
               const Routes& routes,
               const Gate& gate,
               ServerEnvironment environment)
    : core_(std::make_unique<Core>(std::move(config), routes, gate, environment)) {}

// What throws in a destructor is a bug, and ends the program.
Server::~Server() { core_->stop(Duration::zero()); }  // NOLINT(bugprone-exception-escape)

Status Server::start() { return core_->start(); }

std::uint16_t Server::port() const { return core_->port(); }

void Server::stop(Duration deadline) { core_->stop(deadline); }

}  // namespace millrace::http
