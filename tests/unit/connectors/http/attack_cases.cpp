#include "tests/unit/connectors/http/attack_cases.hpp"

namespace millrace::http {
namespace {

using Cases = std::vector<AttackCase>;

// What a server that is led astray would answer as a request of its own.
const std::string kHidden = "GET /say/smuggled HTTP/1.1\r\nHost: shop\r\n\r\n";

std::string post(const std::string& headers, const std::string& body = kHidden) {
  return "POST /echo HTTP/1.1\r\nHost: shop\r\n" + headers + "\r\n" + body;
}
std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: shop\r\n" + headers + "\r\n";
}

void add_transfer_encodings(Cases& cases) {
  constexpr std::string_view kUnknown = "unknown_transfer_encoding";
  constexpr std::string_view kBad = "bad_transfer_encoding";
  const auto te = [](const std::string& value) {
    return post("Transfer-Encoding:" + value + "\r\n");
  };
  cases.insert(
      cases.end(),
      {{"TeGzip", te(" gzip"), 501, kUnknown},
       {"TeUnknown", te(" xchunked"), 501, kUnknown},
       {"TeIdentity", te(" identity"), 501, kUnknown},
       {"TeTwiceInOne", te(" chunked, chunked"), 501, kUnknown},
       {"TeGzipChunked", te(" gzip, chunked"), 501, kUnknown},
       {"TeChunkedGzip", te(" chunked, gzip"), 501, kUnknown},
       {"TeEmpty", te(""), 501, kUnknown},
       {"TeComma", te(" chunked,"), 501, kUnknown},
       {"TeLeadingComma", te(" ,chunked"), 501, kUnknown},
       {"TeParameter", te(" chunked;a=b"), 501, kUnknown},
       {"TeQuoted", te(" \"chunked\""), 501, kUnknown},
       {"TeNonAsciiBlank",
        te(" \xa0"
           "chunked"),
        501,
        kUnknown},
       {"TeTwice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400, kBad},
       {"TeTwiceFirstOther",
        post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
        400,
        kBad},
       {"TeAndLength", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400, {}},
       {"LengthAndTe", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400, {}},
       {"TeOtherAndLength", post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"), 400, kBad},
       {"LengthAndTeOther", post("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n"), 400, {}},
       {"TeInOldVersion",
        "POST /echo HTTP/1.0\r\nHost: shop\r\nTransfer-Encoding: "
        "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        400,
        kBad},
       {"TeSpaceBeforeColon", post("Transfer-Encoding : chunked\r\n"), 400, "malformed_head"},
       {"TeFolded", post("Transfer-Encoding:\r\n chunked\r\n"), 400, "obs_fold"},
       {"TeTabFolded", post("X: y\r\n\tTransfer-Encoding: chunked\r\n"), 400, "obs_fold"}});
}

void add_lengths(Cases& cases) {
  constexpr std::string_view kBad = "bad_content_length";
  const auto length = [](const std::string& value) {
    return post("Content-Length:" + value + "\r\n");
  };
  for (const auto& [name, value] : {std::pair("LengthSigned", " +5"),
                                    std::pair("LengthNegative", " -5"),
                                    std::pair("LengthHex", " 0x5"),
                                    std::pair("LengthUnderscore", " 1_0"),
                                    std::pair("LengthEmpty", ""),
                                    std::pair("LengthWord", " five"),
                                    std::pair("LengthTrailing", " 5 a"),
                                    std::pair("LengthFraction", " 5.0"),
                                    std::pair("LengthExponent", " 5e1"),
                                    std::pair("LengthList", " 5, 5"),
                                    std::pair("LengthComma", " 5,"),
                                    std::pair("LengthOverflow", " 18446744073709551616"),
                                    std::pair("LengthLongOverflow", " 99999999999999999999999999")})
    cases.push_back({name, length(value), 400, kBad});
  cases.insert(
      cases.end(),
      {{"LengthTwice", post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400, kBad},
       {"LengthTwiceDiffering", post("Content-Length: 5\r\nContent-Length: 6\r\n"), 400, kBad},
       {"LengthSpaceBeforeColon", post("Content-Length : 5\r\n"), 400, "malformed_head"},
       {"LengthFolded", post("Content-Length:\r\n 5\r\n"), 400, {}},
       {"LengthTooLarge", post("Content-Length: 65537\r\n"), 413, "body_too_large"},
       {"LengthLargest", post("Content-Length: 18446744073709551615\r\n"), 413, "body_too_large"},
       {"BodyWhereNoneIsTaken", get("/", "Content-Length: 1\r\n") + "x", 413, "body_too_large"},
       {"ChunksWhereNoneAreTaken",
        get("/", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        413,
        "body_too_large"}});
}

void add_chunks(Cases& cases) {
  constexpr std::string_view kBad = "bad_chunk";
  const auto chunks = [](const std::string& body) {
    return post("Transfer-Encoding: chunked\r\n", body + kHidden);
  };
  for (const auto& [name, body] :
       {std::pair("ChunkSigned", "+5\r\nhello\r\n0\r\n\r\n"),
        std::pair("ChunkPrefixed", "0x5\r\nhello\r\n0\r\n\r\n"),
        std::pair("ChunkUnderscore", "0_5\r\nhello\r\n0\r\n\r\n"),
        std::pair("ChunkNotHex", "g\r\nhello\r\n0\r\n\r\n"),
        std::pair("ChunkEmptySize", "\r\nhello\r\n0\r\n\r\n"),
        std::pair("ChunkTooShort", "3\r\nhello\r\n0\r\n\r\n"),
        std::pair("ChunkOverflow", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        std::pair("ChunkNoBreak", "5\r\nhello0\r\n\r\n"),
        std::pair("ChunkBadExtension", "5;\x01\r\nhello\r\n0\r\n\r\n"),
        std::pair("ChunkBareExtension", "5 a=b\r\nhello\r\n0\r\n\r\n")})
    cases.push_back({name, chunks(body), 400, kBad});
  cases.insert(cases.end(),
               {{"ChunkBareLineFeed", chunks("5\nhello\n0\n\n"), 400, {}},
                {"ChunkBareReturn", chunks("5\rhello\r\n0\r\n\r\n"), 400, {}},
                {"ChunkTooLarge",
                 chunks("10001\r\n" + std::string(65'537, 'x') + "\r\n0\r\n\r\n"),
                 413,
                 "body_too_large"},
                {"ChunkHuge", chunks("ffffffffffffffff\r\nhello"), 413, "body_too_large"},
                {"ChunksTooLargeTogether",
                 chunks("8000\r\n" + std::string(32'768, 'x') + "\r\n8001\r\n" +
                        std::string(32'769, 'x') + "\r\n0\r\n\r\n"),
                 413,
                 "body_too_large"},
                {"ChunkExtensionTooLarge",
                 chunks("5;a=" + std::string(300, 'b') + "\r\nhello\r\n0\r\n\r\n"),
                 400,
                 "chunk_extension_too_large"},
                {"ChunkExtensionEndless", chunks("5;a=" + std::string(100'000, 'b')), 400, {}},
                {"TrailersEndless", chunks("0\r\nX-A: " + std::string(100'000, 'b')), 400, {}},
                {"TrailersMany",
                 [&] {
                   std::string many = "0\r\n";
                   for (int i = 0; i < 20'000; ++i) many += "a:b\r\n";
                   return chunks(many + "\r\n");
                 }(),
                 400,
                 {}},
                {"TrailerLength", chunks("0\r\nContent-Length: 5\r\n\r\n"), 400, {}},
                {"TrailerEncoding", chunks("0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400, {}}});
}

void add_first_lines(Cases& cases) {
  const auto first = [](const std::string& line) { return line + "\r\nHost: shop\r\n\r\n"; };
  cases.insert(cases.end(),
               {{"VersionNone", "GET /\r\n\r\n", 400, {}},
                {"VersionOld", first("GET / HTTP/0.9"), 505, "bad_version"},
                {"VersionNew", first("GET / HTTP/1.2"), 505, "bad_version"},
                {"VersionTwo", first("GET / HTTP/2.0"), 505, "bad_version"},
                {"VersionLower", first("GET / http/1.1"), 505, "bad_version"},
                {"VersionLong", first("GET / HTTP/1.10"), 505, "bad_version"},
                {"VersionTrailing", first("GET / HTTP/1.1 "), 505, "bad_version"},
                {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "bad_version"},
                {"TlsHello",
                 std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
                 400,
                 "bad_method"},
                {"MethodLower", first("get / HTTP/1.1"), 400, "bad_method"},
                {"MethodPunctuated", first("GE!T / HTTP/1.1"), 400, "bad_method"},
                {"MethodControl", first("GE\x01T / HTTP/1.1"), 400, "bad_method"},
                {"MethodQuoted", first("\"GET\" / HTTP/1.1"), 400, "bad_method"},
                {"MethodNonAscii", first("G\xc3\x89T / HTTP/1.1"), 400, "bad_method"},
                {"MethodLong", first(std::string(100, 'A') + " / HTTP/1.1"), 400, "bad_method"},
                {"MethodNone", first(" / HTTP/1.1"), 400, {}},
                {"TargetNone", first("GET  HTTP/1.1"), 400, "bad_target"},
                {"TargetNoPath", first("GET ! HTTP/1.1"), 400, "bad_target"},
                {"TargetRelative", first("GET say/x HTTP/1.1"), 400, "bad_target"},
                {"TargetAsterisk", first("GET * HTTP/1.1"), 400, "bad_target"},
                {"TargetControl", first("GET /a\x01 HTTP/1.1"), 400, "bad_target"},
                {"TargetTab", first("GET /a\tb HTTP/1.1"), 400, "bad_target"},
                {"TargetNul", first(std::string("GET /a\0b HTTP/1.1", 17)), 400, "bad_target"},
                {"TargetSpace", first("GET /a b HTTP/1.1"), 505, "bad_version"},
                {"TargetNonAscii", first("GET /\xc3\xa4 HTTP/1.1"), 400, "bad_target"},
                {"TargetFragment", first("GET /#a HTTP/1.1"), 400, "bad_target"},
                {"TargetOtherScheme", first("GET ftp://shop/ HTTP/1.1"), 400, "bad_target"},
                {"TargetNoHost", first("GET http:///x HTTP/1.1"), 400, "bad_target"},
                {"TargetAuthority", first("CONNECT shop:443 HTTP/1.1"), 400, "bad_target"},
                {"TargetLong",
                 first("GET /" + std::string(20'000, 'a') + " HTTP/1.1"),
                 400,
                 "target_too_long"},
                {"LineBare", "GET / HTTP/1.1\nHost: shop\n\n", 505, "bad_version"},
                {"LineEmptyFirst", "\r\n" + get("/"), 400, {}},
                {"LineBlankFirst", " " + get("/"), 400, {}}});
}

void add_headers(Cases& cases) {
  constexpr std::string_view kMalformed = "malformed_head";
  std::string many;
  for (int i = 0; i < 101; ++i) many += "a:b\r\n";
  const auto host = [](const std::string& lines) { return "GET / HTTP/1.1\r\n" + lines + "\r\n"; };
  cases.insert(
      cases.end(),
      {{"HostNone", host(""), 400, "bad_host"},
       {"HostTwice", host("Host: shop\r\nHost: shop\r\n"), 400, "bad_host"},
       {"HostTwiceDiffering", host("Host: shop\r\nhost: other\r\n"), 400, "bad_host"},
       {"HostList", host("Host: shop, other\r\n"), 400, "bad_host"},
       {"HostPath", host("Host: shop/other\r\n"), 400, "bad_host"},
       {"HostUser", host("Host: me@shop\r\n"), 400, "bad_host"},
       {"HostBackslash", host("Host: shop\\other\r\n"), 400, "bad_host"},
       {"HostSpaceBeforeColon", host("Host : shop\r\n"), 400, kMalformed},
       {"HeadersMany", get("/", many), 400, "too_many_headers"},
       {"HeadLarge", get("/", "X: " + std::string(40'000, 'a') + "\r\n"), 400, "head_too_large"},
       {"HeadEndless", "GET / HTTP/1.1\r\nX: " + std::string(200'000, 'a'), 400, "head_too_large"},
       {"HeaderNul", get("/", std::string("X: a\0b\r\n", 8)), 400, kMalformed},
       {"HeaderControl",
        get("/",
            "X: a\x01"
            "b\r\n"),
        400,
        kMalformed},
       {"HeaderBareReturn", get("/", "X: a\rY: b\r\n"), 400, {}},
       {"HeaderBareLineFeed", get("/", "X: a\nY: b\r\n"), 400, {}},
       {"HeaderNoColon", get("/", "X\r\n"), 400, kMalformed},
       {"HeaderNoName", get("/", ": a\r\n"), 400, kMalformed},
       {"HeaderBlankName", get("/", "X Y: a\r\n"), 400, kMalformed},
       {"HeaderNonAsciiName", get("/", "X\xc3\xa4: a\r\n"), 400, kMalformed},
       {"HeaderFolded", get("/", "X: a\r\n b\r\n"), 400, "obs_fold"},
       {"HeaderFoldedFirst", "GET / HTTP/1.1\r\n X: a\r\nHost: shop\r\n\r\n", 400, {}},
       {"ExpectUnknown", get("/", "Expect: 200-ok\r\n"), 417, "unknown_expectation"},
       {"ExpectTwice",
        get("/", "Expect: 100-continue\r\nExpect: 100-continue\r\n"),
        417,
        "unknown_expectation"}});
}

}  // namespace

std::vector<AttackCase> attack_cases() {
  Cases cases;
  add_transfer_encodings(cases);
  add_lengths(cases);
  add_chunks(cases);
  add_first_lines(cases);
  add_headers(cases);
  return cases;
}

}  // namespace millrace::http
