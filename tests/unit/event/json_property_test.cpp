// The projector against two oracles: the tree that a random document was written from, and the slow
// checker on documents with random damage.
#include "engine/base/random.hpp"
#include "engine/event/json_projector.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace millrace {
namespace {

struct Member;
struct Json {
  enum class Kind { kWord, kNumber, kString, kList, kObject } kind = Kind::kWord;
  std::string text;  // a word, the digits of a number, the characters of a string
  std::vector<Member> members;
};
struct Member {
  std::string key;  // of an object
  Json value;
};

constexpr std::array<std::string_view, 7> kKeys = {"a", "b", "batch", "properties", "é", "", "a.b"};
constexpr std::array<std::string_view, 10> kNumbers = {
    "0", "-1", "2.5", "1e3", "-0.0", "123456789012345678901", "1E-7", "0.1", "3.14159", "4e+2"};
constexpr std::array<std::string_view, 8> kTexts = {
    "",
    "plain",
    "quo\"te",
    "back\\slash",
    "line\nbreak",
    "é€😀",
    "/",
    "a longer text of 64 bytes to cross a block of the vector unit...."};
constexpr std::array<std::string_view, 8> kPaths = {
    "a", "b", "a.b", "b.a", "a[0]", "b[1].a", "properties.a.b", "properties[0][1]"};

template <class List>
auto any(const List& list, Random& random) {
  return list[random.below(list.size())];
}

Json make_json(Random& random, int depth) {
  Json made;
  made.kind = static_cast<Json::Kind>(random.below(depth > 0 ? 5 : 3));
  switch (made.kind) {
    case Json::Kind::kWord:
      made.text = any(std::array{"true", "false", "null"}, random);
      break;
    case Json::Kind::kNumber:
      made.text = any(kNumbers, random);
      break;
    case Json::Kind::kString:
      made.text = any(kTexts, random);
      break;
    default:
      for (auto left = random.below(5); left > 0; --left)
        made.members.push_back({std::string(any(kKeys, random)), make_json(random, depth - 1)});
  }
  return made;
}

void write_space(Random& random, std::string& out) {
  while (random.chance(0.15)) out += " \t\n\r"[random.below(4)];
}

// A string in one of the many ways to write it.
void write_text(std::string_view text, Random& random, std::string& out) {
  constexpr std::string_view kHex = "0123456789aBcDeF";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || byte < 0x20 || (byte < 0x80 && random.chance(0.05))) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else if (c == '/' && random.chance(0.5)) {
      out += "\\/";
    } else {
      out += c;
    }
  }
  out += '"';
}

void write_json(const Json& json, Random& random, std::string& out) {
  write_space(random, out);
  if (json.kind == Json::Kind::kString) {
    write_text(json.text, random, out);
  } else if (json.kind < Json::Kind::kList) {
    out += json.text;
  } else {
    const bool object = json.kind == Json::Kind::kObject;
    out += object ? '{' : '[';
    write_space(random, out);
    for (std::size_t i = 0; i < json.members.size(); ++i) {
      if (i > 0) out += ',';
      write_space(random, out);
      if (object) {
        write_text(json.members[i].key, random, out);
        write_space(random, out);
        out += ':';
      }
      write_json(json.members[i].value, random, out);
    }
    out += object ? '}' : ']';
  }
  write_space(random, out);
}

const Json* find(const Json* json, const std::vector<PathStep>& steps) {
  for (const auto& step : steps) {
    const Json* next = nullptr;
    if (step.index >= 0 && json->kind == Json::Kind::kList) {
      const auto index = static_cast<std::size_t>(step.index);
      if (index < json->members.size()) next = &json->members[index].value;
    } else if (step.index < 0 && json->kind == Json::Kind::kObject) {
      for (const auto& [key, value] : json->members)
        if (key == step.key) next = &value;
    }
    if (next == nullptr) return nullptr;
    json = next;
  }
  return json;
}

// Mostly an object, so that there is something to find.
Json make_document(Random& random) {
  Json made = make_json(random, 5);
  while (made.kind != Json::Kind::kObject && random.chance(0.9)) made = make_json(random, 5);
  return made;
}

Value value_of(const Json* json) {
  if (json == nullptr) return {};
  switch (json->kind) {
    case Json::Kind::kWord:
      return json->text == "null" ? Value::null() : Value::of(json->text == "true");
    case Json::Kind::kNumber: {
      double number = 0;
      std::from_chars(json->text.data(), json->text.data() + json->text.size(), number);
      return Value::of(number);
    }
    case Json::Kind::kString:
      return Value::of(std::string_view(json->text));
    default:
      return Value::other();
  }
}

