#include "connectors/webhook/webhook_sink.hpp"

#include "connectors/webhook/poster.hpp"
#include "connectors/webhook/signature.hpp"
#include "connectors/webhook/target.hpp"
#include "engine/config/checker.hpp"
#include "engine/operator/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace millrace {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct WebhookConfig {
  std::string url;
  std::vector<config::Secret> secrets;
  std::vector<std::string> events;
  Duration timeout = seconds(15);
  Duration connect_timeout = seconds(5);
  std::uint32_t refusals = 3;
  config::Size max_body{20'000};
  std::string ca_file;
  bool allow_http = false;
  std::vector<std::uint16_t> ports = {443, 8443};
  std::vector<std::string> allow_private;
  OutboxConfig outbox;
  DeliveryConfig delivery;

  static constexpr auto fields() {
    using config::field;
    using T = WebhookConfig;
    return std::tuple{
        field("url", &T::url, "Where to.", {.required = true, .min_length = 1}),
        field(
            "secrets",
            &T::secrets,
            "What the receiver knows requests by: `whsec_` and base64 of 24 to 64 bytes, best from "
            "a file. With several, requests have a signature by each, for changing them.",
            {.required = true, .min_items = 1, .max_items = 4}),
        field("events",
              &T::events,
              "Which outputs: `enter(segment)`, `exit(segment)`, or the name of an effect; all if "
              "empty."),
        field("timeout",
              &T::timeout,
              "For the receiver to answer.",
              {.min = milliseconds(100), .max = minutes(5)}),
        field("connect_timeout",
              &T::connect_timeout,
              "To find the receiver, connect and agree on keys.",
              {.min = milliseconds(100), .max = minutes(1)}),
        field("refusals",
              &T::refusals,
              "After so many answers of 300 to 499 an output is a dead letter; 408, 425 and 429 "
              "count as failures, and 410 ends all deliveries.",
              {.min = 1U, .max = 100U}),
        field("max_body",
              &T::max_body,
              "An output that is larger is a dead letter.",
              {.min = config::Size{1'000}, .max = config::mebibytes(1)}),
        field("ca_file",
              &T::ca_file,
              "Certificates of the authorities to trust, in place of the system's."),
        field("allow_http", &T::allow_http, "Whether the URL may be one without encryption."),
        field(
            "ports", &T::ports, "Ports that the URL may have.", {.min_items = 1, .max_items = 64}),
        field("allow_private",
              &T::allow_private,
              "Networks, such as 10.0.0.0/8, that the receiver may be in although they are not of "
              "the open internet.",
              {.max_items = 64}),
        field("outbox", &T::outbox, "What waits to be delivered."),
        field("delivery", &T::delivery, "How outputs are delivered."),
    };
  }

  void check(config::Checker& checker) const {
    const auto target = webhook::parse_target(url);
    if (!target) {
      checker.problem("url", target.error().what);
    } else {
      if (!target->secure && !allow_http)
        checker.problem("url", "the URL is not encrypted", "use https, or set allow_http");
      if (std::find(ports.begin(), ports.end(), target->port) == ports.end())
        checker.problem("url",
                        fmt::format("port {} is not among `ports`", target->port),
                        "add it there if it is meant");
    }
    for (std::size_t i = 0; i < allow_private.size(); ++i)
      if (!webhook::parse_network(allow_private[i]))
        checker.problem(fmt::format("allow_private[{}]", i), "this is no network like 10.0.0.0/8");
    for (std::size_t i = 0; i < secrets.size(); ++i)
      if (!webhook::decode_secret(secrets[i].reveal()))
        checker.problem(fmt::format("secrets[{}]", i),
                        "this is no secret: `whsec_` and base64 of 24 to 64 bytes",
                        "make one by: echo whsec_$(openssl rand -base64 32)");
  }
};

// What `events` says, taken apart: `enter(loyal)`, `exit(loyal)`, or an effect's name.
struct Choice {
  OutputKind kind = OutputKind::kEffect;
  std::string_view name;
};
Choice choice_of(std::string_view event) {
  constexpr std::string_view kEnter = "enter(";
  constexpr std::string_view kExit = "exit(";
  if (event.ends_with(')')) {
    const std::string_view inside = event.substr(0, event.size() - 1);
    if (event.starts_with(kEnter)) return {OutputKind::kEnter, inside.substr(kEnter.size())};
    if (event.starts_with(kExit)) return {OutputKind::kExit, inside.substr(kExit.size())};
  }
  return {OutputKind::kEffect, event};
}

class WebhookSink final : public DeliveringSink {
 public:
  using Config = WebhookConfig;
  static constexpr std::string_view kName = "webhook";
  static constexpr std::string_view kSummary =
      "Posts segments entered and left, and effects, to a URL as signed JSON.";

  explicit WebhookSink(Config config) : config_(std::move(config)), poster_(options_of(config_)) {
    for (const config::Secret& secret : config_.secrets)
      keys_.push_back(webhook::decode_secret(secret.reveal()).value_or(std::string()));
  }

  Status open(const Catalog& catalog) override {
    catalog_ = &catalog;
    const auto& segments = catalog.segments();
    for (const std::string& event : config_.events) {
      const Choice choice = choice_of(event);
      if (choice.kind != OutputKind::kEffect &&
          std::find(segments.begin(), segments.end(), choice.name) == segments.end())
        return Error{fmt::format("there is no segment {} for {}", choice.name, event)};
    }
    return {};
  }

  bool wants(const OutputRecord& output) const override {
    const std::string_view name =
        output.kind == OutputKind::kEffect ? output.effect : catalog_->segments()[output.segment];
    const auto chosen = [&](const std::string& event) {
      const Choice choice = choice_of(event);
      return choice.kind == output.kind && choice.name == name;
    };
    return config_.events.empty() ||
           std::any_of(config_.events.begin(), config_.events.end(), chosen);
  }

  std::string encode(const OutputRecord& output) const override {
    std::string body;
    JsonWriter json(body);
    write_output(output, *catalog_, json);
    return body;
  }

  std::string target() const override { return config_.url; }

  Answer deliver(const Delivery& delivery) override {
    if (delivery.body.size() > config_.max_body.bytes)
      return Answer::refuse(fmt::format("{} bytes are too many", delivery.body.size()));
    const Time now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    const std::string headers =
        fmt::format("webhook-id: {}\r\nwebhook-timestamp: {}\r\nwebhook-signature: {}\r\n",
                    delivery.id,
                    webhook::timestamp_text(now),
                    webhook::sign(keys_, delivery.id, now, delivery.body));
    const auto answer = poster_.post(headers, delivery.body);
    if (!answer) return Answer::down(answer.error().what);
    return judge(*answer, delivery.attempt);
  }

  void stop() override { poster_.stop(); }

 private:
  Answer judge(const webhook::PostAnswer& answer, std::uint32_t attempt) const {
    const int status = answer.status;
    std::string reason = fmt::format("HTTP {}", status);
    if (status >= 200 && status < 300) return Answer::delivered();
    if (status == 410) return Answer::disable("HTTP 410: the receiver wants no more");
    if (status == 429 || status >= 500 || status < 200)
      return Answer::down(std::move(reason), answer.retry_after);
    if (status == 408 || status == 425) return Answer::retry(std::move(reason));
    if (status < 400) reason += ", and redirects are not followed";
    return attempt < config_.refusals ? Answer::retry(std::move(reason))
                                      : Answer::refuse(std::move(reason));
  }

  static webhook::PosterOptions options_of(const Config& config) {
    webhook::PosterOptions options;
    // A configuration that is not sound makes no sink that runs.
    if (auto target = webhook::parse_target(config.url)) options.target = *std::move(target);
    options.ca_file = config.ca_file;
    options.connect = config.connect_timeout;
    options.answer = config.timeout;
    for (const std::string& network : config.allow_private)
      if (const auto parsed = webhook::parse_network(network)) options.allowed.push_back(*parsed);
    return options;
  }

  const Config config_;
  std::vector<std::string> keys_;
  const Catalog* catalog_ = nullptr;
  webhook::Poster poster_;
};

}  // namespace

void add_webhook(Registry& registry) { registry.add<WebhookSink>(); }

}  // namespace millrace
