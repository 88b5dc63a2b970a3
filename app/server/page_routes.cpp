#include "app/server/page_routes.hpp"

#include "app/server/page_files.hpp"

#include <string>
#include <string_view>

namespace millrace::server {
namespace {

// No script but our own file: what senders put into events stays text.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct PageFile {
  const char* path;
  std::string_view content_type;
  std::string_view content;
  const char* summary;
};

constexpr PageFile kFiles[] = {
    {"/", "text/html; charset=utf-8", kPageHtml, "A page that shows what the engine does."},
    {"/page.css", "text/css; charset=utf-8", kPageCss, "The page's look."},
    {"/page.js", "text/javascript; charset=utf-8", kPageJs, "The page's script."},
};

}  // namespace

void add_page_routes(http::Routes& routes) {
  for (const PageFile& file : kFiles)
    routes.add({.method = http::Method::kGet,
                .pattern = file.path,
                .summary = file.summary,
                .handler = [file](const http::Request&, const http::ReplyRef& reply) {
                  reply->send({.content_type = file.content_type,
                               .body = std::string(file.content),
                               .headers = {{"Content-Security-Policy", std::string(kPolicy)},
                                           {"X-Content-Type-Options", "nosniff"},
                                           {"Referrer-Policy", "no-referrer"},
                                           {"Cache-Control", "no-cache"}}});
                }});
}

}  // namespace millrace::server
