// How product analytics' SDKs name where a visitor came from, among an event's properties: rows
// that their tables have in common. Constants.
#pragma once

#include "connectors/protocols/mapping.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace millrace::protocols {

// UTM parameters, and the click ids of advertising networks under their own names.
inline constexpr FieldMapping kCampaignFields[] = {
    {"utm_source", Into::kCampaign, "source"},
    {"utm_medium", Into::kCampaign, "medium"},
    {"utm_campaign", Into::kCampaign, "name"},
    {"utm_term", Into::kCampaign, "term"},
    {"utm_content", Into::kCampaign, "content"},
    {"utm_id", Into::kCampaign, "id"},
    {"gclid", Into::kCampaign},
    {"gad_source", Into::kCampaign},
    {"gclsrc", Into::kCampaign},
    {"dclid", Into::kCampaign},
    {"gbraid", Into::kCampaign},
    {"wbraid", Into::kCampaign},
    {"fbclid", Into::kCampaign},
    {"msclkid", Into::kCampaign},
    {"twclid", Into::kCampaign},
    {"li_fat_id", Into::kCampaign},
    {"mc_cid", Into::kCampaign},
    {"igshid", Into::kCampaign},
    {"ttclid", Into::kCampaign},
    {"rdt_cid", Into::kCampaign},
    {"ko_click_id", Into::kCampaign},
    {"epik", Into::kCampaign},
    {"qclid", Into::kCampaign},
    {"sccid", Into::kCampaign},
    {"oppref", Into::kCampaign},
    {"bfcid", Into::kCampaign},
    {"irclid", Into::kCampaign},
    {"_kx", Into::kCampaign},
};

// One table of two.
template <std::size_t A, std::size_t B>
consteval std::array<FieldMapping, A + B> joined(const FieldMapping (&first)[A],
                                                 const FieldMapping (&second)[B]) {
  std::array<FieldMapping, A + B> rows{};
  for (std::size_t i = 0; i < A; ++i) rows[i] = first[i];
  for (std::size_t i = 0; i < B; ++i) rows[A + i] = second[i];
  return rows;
}

}  // namespace millrace::protocols
