#include "connectors/protocols/multipart.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::protocols {
namespace {

using Parts = std::vector<UrlParameter>;

TEST(MultipartParts, GivesNamesAndContents) {
  EXPECT_EQ(multipart_parts("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{}\r\n"
                            "--x\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; "
                            "filename=\"name\"; name=\"b\"\r\n\r\ntwo\r\nlines--x\r\n--x--\r\n"),
            (Parts{{"a", "{}"}, {"b", "two\r\nlines--x"}}));
  EXPECT_EQ(multipart_parts("--x\r\nA: b\r\n\r\nnameless\r\n--x--"), (Parts{{"", "nameless"}}));
  EXPECT_EQ(multipart_parts("--x\r\nA; name=\"a\"\r\n\r\n\r\n--x--"), (Parts{{"a", ""}}));
}

TEST(MultipartParts, GivesNothingOfWhatIsBroken) {
  const std::string whole = "--x\r\nA; name=\"a\"\r\n\r\nb\r\n--x--";
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(multipart_parts(whole.substr(0, size))) << size;
  EXPECT_FALSE(multipart_parts("--\r\nA; name=\"a\"\r\n\r\nb\r\n----"));
  EXPECT_FALSE(multipart_parts("--xA; name=\"a\"\r\n\r\nb\r\n--x--"));
  EXPECT_FALSE(multipart_parts("--x\r\nA; name=\"a\"\r\nb\r\n--x--"));
  EXPECT_FALSE(multipart_parts("--x\r\nA; name=\"a\"\r\n\r\nb\r\n--xy\r\n--x--"));
  EXPECT_FALSE(multipart_parts("--" + std::string(71, 'x') + whole));
}

}  // namespace
}  // namespace millrace::protocols
