#include "connectors/http/tls.hpp"

#include <openssl/ssl.h>

#include <filesystem>
#include <string_view>

namespace millrace::http {
namespace {

namespace ssl = boost::asio::ssl;

// Mozilla's "intermediate" list (wiki.mozilla.org/Security/Server_Side_TLS) without finite-field
// DH.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// Of what a client offers there is only one thing that we speak.
int choose_protocol(SSL*,  // NOLINT(readability-function-size): OpenSSL says what it takes
                    const unsigned char** out,
                    unsigned char* out_size,
                    const unsigned char* in,
                    unsigned in_size,
                    void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int result =
      SSL_select_next_proto(&chosen, out_size, kOurs, sizeof(kOurs) - 1, in, in_size);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Result<std::shared_ptr<ssl::context>> make_context(const TlsConfig& config) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw,
                      SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                          SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_cipher_list(raw, kCiphers);
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  // Idle connections give their buffers back.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);

  boost::system::error_code error;
  context->use_certificate_chain_file(config.certificate, error);
  if (error)
    return Error{"the certificate in " + config.certificate +
                 " cannot be used: " + error.message()};
  context->use_private_key_file(config.key, ssl::context::pem, error);
  if (error) return Error{"the key in " + config.key + " cannot be used: " + error.message()};
  if (SSL_CTX_check_private_key(raw) != 1)
    return Error{"the key in " + config.key + " does not belong to the certificate in " +
                 config.certificate};
  return context;
}

}  // namespace

Status Certificates::load() {
  const std::uint64_t files = fingerprint();
  auto made = make_context(config_);
  const std::lock_guard lock(mutex_);
  loaded_ = files;
  if (!made) return made.error();
  context_ = *std::move(made);
  return {};
}

Result<bool> Certificates::reload() {
  {
    const std::lock_guard lock(mutex_);
    if (fingerprint() == loaded_) return false;
  }
  if (const Status loaded = load(); !loaded) return loaded.error();
  return true;
}

std::shared_ptr<ssl::context> Certificates::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

// Of both files' sizes and times: enough to see that somebody wrote them.
std::uint64_t Certificates::fingerprint() const {
  std::uint64_t sum = 1;
  for (const std::string& path : {config_.certificate, config_.key}) {
    std::error_code error;
    const auto written = std::filesystem::last_write_time(path, error).time_since_epoch().count();
    sum = sum * 1'000'003 + static_cast<std::uint64_t>(written);
    sum = sum * 1'000'003 + static_cast<std::uint64_t>(std::filesystem::file_size(path, error));
  }
  return sum;
}

}  // namespace millrace::http
