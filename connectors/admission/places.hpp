// Where client addresses are, out of databases in MaxMind's format. The only user of libmaxminddb.
//
// Opened by the program, at start and when it reloads; read by collectors on I/O threads, before an
// address is masked. What they find becomes part of the hit, so that a replay needs no database.
#pragma once

#include "connectors/admission/collect_config.hpp"
#include "engine/base/result.hpp"
#include "engine/event/hit.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace millrace::admission {

// Open databases. Read-only: any thread.
class Places {
 public:
  // Those that the configuration names, which may be none. A file that is no database, or one of
  // something else, is an error.
  static Result<std::shared_ptr<const Places>> open(const GeoConfig& config);
  ~Places();

  // Views are into the databases, and into `asn`. Empty what is not known.
  Location find(std::string_view address, std::string& asn) const;
  // "GeoLite2-City of 2026-03-01", for people.
  std::string describe() const;

 private:
  struct Database;
  Places();

  std::unique_ptr<Database> places_;
  std::unique_ptr<Database> networks_;
};

// The databases that are open now; an address is looked up in those that were open when it came.
// Any thread.
class PlacesNow {
 public:
  std::shared_ptr<const Places> now() const {
    const std::lock_guard lock(mutex_);
    return places_;
  }
  void replace(std::shared_ptr<const Places> places) {
    const std::lock_guard lock(mutex_);
    places_.swap(places);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Places> places_;  // shared with the requests that look something up
};

}  // namespace millrace::admission
