// Well-known sites that send visitors: search engines, social networks, assistants and mail
// providers. A table; any thread.
#pragma once

#include <string_view>

namespace millrace {

struct Site {
  // Of a host, which may have more in front: "duckduckgo.com", or "google.*" under any suffix. An
  // app's package name is a host too, as in android-app://com.google.android.gm/.
  std::string_view domain;
  std::string_view type;  // "search", "social", "email" or "assistant"
  std::string_view name;
  std::string_view term;  // the parameter of a query that has the words searched for; may be empty
};

// The most specific entry for a host in lower case without `www.`; null if there is none.
const Site* find_site(std::string_view host);

}  // namespace millrace
