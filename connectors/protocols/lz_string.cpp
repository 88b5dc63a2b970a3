#include "connectors/protocols/lz_string.hpp"

#include "connectors/http/base64.hpp"

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace millrace::protocols {
namespace {

using http::Decompressed;

// The first codes mean no phrase: behind 0 and 1 there is a character that has not occurred yet.
constexpr std::uint32_t kByte = 0;  // one of 8 bits; else 16
constexpr std::uint32_t kEnd = 2;
constexpr std::uint32_t kFirstPhrase = 3;

// Characters of the stream hold their bits with the highest first, but numbers have their lowest
// first.
class Bits {
 public:
  explicit Bits(std::string_view bytes) : bytes_(bytes) {}

  std::uint32_t take(unsigned count) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i, ++next_) {
      if (over()) return 0;
      const auto byte = static_cast<unsigned char>(bytes_[next_ / 8]);
      value |= std::uint32_t{byte >> (7 - next_ % 8) & 1U} << i;
    }
    return value;
  }
  // More was taken than is there, or nothing is left.
  bool over() const { return next_ / 8 >= bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t next_ = 0;
};

// Every phrase is a part of what was written: the phrase before it and the character behind that.
struct Phrase {
  std::uint32_t at;
  std::uint32_t size;
};

class Decoding {
 public:
  Decoding(std::string_view bytes, std::size_t units_max) : bits_(bytes), units_max_(units_max) {}

  Decompressed run() {
    for (;;) {
      const std::uint32_t code = bits_.take(width());
      if (code == kEnd) return Decompressed::kDone;
      const auto phrase = code < kFirstPhrase ? learn(code) : find(code);
      if (!phrase || bits_.over()) return Decompressed::kCorrupt;
      if (out_.size() + phrase->size > units_max_) return Decompressed::kTooLarge;
      write(*phrase);
    }
  }

  const std::u16string& out() const { return out_; }

 private:
  // Of the next code, by how many codes there are.
  unsigned width() const {
    return static_cast<unsigned>(std::bit_width(kFirstPhrase + phrases_.size()));
  }

  // A character that has not occurred: a phrase of its own.
  std::optional<Phrase> learn(std::uint32_t code) {
    fresh_ = static_cast<char16_t>(bits_.take(code == kByte ? 8 : 16));
    phrases_.push_back({static_cast<std::uint32_t>(out_.size()), 1});
    return phrases_.back();
  }

  std::optional<Phrase> find(std::uint32_t code) {
    const std::size_t index = code - kFirstPhrase;
    if (index < phrases_.size()) return phrases_[index];
    // The phrase that is made by writing it: the last one and its own first character.
    if (index == phrases_.size() && last_.size > 0) return Phrase{last_.at, last_.size + 1};
    return std::nullopt;
  }

  void write(const Phrase& phrase) {
    const auto at = static_cast<std::uint32_t>(out_.size());
    if (phrase.at == at)
      out_.push_back(fresh_);
    else  // may read what it writes
      for (std::uint32_t i = 0; i < phrase.size; ++i) out_.push_back(out_[phrase.at + i]);
    if (last_.size > 0) phrases_.push_back({last_.at, last_.size + 1});
    last_ = {at, phrase.size};
  }

  Bits bits_;
  const std::size_t units_max_;
  std::vector<Phrase> phrases_;  // by code, from kFirstPhrase
  Phrase last_{};
  char16_t fresh_ = 0;
  std::u16string out_;
};

bool is_high(char16_t unit) { return (unit & 0xfc00) == 0xd800; }
bool is_low(char16_t unit) { return (unit & 0xfc00) == 0xdc00; }

void append_utf8(char32_t c, std::string& out) {
  const auto tail = [&](unsigned shift) {
    out.push_back(static_cast<char>(0x80 | (c >> shift & 0x3f)));
  };
  if (c < 0x80) return out.push_back(static_cast<char>(c));
  if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | c >> 6));
  } else {
    if (c < 0x10000) {
      out.push_back(static_cast<char>(0xe0 | c >> 12));
    } else {
      out.push_back(static_cast<char>(0xf0 | c >> 18));
      tail(12);
    }
    tail(6);
  }
  tail(0);
}

void append_utf8(std::u16string_view units, std::string& out) {
  constexpr char32_t kReplacement = 0xfffd;
  for (std::size_t i = 0; i < units.size(); ++i) {
    char32_t c = units[i];
    if (is_high(units[i]) && i + 1 < units.size() && is_low(units[i + 1]))
      c = 0x10000 + ((c & 0x3ff) << 10) + (units[++i] & 0x3ffU);
    else if (is_high(units[i]) || is_low(units[i]))
      c = kReplacement;
    append_utf8(c, out);
  }
}

}  // namespace

Decompressed lz_string_decoded(std::string_view text, std::size_t out_max, std::string& out) {
  out.clear();
  while (text.ends_with('=')) text.remove_suffix(1);
  // Its last character may hold less than a byte.
  std::string whole(text);
  while (whole.size() % 4 != 0) whole.push_back('A');
  const auto bytes = http::base64_decoded(whole);
  if (!bytes) return Decompressed::kCorrupt;
  Decoding decoding(*bytes, out_max);
  const Decompressed result = decoding.run();
  if (result != Decompressed::kDone) return result;
  append_utf8(decoding.out(), out);
  return out.size() <= out_max ? Decompressed::kDone : Decompressed::kTooLarge;
}

}  // namespace millrace::protocols