std::vector<JsonField> all_fields() {
  std::vector<JsonField> fields;
  for (const auto path : kPaths) fields.push_back({*parse_path(path)});
  return fields;
}

void expect_row(const JsonRow& row, const Json& json) {
  RC_ASSERT(row.is_object == (json.kind == Json::Kind::kObject));
  for (std::size_t i = 0; i < kPaths.size(); ++i) {
    const Json* at = row.is_object ? find(&json, *parse_path(kPaths[i])) : nullptr;
    RC_ASSERT(row.values[i] == value_of(at));
  }
}

void expect_read(JsonProjector& projector, const Json& json, std::string_view text) {
  Arena arena;
  RC_ASSERT(!find_json_fault(text, 64));
  RC_ASSERT(projector.read(text, arena));
  expect_row(projector.top(), json);
  const Json* batch = find(&json, *parse_path("batch"));
  const bool has_rows = batch != nullptr && batch->kind == Json::Kind::kList;
  RC_ASSERT(projector.has_rows() == has_rows);
  if (!has_rows) return;
  RC_ASSERT(projector.rows().size() == batch->members.size());
  for (std::size_t i = 0; i < batch->members.size(); ++i)
    expect_row(projector.rows()[i], batch->members[i].value);
}

TEST(JsonProjector, ReadsWhatARandomDocumentWasWrittenFrom) {
  JsonProjector projector(all_fields(), "batch");
  EXPECT_TRUE(rc::check([&](std::uint64_t seed) {
    Random random(seed);
    for (int round = 0; round < 20; ++round) {
      const Json json = make_document(random);
      std::string text;
      write_json(json, random, text);
      expect_read(projector, json, text);
    }
  }));
}

void damage(std::string& text, Random& random) {
  constexpr std::string_view kBytes = "\"\\{}[],: \n0123456789.eE+-tfnu\x01\x7F\x80\xC3\xED\xFF";
  for (auto left = 1 + random.below(3); left > 0 && !text.empty(); --left) {
    const auto at = random.below(text.size());
    switch (random.below(5)) {
      case 0:
        text.erase(at, 1);
        break;
      case 1:
        text.insert(at, 1, any(kBytes, random));
        break;
      case 2:
        text.resize(at);
        break;
      case 3:
        text.insert(at, text.substr(random.below(text.size()), random.below(8)));
        break;
      default:
        text[at] = any(kBytes, random);
    }
  }
}

void expect_same_verdict(JsonProjector& projector, const std::string& text) {
  // Exactly as large as the text, for a sanitizer to see a byte too many.
  const std::vector<char> body(text.begin(), text.end());
  Arena arena;
  const bool ok = projector.read({body.data(), body.size()}, arena);
  const auto fault = find_json_fault(text, 64);
  if (ok == fault.has_value()) RC_FAIL(text);
  if (fault) RC_ASSERT(fault->offset <= text.size());
}

TEST(JsonProjector, AcceptsADamagedDocumentExactlyWhenTheCheckerDoes) {
  JsonProjector projector(all_fields(), "batch");
  EXPECT_TRUE(rc::check([&](std::uint64_t seed) {
    Random random(seed);
    for (int round = 0; round < 20; ++round) {
      std::string text;
      write_json(make_document(random), random, text);
      for (int copy = 0; copy < 20; ++copy) {
        std::string broken = text;
        damage(broken, random);
        expect_same_verdict(projector, broken);
      }
    }
  }));
}

// Memory whose end is the end of what may be read: the byte behind it ends the process.
class GuardedMemory {
 public:
  GuardedMemory() : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    void* at = mmap(nullptr, 9 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(at, MAP_FAILED);
    begin_ = static_cast<char*>(at);
    EXPECT_EQ(mprotect(begin_ + 8 * page_, page_, PROT_NONE), 0);
  }
  ~GuardedMemory() { munmap(begin_, 9 * page_); }
  GuardedMemory(const GuardedMemory&) = delete;

  // A copy of `text`, up to 32 KiB, that ends where the memory does.
  std::string_view put(std::string_view text) {
    char* const at = begin_ + 8 * page_ - text.size();
    text.copy(at, text.size());
    return {at, text.size()};
  }

 private:
  std::size_t page_;
  char* begin_ = nullptr;
};

TEST(JsonProjector, TouchesNoByteBehindTheBody) {
  JsonProjector projector(all_fields(), "batch");
  GuardedMemory memory;
  Random random(1);
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    write_json(make_document(random), random, text);
    if (text.size() > 32'000) continue;
    Arena arena;
    EXPECT_TRUE(projector.read(memory.put(text), arena));
    damage(text, random);
    projector.read(memory.put(text), arena);
  }
}

}  // namespace
}  // namespace millrace
