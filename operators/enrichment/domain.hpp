// Names of hosts: what belongs together. Pure functions; any thread.
//
// Without the public suffix list, which changes weekly and would make a replay depend on its date:
// under a country's code, short names such as `co` and `ac` count as a part of the suffix.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

// In lower case, without `www.`.
std::string plain_host(std::string_view host);

// Where the suffix begins in a host in lower case: at "co.uk" in "shop.example.co.uk". The size of
// the host if it has no suffix: an address, or one label.
std::size_t public_suffix(std::string_view host);

// "example.co.uk" of "shop.example.co.uk"; the host itself if it has no suffix.
std::string_view registrable_domain(std::string_view host);

}  // namespace millrace
