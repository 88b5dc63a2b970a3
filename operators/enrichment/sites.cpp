#include "operators/enrichment/sites.hpp"

#include "operators/enrichment/domain.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace millrace {
namespace {

// In no order.
constexpr Site kSites[] = {
    {"aol.*", "search", "AOL", "q"},
    {"ask.com", "search", "Ask", "q"},
    {"baidu.com", "search", "Baidu", "wd"},
    {"bing.com", "search", "Bing", "q"},
    {"bsky.app", "social", "Bluesky", ""},
    {"chat.deepseek.com", "assistant", "DeepSeek", ""},
    {"chat.mistral.ai", "assistant", "Mistral", ""},
    {"chat.openai.com", "assistant", "ChatGPT", ""},
    {"chatgpt.com", "assistant", "ChatGPT", ""},
    {"claude.ai", "assistant", "Claude", ""},
    {"com.facebook.katana", "social", "Facebook", ""},
    {"com.google.android.gm", "email", "Gmail", ""},
    {"com.google.android.googlequicksearchbox", "search", "Google", ""},
    {"com.instagram.android", "social", "Instagram", ""},
    {"com.linkedin.android", "social", "LinkedIn", ""},
    {"com.reddit.frontpage", "social", "Reddit", ""},
    {"com.twitter.android", "social", "X", ""},
    {"copilot.microsoft.com", "assistant", "Copilot", ""},
    {"coccoc.com", "search", "Coc Coc", "query"},
    {"daum.net", "search", "Daum", "q"},
    {"deviantart.com", "social", "DeviantArt", ""},
    {"discord.com", "social", "Discord", ""},
    {"dogpile.com", "search", "Dogpile", "q"},
    {"douban.com", "social", "Douban", ""},
    {"duckduckgo.com", "search", "DuckDuckGo", "q"},
    {"e.mail.ru", "email", "Mail.ru", ""},
    {"ecosia.org", "search", "Ecosia", "q"},
    {"excite.*", "search", "Excite", "q"},
    {"facebook.com", "social", "Facebook", ""},
    {"fb.com", "social", "Facebook", ""},
    {"fb.me", "social", "Facebook", ""},
    {"gemini.google.com", "assistant", "Gemini", ""},
    {"go.mail.ru", "search", "Mail.ru", "q"},
    {"google.*", "search", "Google", "q"},
    {"grok.com", "assistant", "Grok", ""},
    {"inbox.google.com", "email", "Gmail", ""},
    {"instagram.com", "social", "Instagram", ""},
    {"kagi.com", "search", "Kagi", "q"},
    {"l.threads.com", "social", "Threads", ""},
    {"linkedin.com", "social", "LinkedIn", ""},
    {"lite.qwant.com", "search", "Qwant", "q"},
    {"lnkd.in", "social", "LinkedIn", ""},
    {"lycos.*", "search", "Lycos", "q"},
    {"m.me", "social", "Messenger", ""},
    {"mail.aol.com", "email", "AOL Mail", ""},
    {"mail.gmx.*", "email", "GMX", ""},
    {"mail.google.com", "email", "Gmail", ""},
    {"mail.live.com", "email", "Outlook", ""},
    {"mail.proton.me", "email", "Proton Mail", ""},
    {"mail.qq.com", "email", "QQ Mail", ""},
    {"mail.yahoo.*", "email", "Yahoo Mail", ""},
    {"mail.yandex.*", "email", "Yandex Mail", ""},
    {"mail.zoho.*", "email", "Zoho Mail", ""},
    {"mastodon.social", "social", "Mastodon", ""},
    {"messenger.com", "social", "Messenger", ""},
    {"metager.*", "search", "MetaGer", "eingabe"},
    {"mojeek.com", "search", "Mojeek", "q"},
    {"naver.com", "search", "Naver", "query"},
    {"navigator.gmx.*", "email", "GMX", ""},
    {"news.ycombinator.com", "social", "Hacker News", ""},
    {"ok.ru", "social", "Odnoklassniki", ""},
    {"outlook.live.com", "email", "Outlook", ""},
    {"outlook.office.com", "email", "Outlook", ""},
    {"outlook.office365.com", "email", "Outlook", ""},
    {"perplexity.ai", "assistant", "Perplexity", ""},
    {"phind.com", "assistant", "Phind", ""},
    {"pinterest.*", "social", "Pinterest", ""},
    {"poe.com", "assistant", "Poe", ""},
    {"presearch.com", "search", "Presearch", "q"},
    {"quora.com", "social", "Quora", ""},
    {"qwant.com", "search", "Qwant", "q"},
    {"reddit.com", "social", "Reddit", ""},
    {"search.brave.com", "search", "Brave Search", "q"},
    {"search.yahoo.*", "search", "Yahoo", "p"},
    {"seznam.cz", "search", "Seznam", "q"},
    {"snapchat.com", "social", "Snapchat", ""},
    {"so.com", "search", "360 Search", "q"},
    {"sogou.com", "search", "Sogou", "query"},
    {"startpage.com", "search", "Startpage", "query"},
    {"swisscows.com", "search", "Swisscows", "query"},
    {"t.co", "social", "X", ""},
    {"t.me", "social", "Telegram", ""},
    {"telegram.org", "social", "Telegram", ""},
    {"threads.com", "social", "Threads", ""},
    {"threads.net", "social", "Threads", ""},
    {"tiktok.com", "social", "TikTok", ""},
    {"tumblr.com", "social", "Tumblr", ""},
    {"twitch.tv", "social", "Twitch", ""},
    {"twitter.com", "social", "X", ""},
    {"vimeo.com", "social", "Vimeo", ""},
    {"vk.com", "social", "VK", ""},
    {"weibo.com", "social", "Weibo", ""},
    {"whatsapp.com", "social", "WhatsApp", ""},
    {"x.com", "social", "X", ""},
    {"xing.com", "social", "Xing", ""},
    {"yahoo.*", "search", "Yahoo", "p"},
    {"yandex.*", "search", "Yandex", "text"},
    {"you.com", "assistant", "You.com", ""},
    {"youtu.be", "social", "YouTube", ""},
    {"youtube.com", "social", "YouTube", ""},
    {"zhihu.com", "social", "Zhihu", ""},
};

const Site* find_entry(std::string_view domain) {
  static constexpr auto kBefore = [](const Site& a, const Site& b) { return a.domain < b.domain; };
  static constexpr auto kSorted = [] {
    std::array<Site, std::size(kSites)> sorted{};
    std::copy(std::begin(kSites), std::end(kSites), sorted.begin());
    std::sort(sorted.begin(), sorted.end(), kBefore);
    return sorted;
  }();
  const auto at =
      std::lower_bound(kSorted.begin(), kSorted.end(), Site{domain, {}, {}, {}}, kBefore);
  return at != kSorted.end() && at->domain == domain ? &*at : nullptr;
}

}  // namespace

const Site* find_site(std::string_view host) {
  const std::size_t suffix = public_suffix(host);
  const std::string any = std::string(host.substr(0, suffix)) + "*";
  for (std::size_t at = 0; at < suffix;) {
    if (const Site* site = find_entry(host.substr(at))) return site;
    if (suffix < host.size())
      if (const Site* site = find_entry(std::string_view(any).substr(at))) return site;
    const auto dot = host.find('.', at);
    if (dot == std::string_view::npos) break;
    at = dot + 1;
  }
  return nullptr;
}

}  // namespace millrace
