// lz-string's base64 form (pieroxy.net/blog/pages/lz-string), as older browser SDKs compress with
// it: an LZ78 whose alphabet grows by characters as they first occur, over UTF-16. Pure; any
// thread.
#pragma once

#include "connectors/http/decompression.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::protocols {

// Replaces `out`, in UTF-8; half of a pair alone becomes U+FFFD. `text` is base64, also where a
// form made blanks of '+'. Memory is bounded by some 16 times `text` and 6 times `out_max`.
http::Decompressed lz_string_decoded(std::string_view text, std::size_t out_max, std::string& out);

}  // namespace millrace::protocols
