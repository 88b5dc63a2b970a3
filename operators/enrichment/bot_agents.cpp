#include "operators/enrichment/bot_agents.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <span>

namespace millrace {
namespace {

// Names before the first of " /(", in lower case.
constexpr std::string_view kLibraries[] = {"node-fetch",
                                           "node",
                                           "undici",
                                           "axios",
                                           "got",
                                           "superagent",
                                           "deno",
                                           "bun",
                                           "python",
                                           "python-requests",
                                           "python-httpx",
                                           "python-urllib",
                                           "python-urllib3",
                                           "aiohttp",
                                           "urllib3",
                                           "go-http-client",
                                           "java",
                                           "java-http-client",
                                           "apache-httpclient",
                                           "okhttp",
                                           "ktor-client",
                                           "jersey",
                                           "dart",
                                           "ruby",
                                           "faraday",
                                           "rest-client",
                                           "guzzlehttp",
                                           "php",
                                           "symfony",
                                           "curl",
                                           "reqwest",
                                           "hyper",
                                           "restsharp",
                                           "dotnet",
                                           "analytics-node",
                                           "analytics-python",
                                           "analytics-ruby",
                                           "analytics-go",
                                           "analytics-java",
                                           "analytics-php",
                                           "posthog-node",
                                           "posthog-python",
                                           "posthog-php",
                                           "posthog-go",
                                           "posthog-ruby",
                                           "rudder-sdk-node",
                                           "rudder-sdk-python",
                                           "snowplow-tracker",
                                           "amplitude-node",
                                           "mixpanel"};

constexpr std::string_view kHeadless[] = {"Headless",
                                          "PhantomJS",
                                          "SlimerJS",
                                          "HtmlUnit",
                                          "Puppeteer",
                                          "Playwright",
                                          "Cypress",
                                          "Selenium",
                                          "jsdom",
                                          "ZombieJS"};

// Beside those that uap-core knows, most of which say bot, crawl or spider.
constexpr std::string_view kDeclared[] = {"ChatGPT-User",
                                          "Claude-User",
                                          "Perplexity-User",
                                          "MistralAI-User",
                                          "meta-externalagent",
                                          "meta-externalfetcher",
                                          "facebookexternalhit",
                                          "facebookcatalog",
                                          "cohere-ai",
                                          "Diffbot",
                                          "img2dataset",
                                          "Google-InspectionTool",
                                          "GoogleOther",
                                          "Google-Read-Aloud",
                                          "APIs-Google",
                                          "Mediapartners-Google",
                                          "FeedFetcher-Google",
                                          "Chrome-Lighthouse",
                                          "PageSpeed",
                                          "GTmetrix",
                                          "Site24x7",
                                          "DatadogSynthetics",
                                          "NewRelicSynthetics",
                                          "Checkly",
                                          "Slack-ImgProxy",
                                          "SkypeUriPreview",
                                          "vkShare",
                                          "Embedly",
                                          "Iframely",
                                          "ia_archiver",
                                          "Wget/",
                                          "Scrapy",
                                          "HTTrack",
                                          "Nmap Scripting",
                                          "sqlmap",
                                          "Nikto"};

bool has_any(std::string_view agent, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return agent.find(word) != std::string_view::npos;
  });
}

bool is_library(std::string_view agent) {
  std::string name(agent.substr(0, agent.find_first_of(" /(")));
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::find(std::begin(kLibraries), std::end(kLibraries), name) != std::end(kLibraries);
}

}  // namespace

BotAgents::BotAgents(const std::vector<std::string>& allow, std::uint32_t remembered)
    : remembered_(remembered) {
  for (const std::string& pattern : allow)
    allow_.push_back(std::make_unique<re2::RE2>(pattern, re2::RE2::Quiet));
}
BotAgents::~BotAgents() = default;

BotKind BotAgents::kind(std::string_view agent) {
  return remembered_.get(agent, [&] { return find(agent); });
}

BotKind BotAgents::find(std::string_view agent) {
  const re2::StringPiece text(agent.data(), agent.size());
  const bool allowed = std::any_of(allow_.begin(), allow_.end(), [&](const auto& pattern) {
    return re2::RE2::PartialMatch(text, *pattern);
  });
  if (agent.empty() || allowed || is_library(agent)) return BotKind::kNone;
  if (has_any(agent, kHeadless)) return BotKind::kHeadless;
  if (has_any(agent, kDeclared) || parser_.parse(agent).is_spider()) return BotKind::kDeclared;
  return BotKind::kNone;
}

}  // namespace millrace
