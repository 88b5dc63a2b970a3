#include "operators/ingest/anonymiser.hpp"

#include "engine/base/codec.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

namespace millrace {
namespace {

// With everything below them.
constexpr std::string_view kPersonal[] = {"userId",
                                          "anonymousId",
                                          "previousId",
                                          "groupId",
                                          "traits",
                                          "context.traits",
                                          "context.ip",
                                          "context.userAgent",
                                          "context.userAgentData",
                                          "context.externalIds",
                                          "context.groupId",
                                          "context.device.id",
                                          "context.device.advertisingId",
                                          "context.device.name",
                                          "context.device.token",
                                          "context.location.latitude",
                                          "context.location.longitude",
                                          "context.campaign.click_id",
                                          "context.page.search",
                                          "properties.search"};
// Their queries carry click ids, and whatever else a form sent.
constexpr std::string_view kAddresses[] = {"context.page.url",
                                           "context.page.referrer",
                                           "context.page.canonical_url",
                                           "properties.url",
                                           "properties.referrer"};

bool lies_in(const Projection::Field& field, std::string_view path) {
  const auto steps = parse_path(path);
  return steps->size() <= field.steps.size() &&
         std::equal(steps->begin(), steps->end(), field.steps.begin());
}

template <class Paths>
bool lies_in_one(const Projection::Field& field, const Paths& paths) {
  return std::any_of(std::begin(paths), std::end(paths), [&](std::string_view path) {
    return lies_in(field, path);
  });
}

}  // namespace

Anonymiser::Anonymiser(std::string key, const std::vector<std::string>& also, Lane& lane)
    : key_(std::move(key)), lane_(lane) {
  const auto& fields = lane.catalog().projection.fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto field = static_cast<FieldId>(i);
    if (lies_in_one(fields[i], kPersonal) || lies_in_one(fields[i], also))
      taken_out_.push_back(field);
    else if (lies_in_one(fields[i], kAddresses))
      cut_.push_back(field);
  }
}

void Anonymiser::anonymise(Event& event) {
  event.anonymous_id = pseudonym(event);
  event.user_id = event.previous_id = event.group_id = {};
  for (const FieldId field : taken_out_)
    if (field < event.values.size()) event.values[field] = Value();
  for (const FieldId field : cut_) {
    const Value value = event.value(field);
    if (!value.is(ValueKind::kString)) continue;
    event.values[field] = Value::of(value.text().substr(0, value.text().find_first_of("?#")));
  }
}

std::string_view Anonymiser::pseudonym(const Event& event) {
  const bool anonymous = !event.anonymous_id.empty();
  const auto day = std::chrono::floor<std::chrono::days>(event.received);
  scratch_.clear();
  ByteWriter to(scratch_);
  to.time(std::chrono::time_point_cast<Duration>(day));
  to.text(event.source);
  to.byte(anonymous ? 1 : 0);
  to.text(anonymous ? event.anonymous_id : event.user_id);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(scratch_.data());
  CHECK(HMAC(EVP_sha256(),
             key_.data(),
             static_cast<int>(key_.size()),
             bytes,
             scratch_.size(),
             mac.data(),
             &size) != nullptr);
  constexpr std::size_t kBytes = 16;
  constexpr char kHex[] = "0123456789abcdef";
  scratch_ = "anonymous-";
  for (const unsigned char byte : std::span(mac).first<kBytes>()) {
    scratch_ += kHex[byte >> 4];
    scratch_ += kHex[byte & 15];
  }
  return lane_.keep(scratch_);
}

}  // namespace millrace
