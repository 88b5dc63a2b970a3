// The server's certificate and how it speaks TLS: 1.2 and 1.3 with forward secrecy and AEAD only,
// no compression, no renegotiation. Any thread.
#pragma once

#include "connectors/http/server_config.hpp"
#include "engine/base/result.hpp"

#include <boost/asio/ssl/context.hpp>

#include <cstdint>
#include <memory>
#include <mutex>

namespace millrace::http {

class Certificates {
 public:
  explicit Certificates(TlsConfig config) : config_(std::move(config)) {}

  // Reads the files. After an error, what was read before stays in use.
  Status load();
  // Loads if the files have changed since they were last read, whether or not that went well; true
  // if they had.
  Result<bool> reload();

  // For new connections. Precondition: load() has succeeded once. Shared: connections in their
  // handshake keep the one that they began with.
  std::shared_ptr<boost::asio::ssl::context> context() const;

 private:
  std::uint64_t fingerprint() const;

  const TlsConfig config_;
  mutable std::mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::uint64_t loaded_ = 0;  // the fingerprint of the files
};

}  // namespace millrace::http
