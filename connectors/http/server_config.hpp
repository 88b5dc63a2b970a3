// How the HTTP server listens and what it bears: the part of a configuration that is about
// connections. What a request's body may hold is its route's.
#pragma once

#include "engine/base/time.hpp"
#include "engine/config/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace millrace::http {

struct TlsConfig {
  std::string certificate;
  std::string key;
  Duration check_every = std::chrono::seconds(10);

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field("certificate",
              &TlsConfig::certificate,
              "File with the certificate and those that it was issued by, PEM.",
              {.required = true, .min_length = 1}),
        field("key",
              &TlsConfig::key,
              "File with the private key, PEM.",
              {.required = true, .min_length = 1}),
        field("check_every",
              &TlsConfig::check_every,
              "How often the files are looked at for a change, which then takes effect.",
              {.min = std::chrono::milliseconds(10)}),
    };
  }
};

struct ServerConfig {
  std::vector<std::string> listen{"127.0.0.1:8080"};
  bool expose = false;
  std::uint32_t io_threads = 1;
  std::optional<TlsConfig> tls{};
  std::vector<std::string> trusted_proxies{};
  bool proxy_protocol = false;

  std::uint32_t connections_max = 10'000;
  std::uint32_t connections_per_address_max = 1'000;
  config::Size head_max = config::kibibytes(32);
  std::uint32_t headers_max = 100;
  config::Size bodies_max = config::mebibytes(256);
  config::Size stream_waiting_max = config::mebibytes(1);

  Duration head_timeout = std::chrono::seconds(10);
  Duration idle_timeout = std::chrono::seconds(60);
  Duration idle_timeout_crowded = std::chrono::seconds(1);
  Duration answer_timeout = std::chrono::seconds(60);
  Duration transfer_grace = std::chrono::seconds(20);
  config::Size transfer_rate_min{500};

  static constexpr auto fields();
  void check(config::Checker& checker) const;
};

constexpr auto ServerConfig::fields() {
  using config::field;
  using std::chrono::milliseconds;
  using C = ServerConfig;
  constexpr auto kShort = milliseconds(10);
  return std::tuple{
      field("listen",
            &C::listen,
            "Addresses and ports that are listened on: 127.0.0.1:8080, [::1]:8080.",
            {.min_items = 1, .max_items = 16}),
      field("expose", &C::expose, "Allows addresses in listen that other machines can reach."),
      field("io_threads",
            &C::io_threads,
            "Threads that read requests and write answers.",
            {.min = 1, .max = 256}),
      field("tls", &C::tls, "Encrypts every connection, by TLS 1.2 or 1.3."),
      field("trusted_proxies",
            &C::trusted_proxies,
            "Networks (10.0.0.0/8) whose X-Forwarded-For and X-Forwarded-Proto are believed.",
            {.max_items = 64}),
      field("proxy_protocol",
            &C::proxy_protocol,
            "Connections come from trusted proxies, and begin with a PROXY protocol v2 header."),
      field("connections_max",
            &C::connections_max,
            "Connections at a time; more are answered 503 and closed.",
            {.min = 1}),
      field("connections_per_address_max",
            &C::connections_per_address_max,
            "Connections at a time of one address (IPv6: one /64) that is no trusted proxy.",
            {.min = 1}),
      field("head_max",
            &C::head_max,
            "Size of a request line with its headers; the target may have half of it.",
            {.min = config::kibibytes(1), .max = config::mebibytes(1)}),
      field("headers_max", &C::headers_max, "Headers of a request.", {.min = 8, .max = 1000}),
      field("bodies_max",
            &C::bodies_max,
            "Memory for bodies until they are answered; past it requests are answered 503.",
            {.min = config::mebibytes(1)}),
      field("stream_waiting_max",
            &C::stream_waiting_max,
            "What may wait for one reader of a live stream.",
            {.min = config::kibibytes(1)}),
      field("head_timeout",
            &C::head_timeout,
            "Time for a request's head, from its first byte; also for a TLS handshake.",
            {.min = kShort}),
      field("idle_timeout",
            &C::idle_timeout,
            "How long a connection is kept without a request.",
            {.min = kShort}),
      field("idle_timeout_crowded",
            &C::idle_timeout_crowded,
            "The same where more than three quarters of the connections allowed are there.",
            {.min = kShort}),
      field("answer_timeout",
            &C::answer_timeout,
            "How long a request may wait for its answer before its connection is cut.",
            {.min = kShort}),
      field("transfer_grace",
            &C::transfer_grace,
            "Time for reading a body or writing an answer, before transfer_rate_min counts.",
            {.min = kShort}),
      field("transfer_rate_min",
            &C::transfer_rate_min,
            "Bytes a second that a client must send or take after that.",
            {.min = config::Size{1}}),
  };
}

// "127.0.0.1:8080" or "[::1]:8080", apart; nothing if it is neither.
struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;
  bool loopback = false;
};
std::optional<ListenAddress> parse_listen(std::string_view text);

}  // namespace millrace::http
