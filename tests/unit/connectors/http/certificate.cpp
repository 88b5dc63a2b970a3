#include "tests/unit/connectors/http/certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>

namespace millrace::http {
namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;
using Output = std::unique_ptr<FILE, int (*)(FILE*)>;

Certificate self_signed(EVP_PKEY* key, const std::string& name) {
  Certificate made(X509_new(), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key);
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(
      subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  EXPECT_GT(X509_sign(made.get(), key, EVP_sha256()), 0);
  return made;
}

}  // namespace

CertificateFiles::CertificateFiles() {
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace-tls-XXXXXX").string();
  EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
}

CertificateFiles::~CertificateFiles() { std::filesystem::remove_all(folder_); }

void CertificateFiles::write(const std::string& name) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
  const Certificate made = self_signed(key.get(), name);
  // Beside, then renamed: who looks meanwhile sees a whole file.
  const auto put = [](const std::string& path, auto write_to) {
    {
      const Output out(std::fopen((path + ".new").c_str(), "w"), std::fclose);
      write_to(out.get());
    }
    std::filesystem::rename(path + ".new", path);
  };
  put(this->key(), [&](FILE* out) {
    PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  put(certificate(), [&](FILE* out) { PEM_write_X509(out, made.get()); });
}

}  // namespace millrace::http
