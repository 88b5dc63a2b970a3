#include "connectors/admission/places.hpp"

#include "engine/base/time.hpp"
#include "engine/base/utf8.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <optional>

namespace millrace::admission {
namespace {

constexpr std::size_t kTextMax = 128;

union SocketAddress {
  sockaddr any;
  sockaddr_in four;
  sockaddr_in6 six;
};

std::optional<SocketAddress> parse_address(std::string_view text) {
  char copy[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof copy) return std::nullopt;
  *std::copy(text.begin(), text.end(), copy) = '\0';
  SocketAddress made{};
  if (inet_pton(AF_INET, copy, &made.four.sin_addr) == 1) {
    made.any.sa_family = AF_INET;
    return made;
  }
  in6_addr six{};
  if (inet_pton(AF_INET6, copy, &six) != 1) return std::nullopt;
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    std::memcpy(&made.four.sin_addr, six.s6_addr + 12, sizeof made.four.sin_addr);
    made.any.sa_family = AF_INET;
  } else {
    made.six.sin6_addr = six;
    made.any.sa_family = AF_INET6;
  }
  return made;
}

// What stands at a path of maps and lists; an index is written as a number.
std::optional<MMDB_entry_data_s> value_at(MMDB_lookup_result_s& found,
                                          std::initializer_list<const char*> path) {
  std::vector<const char*> steps(path);
  steps.push_back(nullptr);
  MMDB_entry_data_s data{};
  const int error = MMDB_aget_value(&found.entry, &data, steps.data());
  if (error != MMDB_SUCCESS || !data.has_data) return std::nullopt;
  return data;
}

std::string_view text_at(MMDB_lookup_result_s& found, std::initializer_list<const char*> path) {
  const auto data = value_at(found, path);
  if (!data || data->type != MMDB_DATA_TYPE_UTF8_STRING || data->data_size > kTextMax) return {};
  const std::string_view text(data->utf8_string, data->data_size);
  return find_invalid_utf8(text) == std::string_view::npos ? text : std::string_view();
}

}  // namespace

struct Places::Database {
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    if (open) MMDB_close(&file);
  }

  static Result<std::unique_ptr<Database>> read(const std::string& path) {
    auto made = std::make_unique<Database>();
    const int error = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &made->file);
    if (error != MMDB_SUCCESS)
      return Error{
          fmt::format("{} cannot be read as a MaxMind database: {}", path, MMDB_strerror(error))};
    made->open = true;
    return made;
  }

  std::optional<MMDB_lookup_result_s> find(const SocketAddress& address) const {
    int error = 0;
    const MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&file, &address.any, &error);
    return error == MMDB_SUCCESS && found.found_entry ? std::optional(found) : std::nullopt;
  }

  std::string describe() const {
    const Time built = from_millis(static_cast<std::int64_t>(file.metadata.build_epoch) * 1'000);
    return fmt::format("{} of {}", file.metadata.database_type, format_time(built).substr(0, 10));
  }

  MMDB_s file{};
  bool open = false;
};

Places::Places() = default;
Places::~Places() = default;

Result<std::shared_ptr<const Places>> Places::open(const GeoConfig& config) {
  std::shared_ptr<Places> made(new Places());
  for (const auto& [path, into] :
       {std::pair(&config.database, &made->places_), std::pair(&config.asn, &made->networks_)}) {
    if (path->empty()) continue;
    auto read = Database::read(*path);
    if (!read) return read.error();
    *into = *std::move(read);
  }
  return std::shared_ptr<const Places>(std::move(made));
}

Location Places::find(std::string_view address, std::string& asn) const {
  Location location;
  if (!places_ && !networks_) return location;
  const auto parsed = parse_address(address);
  if (!parsed) return location;
  if (auto found = places_ ? places_->find(*parsed) : std::nullopt) {
    location.country = text_at(*found, {"country", "iso_code"});
    location.region = text_at(*found, {"subdivisions", "0", "iso_code"});
    location.city = text_at(*found, {"city", "names", "en"});
  }
  if (auto found = networks_ ? networks_->find(*parsed) : std::nullopt) {
    const auto number = value_at(*found, {"autonomous_system_number"});
    if (number && number->type == MMDB_DATA_TYPE_UINT32) {
      asn = fmt::format("AS{}", number->uint32);
      location.asn = asn;
    }
  }
  return location;
}

std::string Places::describe() const {
  std::string out = places_ ? places_->describe() : std::string();
  if (networks_) out += (out.empty() ? "" : ", ") + networks_->describe();
  return out;
}

}  // namespace millrace::admission
