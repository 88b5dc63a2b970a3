#include "app/server/live_server.hpp"

#include "app/problem_json.hpp"
#include "app/server/page_routes.hpp"
#include "connectors/admission/collect_section.hpp"
#include "connectors/serving/health.hpp"
#include "connectors/serving/openapi.hpp"
#include "connectors/serving/profiles.hpp"
#include "connectors/serving/segments.hpp"
#include "connectors/serving/sinks.hpp"
#include "connectors/websocket/websocket_section.hpp"
#include "engine/base/file.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/topology/topology.hpp"

#include <fmt/format.h>

#include <thread>

namespace millrace::server {
namespace {

constexpr std::size_t kFileMax = std::size_t{1} << 20;

std::vector<serving::HealthCheck> checks_of(const LiveEngine& live,
                                            const std::atomic<bool>& draining) {
  using Fault = std::optional<std::string>;
  return {
      {.name = "draining",
       .fault = [&draining]() -> Fault {
         return draining ? Fault("the server is about to stop") : std::nullopt;
       }},
      {.name = "journal",
       .fault = [&live]() -> Fault {
         const Status journal = live.status().journal;
         return journal ? std::nullopt : Fault(journal.error().what);
       }},
      {.name = "recovery",
       .fault = [&live]() -> Fault {
         const LiveStatus status = live.status();
         return status.recovered() ? std::nullopt
                                   : Fault(fmt::format("{} records are to be processed again",
                                                       status.recovery_end - status.processed));
       }},
      {.name = "processing",
       .fault = [&live]() -> Fault {
         const LiveStatus status = live.status();
         return status.failed ? Fault(status.failed->what) : std::nullopt;
       }},
  };
}

}  // namespace

LiveServer::LiveServer(ServerOptions options, const Registry& registry, Log& log)
    : options_(std::move(options)), registry_(registry), log_(log) {}

LiveServer::~LiveServer() = default;

Result<std::unique_ptr<LiveServer>> LiveServer::open(ServerOptions options,
                                                     const Registry& registry,
                                                     Log& log,
                                                     ReloadOutcome& complaint) {
  std::unique_ptr<LiveServer> made(new LiveServer(std::move(options), registry, log));
  if (Status configured = made->configure(complaint); !configured) return configured.error();
  return made;
}

Status LiveServer::configure(ReloadOutcome& complaint) {
  auto text = read_file(files_, options_.topology, kFileMax);
  if (!text) return text.error();
  topology_text_ = complaint.source = *text;
  const config::ProcessResolver resolver(parent_directory(options_.topology));
  // Once for the sections, which say where the data is, before the engine opens it.
  const auto document = config::Document::load(*text, options_.topology, complaint.problems);
  if (!complaint.problems.empty()) return Error{"the topology is no YAML"};
  const auto topology = load_topology(document, registry_, &resolver, complaint.problems);
  if (!topology) return Error{"the topology is wrong"};
  config_ = topology->section<ServerSection>();
  for (const TopologySection& section : topology->sections)
    sections_[std::string(section.type->name)] = section.prepared.effective;
  if (!options_.data.empty()) config_.data = options_.data;
  if (!options_.keys.empty()) config_.keys = options_.keys;
  if (!options_.listen.empty()) {
    config_.listen = options_.listen;
    config_.expose = true;  // who says an address wants it
  }
  auto keys = read_keys(complaint);
  if (!keys) return keys.error();
  keys_.replace(*std::move(keys));

  LiveOptions live;
  live.engine.executor = options_.executor;
  live.engine.resolver = &resolver;
  live.data = config_.data;
  live.metrics = &metrics_;
  live.on_failed = [this](const Error& error) {
    log_.error("engine", "processing has ended", {{"detail", error.what}});
  };
  auto opened = LiveEngine::open(
      *std::move(text), options_.topology, registry_, std::move(live), complaint.problems);
  if (!opened) return opened.error();
  live_ = *std::move(opened);
  collector_.emplace(
      topology->section<admission::CollectSection>(), live_->intake(), keys_, metrics_);
  auto places = admission::Places::open(collector_->config().geo);
  if (!places) return places.error();
  if ((*places)->describe().empty()) log_.info("geo", "no database says where addresses are");
  locate_by(*std::move(places));
  protocols_.emplace(*collector_);
  if (Status kept = protocols_->keep_visitors_in(files_, config_.data + "/visitors"); !kept)
    return kept;
  websocket_.emplace(topology->section<websocket::WebSocketSection>(), *collector_, [] {
    return std::chrono::floor<Duration>(std::chrono::system_clock::now());
  });
  feed_.emplace(live_->queries());
  add_routes();
  gate_ = admission::make_gate(keys_, collector_->config().cors);
  server_ = std::make_unique<http::Server>(
      config_, routes_, gate_, http::ServerEnvironment{metrics_, log_});
  return {};
}

Result<admission::Keys> LiveServer::read_keys(ReloadOutcome& complaint) const {
  auto keys = admission::Keys::development();
  if (!config_.keys.empty()) {
    SystemFiles files;
    auto text = read_file(files, config_.keys, kFileMax);
    if (!text) return text.error();
    complaint.source = *text;
    auto read = admission::load_keys(*std::move(text), config_.keys, complaint.problems);
    if (!read) return Error{"the keys are wrong"};
    keys = *std::move(read);
  }
  for (const std::string& listen : config_.listen) {
    const auto address = http::parse_listen(listen);
    if (!address) return Error{fmt::format("'{}' is no address and port to listen on", listen)};
    if (auto why = admission::why_not_at(keys, address->address); !why.empty())
      return Error{std::move(why)};
  }
  return keys;
}

void LiveServer::locate_by(std::shared_ptr<const admission::Places> places) {
  if (const std::string what = places->describe(); !what.empty())
    log_.info("geo", "addresses are looked up", {{"databases", what}});
  collector_->locate_by(std::move(places));
}

ReloadOutcome LiveServer::reload() {
  ReloadOutcome outcome;
  const auto refuse = [&](const Error& error) {
    outcome.error = error.what;
    log_.warn("server", "not reloaded", {{"detail", error.what}});
    return std::move(outcome);
  };
  auto keys = read_keys(outcome);
  if (!keys) return refuse(keys.error());
  auto places = admission::Places::open(collector_->config().geo);
  if (!places) return refuse(places.error());
  SystemFiles files;
  auto text = read_file(files, options_.topology, kFileMax);
  if (!text) return refuse(text.error());
  outcome.source = *text;
  if (*text != topology_text_) {
    const config::ProcessResolver resolver(parent_directory(options_.topology));
    const Status changed = live_->reload(*text, options_.topology, &resolver, outcome.problems);
    if (!changed) return refuse(changed.error());
    topology_text_ = *std::move(text);
    for (const TopologySection& section : live_->engine().topology().sections)
      if (section.prepared.effective != sections_[std::string(section.type->name)])
        outcome.later.emplace_back(section.type->name);
  }
  keys_.replace(*std::move(keys));
  locate_by(*std::move(places));
  log_.info("server", "reloaded");
  return outcome;
}

void LiveServer::add_routes() {
  protocols_->add_routes(routes_);
  websocket_->add_routes(routes_);
  serving::add_profile_routes(routes_, live_->queries());
  serving::add_segment_routes(routes_, live_->queries());
  serving::add_sink_routes(routes_, live_->queries());
  feed_->add_routes(routes_);
  serving::add_health_routes(routes_, checks_of(*live_, draining_));
  serving::add_metrics_route(routes_, metrics_);
  add_page_routes(routes_);
  routes_.add({.method = http::Method::kPost,
               .pattern = "/admin/reload",
               .right = http::Right::kAdmin,
               .summary = "Reads the topology and the keys again; a wrong one is refused, and the "
                          "old one runs on.",
               .handler = [this](const http::Request&,
                                 http::ReplyRef reply) { answer_reload(std::move(reply)); },
               .answer = R"({"type":"object","required":["reloaded"]})"});
  serving::add_openapi_route(routes_);
}

void LiveServer::answer_reload(http::ReplyRef reply) {
  desk_.ask([reply = std::move(reply)](const ReloadOutcome& outcome) {
    reply->send({.status = outcome.ok() ? 200 : 422,
                 .body = outcome_json(outcome),
                 .headers = {{"Cache-Control", "no-store"}}});
  });
}

Status LiveServer::start() {
  live_->start();
  if (Status started = server_->start(); !started) return started;
  log_.info("server", "listening", {{"url", url()}, {"data", config_.data}});
  return {};
}

Status LiveServer::stop() {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + config_.drain;
  const auto left = [&] {
    return std::max(std::chrono::floor<Duration>(until - Clock::now()), Duration(100));
  };
  draining_ = true;
  log_.info("server", "draining");
  std::this_thread::sleep_for(std::min(config_.drain_notice, config_.drain / 2));
  // A third for those who are slow, the rest for the journal.
  server_->stop(left() / 3);
  const Status stopped = live_->stop(left());
  if (stopped) log_.info("server", "stopped");
  return stopped;
}

std::string LiveServer::url() const {
  const auto address = http::parse_listen(config_.listen.front());
  std::string host = address->address;
  if (host == "0.0.0.0" || host == "::") host = "127.0.0.1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", config_.tls ? "https" : "http", host, server_->port());
}

std::string outcome_json(const ReloadOutcome& outcome) {
  std::string out;
  JsonWriter json(out);
  json.object();
  json.key("reloaded").value(outcome.ok());
  if (!outcome.ok()) json.key("error").value(outcome.error);
  json.key("problems").array();
  for (const config::Problem& problem : outcome.problems) write_problem(problem, json);
  json.end().key("at_restart").array();
  for (const std::string& section : outcome.later) json.value(section);
  json.end().end();
  return out;
}

}  // namespace millrace::server
