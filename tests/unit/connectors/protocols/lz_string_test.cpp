#include "connectors/protocols/lz_string.hpp"

#include "tests/support/encodings.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <map>
#include <set>

namespace millrace::protocols {
namespace {

using http::Decompressed;

constexpr std::size_t kRoom = std::size_t{1} << 16;

std::string decoded(std::string_view text) {
  std::string out;
  EXPECT_EQ(lz_string_decoded(text, kRoom, out), Decompressed::kDone) << text;
  return out;
}

// The other direction, with a dictionary of strings: it shares nothing with what is tested.
class Encoder {
 public:
  std::string run(std::u16string_view text) {
    std::u16string phrase;
    for (const char16_t unit : text) {
      const std::u16string one(1, unit);
      if (!known(one)) {
        codes_[one] = next_++;
        fresh_.insert(one);
      }
      const std::u16string longer = phrase + unit;
      if (phrase.empty() || known(longer)) {
        phrase = longer;
        continue;
      }
      put(phrase);
      codes_[longer] = next_++;
      phrase = one;
    }
    if (!phrase.empty()) put(phrase);
    number(2, width());
    return base64(bytes());
  }

 private:
  bool known(const std::u16string& phrase) const { return codes_.contains(phrase); }
  // By what the receiver has heard of: it knows a phrase only when it sees what follows.
  unsigned width() const { return static_cast<unsigned>(std::bit_width(heard_)); }

  void put(const std::u16string& phrase) {
    if (fresh_.erase(phrase) > 0) {
      const bool wide = phrase[0] > 0xff;
      number(wide ? 1 : 0, width());
      number(phrase[0], wide ? 16 : 8);
      ++heard_;
    } else {
      number(codes_[phrase], width());
    }
    if (!first_) ++heard_;
    first_ = false;
  }
  void number(std::size_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i) bits_.push_back((value >> i & 1) != 0);
  }
  std::string bytes() const {
    std::string out(bits_.size() / 8 + 1, '\0');
    for (std::size_t i = 0; i < bits_.size(); ++i)
      if (bits_[i])
        out[i / 8] = static_cast<char>(static_cast<unsigned char>(out[i / 8]) | 0x80 >> i % 8);
    return out;
  }

  std::map<std::u16string, std::size_t> codes_;
  std::set<std::u16string> fresh_;  // characters that have not been written
  std::size_t next_ = 3;
  std::size_t heard_ = 3;
  bool first_ = true;
  std::vector<bool> bits_;
};

// What lz-string 1.5.0 itself makes.
TEST(LzString, ReadsWhatItsLibraryWrites) {
  EXPECT_EQ(decoded("Q==="), "");
  EXPECT_EQ(decoded("B5A="), "x");
  EXPECT_EQ(decoded("IY1/kA=="), "aaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(decoded("N4IghiBcCMC+Q==="), R"({"a":1})");
  EXPECT_EQ(decoded("N4IgpgbmB2AuIC4QBUBvBnWACQNQQgDQgCWAJoiILwbgAHsgC+QA"),
            R"({"event":"Töst €","id":"😀"})");
}

TEST(LzString, ReadsWhatAFormMadeOfIt) { EXPECT_EQ(decoded("N4IghiBcCMC Q"), R"({"a":1})"); }

TEST(LzString, MakesAReplacementOfHalfAPair) { EXPECT_EQ(decoded("rwbEIg=="), "\ufffd!"); }

TEST(LzString, RefusesWhatIsCutOff) {
  const std::string_view whole = "N4IghiBcCMC+Q===";
  std::string out;
  for (std::size_t size = 0; size < 11; ++size)
    EXPECT_EQ(lz_string_decoded(whole.substr(0, size), kRoom, out), Decompressed::kCorrupt) << size;
}

TEST(LzString, RefusesWhatIsNoBase64) {
  std::string out;
  EXPECT_EQ(lz_string_decoded("N4Igh!Bc", kRoom, out), Decompressed::kCorrupt);
}

TEST(LzString, StopsAtItsBound) {
  const std::string bomb = Encoder().run(std::u16string(kRoom + 1, u'a'));
  EXPECT_LT(bomb.size(), 4'096u);
  std::string out;
  EXPECT_EQ(lz_string_decoded(bomb, kRoom, out), Decompressed::kTooLarge);
  EXPECT_EQ(lz_string_decoded(bomb, kRoom + 1, out), Decompressed::kDone);
  EXPECT_EQ(out.size(), kRoom + 1);
  // What is two bytes in UTF-8 counts as two.
  const std::string wide = Encoder().run(std::u16string(8, u'\u00e4'));
  EXPECT_EQ(lz_string_decoded(wide, 15, out), Decompressed::kTooLarge);
  EXPECT_EQ(lz_string_decoded(wide, 16, out), Decompressed::kDone);
}

TEST(LzString, ReadsBackWhateverWasWritten) {
  EXPECT_TRUE(rc::check([](const std::string& seed, unsigned char times) {
    std::u16string text;
    std::string expected;
    for (int i = 0; i < times % 16; ++i)
      for (const char c : seed) {
        text.push_back(static_cast<char16_t>(c & 0x7f));
        expected.push_back(static_cast<char>(c & 0x7f));
      }
    std::string out;
    RC_ASSERT(lz_string_decoded(Encoder().run(text), kRoom, out) == Decompressed::kDone);
    RC_ASSERT(out == expected);
  }));
}

TEST(LzString, EndsOnAnyBytes) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    std::string out;
    const bool done = lz_string_decoded(base64(bytes), 1'000, out) == Decompressed::kDone;
    RC_ASSERT(!done || out.size() <= 1'000u);
  }));
}

}  // namespace
}  // namespace millrace::protocols
