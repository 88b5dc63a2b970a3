// A self-signed certificate for a test, and a directory that is gone afterwards.
#pragma once

#include <filesystem>
#include <string>

namespace millrace::http {

class CertificateFiles {
 public:
  CertificateFiles();
  ~CertificateFiles();

  // Writes both files, the certificate with this common name. Replaces what was there.
  void write(const std::string& name);

  std::string certificate() const { return (folder_ / "server.pem").string(); }
  std::string key() const { return (folder_ / "server.key").string(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace millrace::http
