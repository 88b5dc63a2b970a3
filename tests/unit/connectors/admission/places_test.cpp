#include "connectors/admission/places.hpp"

#include "engine/base/file.hpp"
#include "tests/support/mmdb_writer.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace millrace::admission {
namespace {

using testing::HasSubstr;

MmdbValue place(std::string country, std::string region = {}, std::string city = {}) {
  MmdbValue::Map map;
  map["country"] = {MmdbValue::Map{{"iso_code", {std::move(country)}}}};
  if (!region.empty())
    map["subdivisions"] = {MmdbValue::List{{MmdbValue::Map{{"iso_code", {std::move(region)}}}}}};
  if (!city.empty())
    map["city"] = {MmdbValue::Map{{"names", {MmdbValue::Map{{"en", {std::move(city)}}}}}}};
  return {std::move(map)};
}

MmdbValue network(std::uint32_t number) {
  return {MmdbValue::Map{{"autonomous_system_number", {number}}}};
}

class PlacesTest : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& bytes) const {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  ~PlacesTest() override { std::filesystem::remove_all(folder_); }

  static std::string found(const Places& places, std::string_view address) {
    std::string asn;
    const Location at = places.find(address, asn);
    std::string out(at.country);
    for (const auto part : {at.region, at.city, at.asn}) out += "/" + std::string(part);
    return out;
  }

 private:
  static std::filesystem::path made() {
    std::string path = testing::TempDir() + "places-XXXXXX";
    return mkdtemp(path.data());
  }
  const std::filesystem::path folder_ = made();
};

TEST_F(PlacesTest, FindsCountryRegionCityAndNetwork) {
  const auto places = Places::open(
      {.database = file("city.mmdb",
                        mmdb("GeoLite2-City",
                             {{"203.0.113.0", 24, place("DE", "BE", "Berlin")},
                              {"198.51.100.0", 25, place("FR")},
                              {"2001:db8::", 32, place("JP", "13")}})),
       .asn = file("asn.mmdb", mmdb("GeoLite2-ASN", {{"203.0.112.0", 20, network(3320)}}))});
  ASSERT_TRUE(places.ok()) << places.error().what;
  EXPECT_EQ(found(**places, "203.0.113.77"), "DE/BE/Berlin/AS3320");
  EXPECT_EQ(found(**places, "203.0.112.1"), "///AS3320");
  EXPECT_EQ(found(**places, "198.51.100.127"), "FR///");
  EXPECT_EQ(found(**places, "198.51.100.128"), "///");
  EXPECT_EQ(found(**places, "2001:db8::1"), "JP/13//");
  EXPECT_EQ(found(**places, "2001:db9::1"), "///");
  EXPECT_EQ(found(**places, "::ffff:203.0.113.77"), "DE/BE/Berlin/AS3320");
  for (const char* other : {"", "somewhere", "203.0.113", "203.0.113.77:80"})
    EXPECT_EQ(found(**places, other), "///") << other;
  EXPECT_EQ((*places)->describe(), "GeoLite2-City of 2026-01-01, GeoLite2-ASN of 2026-01-01");
}

TEST_F(PlacesTest, MayHaveNoDatabase) {
  const auto places = Places::open({});
  ASSERT_TRUE(places.ok());
  EXPECT_EQ(found(**places, "203.0.113.77"), "///");
  EXPECT_EQ((*places)->describe(), "");
}

TEST_F(PlacesTest, SaysWhichFileIsNoDatabase) {
  const auto absent = Places::open({.database = "/nowhere/city.mmdb"});
  ASSERT_FALSE(absent.ok());
  EXPECT_THAT(absent.error().what, HasSubstr("/nowhere/city.mmdb cannot be read"));
  const auto wrong = Places::open({.asn = file("asn.mmdb", "no database")});
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().what, HasSubstr("asn.mmdb cannot be read"));
}

// What a database has at a place may be anything.
TEST_F(PlacesTest, PassesOverWhatIsNoText) {
  const MmdbValue odd{MmdbValue::Map{
      {"country", {MmdbValue::Map{{"iso_code", {std::uint32_t{49}}}}}},
      {"subdivisions", {MmdbValue::List{}}},
      {"city", {MmdbValue::Map{{"names", {MmdbValue::Map{{"en", {std::string("\xff")}}}}}}}},
  }};
  const auto places =
      Places::open({.database = file("odd.mmdb", mmdb("Odd", {{"203.0.113.0", 24, odd}}))});
  ASSERT_TRUE(places.ok());
  EXPECT_EQ(found(**places, "203.0.113.77"), "///");
}

}  // namespace
}  // namespace millrace::admission
