#include "tests/unit/connectors/webhook/receiver.hpp"

#include "engine/base/check.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace millrace::testing {
namespace {

template <class Write>
std::string pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(BIO_new(BIO_s_mem()), BIO_free_all);
  CHECK(write(memory.get()) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

Certificate make_certificate(const std::string& name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
  X509* certificate = made.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key.get());
  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto* bytes = reinterpret_cast<const unsigned char*>(name.c_str());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, bytes, -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  const std::string alternative = "DNS:" + name;
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str());
  CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  CHECK(X509_sign(certificate, key.get(), EVP_sha256()) > 0);
  return {pem([&](BIO* to) { return PEM_write_bio_X509(to, certificate); }), pem([&](BIO* to) {
            return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

Receiver::Talk talk_tls(const Certificate& certificate, std::string answer) {
  namespace ssl = boost::asio::ssl;
  // Shared with every copy of the function.
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->use_certificate(boost::asio::buffer(certificate.certificate), ssl::context::pem);
  context->use_private_key(boost::asio::buffer(certificate.key), ssl::context::pem);
  return [context, answer = std::move(answer)](Receiver::Tcp::socket& socket) {
    ssl::stream<Receiver::Tcp::socket&> stream(socket, *context);
    boost::system::error_code failure;
    stream.handshake(ssl::stream_base::server, failure);
    if (failure) return;
    std::string bytes;
    boost::asio::read_until(stream, boost::asio::dynamic_buffer(bytes), "\r\n\r\n", failure);
    if (failure) return;
    boost::asio::write(stream, boost::asio::buffer(answer), failure);
    read_to_end(stream);
  };
}

}  // namespace millrace::testing
