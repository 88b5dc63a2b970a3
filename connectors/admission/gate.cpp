#include "connectors/admission/gate.hpp"

#include "connectors/admission/origin.hpp"

#include <algorithm>

namespace millrace::admission {

void CorsConfig::check(config::Checker& checker) const {
  check_origins(origins, "origins", checker);
}

namespace {

using http::Method;
using http::Request;
using http::Response;
using http::Right;
using http::Route;

// Whether the page that sent the request is this server's own.
bool is_own(const Request& request, std::string_view origin) {
  const std::string_view scheme = request.secure ? "https://" : "http://";
  return origin.starts_with(scheme) && origin.substr(scheme.size()) == request.header("host");
}

bool names_this_machine(std::string_view host) {
  const bool six = host.starts_with('[');
  const std::string_view name =
      six ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

Response unauthorized(std::string_view reason, std::string_view detail) {
  Response response = http::refusal(401, reason, detail);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

std::optional<Response> admit_in_development(const Request& request, std::string_view origin) {
  if (!names_this_machine(request.header("host")))
    return http::refusal(403,
                         "not_local",
                         "without a keys file, this is answered on http://127.0.0.1 and "
                         "http://localhost only");
  if (!origin.empty() && !is_own(request, origin))
    return http::refusal(
        403, "origin_not_allowed", "without a keys file, no other page may do this");
  return std::nullopt;
}

std::optional<Response> admit(const Keys& keys, const Request& request, const Route& route) {
  if (route.right == Right::kNone || route.right == Right::kWrite) return std::nullopt;
  // A preflight brings no key; it is answered by finish().
  if (request.method == Method::kOptions) return std::nullopt;
  const std::string_view origin = request.header("origin");
  if (keys.open()) return admit_in_development(request, origin);
  const std::string_view secret = bearer_of(request);
  if (secret.empty())
    return unauthorized("missing_key", "give a key as `Authorization: Bearer KEY`");
  const Reader reader = keys.find_reader(secret);
  if (reader.grant == Grant::kNone) {
    if (keys.find_write(secret) != nullptr)
      return http::refusal(403, "wrong_key", "a write key only hands events in");
    return unauthorized("unknown_key", "nobody knows this key");
  }
  if (route.right == Right::kAdmin && reader.grant != Grant::kAdmin)
    return http::refusal(403, "wrong_key", "this takes an admin token");
  if (!origin.empty() && !is_own(request, origin) && !lists(*reader.origins, origin))
    return http::refusal(403, "origin_not_allowed", "the key does not list this page's origin");
  return std::nullopt;
}

// What CORS allows a page (fetch.spec.whatwg.org, "CORS protocol").
class Cors {
 public:
  explicit Cors(CorsConfig config)
      : config_(std::move(config)),
        max_age_(std::to_string(
            std::chrono::duration_cast<std::chrono::seconds>(config_.max_age).count())) {}

  void finish(const KeyRing& keys,
              const Request& request,
              const Route& route,
              Response& response) const {
    const std::string_view origin = request.header("origin");
    if (origin.empty() || !allows(keys, route.right, origin)) return;
    auto& headers = response.headers;
    headers.emplace_back("Access-Control-Allow-Origin", origin);
    headers.emplace_back("Vary", "Origin");
    // Snowplow's tracker asks with credentials. Whoever sends is told nothing, so this leaks
    // nothing.
    if (route.right == Right::kWrite) {
      headers.emplace_back("Access-Control-Allow-Credentials", "true");
      headers.emplace_back("Timing-Allow-Origin", origin);
    }
    if (request.method == Method::kOptions)
      add_preflight(request, response);
    else
      headers.emplace_back("Access-Control-Expose-Headers",
                           "X-Millrace-Position, X-Millrace-Reason, Retry-After");
  }

 private:
  bool allows(const KeyRing& keys, Right right, std::string_view origin) const {
    switch (right) {
      case Right::kNone:
      case Right::kAdmin:
        return false;
      case Right::kWrite:
        return config_.origins.empty() || lists(config_.origins, origin);
      case Right::kRead:
        return keys.now()->lists_reader(origin);
    }
    return false;
  }

  void add_preflight(const Request& request, Response& response) const {
    auto& headers = response.headers;
    headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS");
    // SDKs keep inventing headers: whatever is asked for is allowed, if it is a list of names.
    const std::string_view asked = request.header("access-control-request-headers");
    if (!asked.empty() && std::all_of(asked.begin(), asked.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '-' || c == '_' || c == ',' || c == ' ';
        }))
      headers.emplace_back("Access-Control-Allow-Headers", asked);
    headers.emplace_back("Access-Control-Max-Age", max_age_);
    headers.emplace_back("Vary", "Access-Control-Request-Headers");
  }

  CorsConfig config_;
  std::string max_age_;  // in seconds
};

}  // namespace

std::string_view bearer_of(const Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  std::string_view value = request.header("authorization");
  if (value.size() < kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i)
    if ((value[i] | 0x20) != kScheme[i]) return {};
  value.remove_prefix(kScheme.size());
  while (value.starts_with(' ')) value.remove_prefix(1);
  return value;
}

http::Gate make_gate(const KeyRing& keys, CorsConfig cors) {
  http::Gate gate;
  gate.admit = [&keys](const Request& request, const Route& route) {
    return admit(*keys.now(), request, route);
  };
  gate.finish = [&keys, policy = Cors(std::move(cors))](
                    const Request& request, const Route& route, Response& response) {
    policy.finish(keys, request, route, response);
  };
  return gate;
}

}  // namespace millrace::admission
