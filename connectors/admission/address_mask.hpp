// Takes from an address what points at one household. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace millrace::admission {

struct AddressMask {
  unsigned ipv4_bits = 24;  // kept, up to 32
  unsigned ipv6_bits = 48;  // kept, up to 128
};

// "203.0.113.77" -> "203.0.113.0", "2001:db8:1:2::3" -> "2001:db8:1::". An IPv4 address written as
// IPv6 (::ffff:203.0.113.77) counts as IPv4. Empty for what is no address, and where no bits are
// kept.
std::string mask_address(std::string_view address, const AddressMask& mask);

// Appends JSON to `out`, with every address that stands at a key `ip` or `$ip` masked, wherever it
// lies. A text there that is no address stays.
void append_masked(std::string_view json, const AddressMask& mask, std::string& out);

}  // namespace millrace::admission
