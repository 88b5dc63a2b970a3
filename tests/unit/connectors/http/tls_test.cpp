#include "connectors/http/tls.hpp"

#include "tests/unit/connectors/http/certificate.hpp"
#include "tests/unit/connectors/http/raw_client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <fstream>
#include <functional>

namespace millrace::http {
namespace {

using testing::HasSubstr;
namespace ssl = boost::asio::ssl;

// A TLS client with what it insists on.
class TlsClient {
 public:
  using Prepare = std::function<void(SSL_CTX*)>;

  explicit TlsClient(std::uint16_t port, const Prepare& prepare = {})
      : context_(made(prepare)), stream_(io_, context_) {
    stream_.next_layer().connect({boost::asio::ip::make_address("127.0.0.1"), port});
    stream_.handshake(ssl::stream_base::client, error_);
  }

  bool ok() const { return !error_; }
  std::string error() const { return error_.message(); }
  std::string version() { return SSL_get_version(stream_.native_handle()); }
  std::string cipher() { return SSL_get_cipher_name(stream_.native_handle()); }
  std::string protocol() {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(stream_.native_handle(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  std::string certificate_name() {
    const std::unique_ptr<X509, void (*)(X509*)> peer(
        SSL_get1_peer_certificate(stream_.native_handle()), X509_free);
    char name[256] = {};
    X509_NAME_get_text_by_NID(
        X509_get_subject_name(peer.get()), NID_commonName, name, sizeof(name));
    return name;
  }
  bool send(const std::string& bytes) {
    boost::asio::write(stream_, boost::asio::buffer(bytes), error_);
    return !error_;
  }
  std::string read_to_end() {
    std::string all;
    boost::asio::read(stream_, boost::asio::dynamic_buffer(all), error_);
    return all;
  }
  SSL* native() { return stream_.native_handle(); }

 private:
  static ssl::context made(const Prepare& prepare) {
    ssl::context context(ssl::context::tls_client);
    if (prepare) prepare(context.native_handle());
    return context;
  }

  boost::asio::io_context io_;
  ssl::context context_;
  ssl::stream<boost::asio::ip::tcp::socket> stream_;
  boost::system::error_code error_;
};

class TlsServer : public testing::Test {
 protected:
  TlsServer() {
    files_.write("first");
    ServerConfig config;
    config.tls = TlsConfig{files_.certificate(), files_.key(), std::chrono::milliseconds(10)};
    server_.emplace(config);
  }

  CertificateFiles files_;
  std::optional<TestServer> server_;
};

TEST_F(TlsServer, ServesBothVersionsThatAreSafe) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(server_->port(), [&](SSL_CTX* context) {
      SSL_CTX_set_min_proto_version(context, version);
      SSL_CTX_set_max_proto_version(context, version);
    });
    ASSERT_TRUE(client.ok()) << client.error();
    EXPECT_EQ(client.version(), version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2");
    client.send("GET /facts HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(client.read_to_end(), HasSubstr("127.0.0.1 secure"));
  }
}

TEST_F(TlsServer, RefusesWhatIsOldOrWeak) {
  const auto handshake = [&](const TlsClient::Prepare& prepare) {
    return TlsClient(server_->port(),
                     [&](SSL_CTX* context) {
                       SSL_CTX_set_security_level(context, 0);
                       prepare(context);
                     })
        .ok();
  };
  EXPECT_FALSE(
      handshake([](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION); }));
  for (const char* ciphers :
       {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"})
    EXPECT_FALSE(handshake([&](SSL_CTX* context) {
      SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
      SSL_CTX_set_cipher_list(context, ciphers);
    })) << ciphers;
}

TEST_F(TlsServer, ChoosesTheOneProtocolThatItSpeaks) {
  TlsClient client(server_->port(), [](SSL_CTX* context) {
    static constexpr unsigned char kOffer[] = "\x02h2\x08http/1.1";
    SSL_CTX_set_alpn_protos(context, kOffer, sizeof(kOffer) - 1);
  });
  ASSERT_TRUE(client.ok());
  EXPECT_EQ(client.protocol(), "http/1.1");
}

TEST_F(TlsServer, DoesNotRenegotiate) {
  TlsClient client(server_->port(), [](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  });
  ASSERT_TRUE(client.ok());
  EXPECT_EQ(SSL_get_options(client.native()) & SSL_OP_NO_COMPRESSION, SSL_OP_NO_COMPRESSION);
  SSL_renegotiate(client.native());
  EXPECT_FALSE(client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n"));
  EXPECT_THAT(client.error(), HasSubstr("no renegotiation"));
}

TEST_F(TlsServer, SurvivesWhatIsNoHandshake) {
  RawClient client = server_->client();
  client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  // An alert perhaps, and the end.
  EXPECT_THAT(client.read_to_end(), testing::Not(HasSubstr("hello")));
  EXPECT_TRUE(TlsClient(server_->port()).ok());
}

TEST_F(TlsServer, TakesANewCertificateWithoutARestart) {
  TlsClient before(server_->port());
  EXPECT_EQ(before.certificate_name(), "first");
  files_.write("second");
  while (TlsClient(server_->port()).certificate_name() != "second") {
  }
  // A connection that is open goes on.
  before.send("GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(before.read_to_end(), HasSubstr("hello"));
}

TEST(Certificates, KeepTheOldOneWhereTheNewCannotBeUsed) {
  CertificateFiles files;
  files.write("first");
  Certificates certificates({files.certificate(), files.key(), std::chrono::seconds(10)});
  ASSERT_TRUE(certificates.load());
  const auto first = certificates.context();
  EXPECT_FALSE(certificates.reload().value());

  std::ofstream(files.certificate()) << "not a certificate";
  const auto broken = certificates.reload();
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().what, HasSubstr("server.pem cannot be used"));
  EXPECT_EQ(certificates.context(), first);
  EXPECT_FALSE(certificates.reload().value()) << "it was said once";

  files.write("second");
  EXPECT_TRUE(certificates.reload().value());
  EXPECT_NE(certificates.context(), first);
}

TEST(Certificates, SayWhoseKeyItIsNot) {
  CertificateFiles files;
  files.write("first");
  CertificateFiles others;
  others.write("second");
  Certificates certificates({files.certificate(), others.key(), std::chrono::seconds(10)});
  const Status loaded = certificates.load();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().what, HasSubstr("cannot be used"));
}

}  // namespace
}  // namespace millrace::http
