// The server as its users run it: signals, restarts, changed topologies, and the subcommands that
// talk to it.
#include "tests/integration/running_server.hpp"
#include "tests/support/mmdb_writer.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace millrace {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RunTest : public ::testing::Test {
 protected:
  // Of a topology with this segment, and what else the file says.
  void write_topology(const std::string& segment, const std::string& more = {}) const {
    std::ofstream(topology_) << more << R"(
shards: 16
events: {purchase: Order Completed}
nodes:
  parse: {}
  identify: {}
  dedupe: {}
  features: {purchase: purchase, value: revenue}
  rules:
    segments:
      )" << segment << "\n";
  }
  RunningServer start() const { return RunningServer(topology_, data_); }
  Finished run(std::vector<std::string> more) const {
    std::vector<std::string> words = {"run", topology_, "--data", data_};
    words.insert(words.end(), more.begin(), more.end());
    return run_millrace(words);
  }

  TemporaryDirectory directory_;
  const std::string topology_ = directory_.file("t.yaml");
  const std::string data_ = directory_.file("data");
};

constexpr const char* kBuyer = "buyer: count(purchase, 1h) >= 1";

TEST_F(RunTest, KnowsAfterAKillWhatItAnswered) {
  write_topology(kBuyer);
  {
    RunningServer server = start();
    for (int i = 0; i < 20; ++i) server.track("ann", "Order Completed", "m" + std::to_string(i));
    server.process().signal(SIGKILL);
    EXPECT_EQ(server.process().wait(), 128 + SIGKILL);
  }
  RunningServer server = start();
  server.track("ann", "Order Completed", "m3");  // a client that was not sure
  server.settle();
  EXPECT_THAT(server.get("/v1/profiles/ann"), HasSubstr("user_id:ann"));
  EXPECT_THAT(server.get("/v1/segments"), HasSubstr(R"({"name":"buyer","members":1})"));
  EXPECT_THAT(server.get("/metrics"), HasSubstr("millrace_segment_members{segment=\"buyer\"}"));
}

TEST_F(RunTest, SaysThatItIsNotReadyAndEndsWhenItIsTold) {
  write_topology(kBuyer, "server: {drain_notice: 2s}");
  RunningServer server = start();
  server.track("ann", "Order Completed", "m1");
  EXPECT_EQ(server.ask("GET", "/readyz")->status, 200);
  server.process().signal(SIGTERM);
  auto ready = server.ask("GET", "/readyz");
  while (ready && ready->status == 200) ready = server.ask("GET", "/readyz");
  ASSERT_TRUE(ready) << ready.error().what;
  EXPECT_EQ(ready->status, 503);
  EXPECT_THAT(ready->body, HasSubstr("about to stop"));
  server.track("ann", "Order Completed", "m2");  // taken to the last
  EXPECT_EQ(server.process().wait(), 0);
}

TEST_F(RunTest, EndsAtOnceAtTheSecondSignal) {
  write_topology(kBuyer, "server: {drain: 10m, drain_notice: 1m}");
  RunningServer server = start();
  server.process().signal(SIGTERM);
  server.until([&] { return server.ask("GET", "/readyz")->status != 200; });
  server.process().signal(SIGTERM);
  EXPECT_EQ(server.process().wait(), 128 + SIGTERM);
}

TEST_F(RunTest, GoesOnWithAChangedTopology) {
  write_topology(kBuyer);
  RunningServer server = start();
  server.track("ann", "Order Completed", "m1");
  write_topology("regular: count(purchase, 1h) >= 2");
  const auto reloaded = server.ask("POST", "/admin/reload");
  ASSERT_TRUE(reloaded);
  EXPECT_EQ(reloaded->status, 200) << reloaded->body;
  server.track("ann", "Order Completed", "m2");
  server.settle();
  EXPECT_THAT(server.get("/v1/segments"), HasSubstr(R"([{"name":"regular","members":1}])"));
}

TEST_F(RunTest, RefusesAWrongTopologyWithAllItsProblems) {
  write_topology(kBuyer);
  RunningServer server = start();
  write_topology("buyer: cuont(purchase, 1h) >= 1", "serverr: {}\nlanes: many");
  const auto refused = server.ask("POST", "/admin/reload");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 422);
  EXPECT_THAT(refused->body,
              AllOf(HasSubstr("serverr"), HasSubstr("many"), HasSubstr("\"line\":")));
  server.track("ann", "Order Completed", "m1");
  server.settle();
  EXPECT_THAT(server.get("/v1/segments"), HasSubstr(R"({"name":"buyer","members":1})"));
}

TEST_F(RunTest, ReloadsAtAHangup) {
  write_topology(kBuyer);
  RunningServer server = start();
  write_topology("regular: count(purchase, 1h) >= 2", "server: {drain: 3s}");
  server.process().signal(SIGHUP);
  server.until([&] { return server.get("/v1/segments").find("regular") != std::string::npos; });
  // The second one finds nothing changed, and says what waits for a restart.
  EXPECT_THAT(server.ask("POST", "/admin/reload")->body, HasSubstr("\"reloaded\":true"));
}

// As geoipupdate replaces a database.
void write_places(const std::string& path, const std::string& country) {
  const MmdbValue place{MmdbValue::Map{{"country", {MmdbValue::Map{{"iso_code", {country}}}}}}};
  std::ofstream(path + ".new", std::ios::binary) << mmdb("Test", {{"127.0.0.0", 8, place}});
  std::filesystem::rename(path + ".new", path);
}

TEST_F(RunTest, KnowsWhereItsSendersAreAndReadsTheDatabaseAgain) {
  const std::string places = directory_.file("places.mmdb");
  write_topology(R"(german: count(purchase where context.location.country == "DE", 1h) >= 1
      french: count(purchase where context.location.country == "FR", 1h) >= 1)",
                 "collect: {geo: {database: " + places + "}}");
  EXPECT_THAT(run({}).err, HasSubstr("places.mmdb cannot be read as a MaxMind database"));
  write_places(places, "DE");
  RunningServer server = start();
  server.track("ann", "Order Completed", "m1");
  write_places(places, "FR");
  EXPECT_THAT(server.ask("POST", "/admin/reload")->body, HasSubstr("\"reloaded\":true"));
  server.track("bea", "Order Completed", "m2");
  server.track("cleo", "Order Completed", "m3");
  server.settle();
  EXPECT_THAT(server.get("/v1/segments"),
              AllOf(HasSubstr(R"("german","members":1)"), HasSubstr(R"("french","members":2)")));
}

TEST_F(RunTest, RefusesToStartWithWhatIsWrong) {
  write_topology("buyer: cuont(purchase, 1h) >= 1");
  const Finished wrong = run({});
  EXPECT_EQ(wrong.code, 78);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean 'count'?"));
  write_topology(kBuyer);
  const Finished open = run({"--listen", "0.0.0.0:0"});
  EXPECT_EQ(open.code, 78) << "without keys, nobody else may send";
  EXPECT_EQ(run({"--listen", "nowhere"}).code, 78);
  EXPECT_EQ(run({"--listenn", "127.0.0.1:0"}).code, 64);
  EXPECT_EQ(run({"--keys", directory_.file("none")}).code, 74);
  RunningServer first = start();
  EXPECT_EQ(run({"--listen", "127.0.0.1:0"}).code, 75) << "the data directory is in use";
}

TEST_F(RunTest, PlaysShoppersThroughItsFrontDoor) {
  write_topology(kBuyer);
  RunningServer server = start();
  const Finished played = run_millrace(
      {"simulate", "--to", server.url(), "--rate", "4k", "--events", "2000", "--shoppers", "100"});
  EXPECT_EQ(played.code, 0) << played.err;
  EXPECT_THAT(played.out, AllOf(HasSubstr("\"acknowledged\":2000"), HasSubstr("\"lost\":0")));
  server.settle();
  const Finished top = run_millrace({"top", "--once", "--json", "--to", server.url()});
  EXPECT_EQ(top.code, 0) << top.err;
  EXPECT_THAT(top.out, HasSubstr("\"name\":\"buyer\",\"members\":"));
  EXPECT_THAT(top.out, Not(HasSubstr("\"members\":0")));
}

TEST_F(RunTest, PlaysShoppersByWebSocketToo) {
  write_topology(kBuyer);
  RunningServer server = start();
  const Finished played = run_millrace({"simulate",
                                        "--to",
                                        server.url(),
                                        "--protocol",
                                        "websocket",
                                        "--rate",
                                        "4k",
                                        "--events",
                                        "2000",
                                        "--malformed",
                                        "0.01"});
  EXPECT_EQ(played.code, 0) << played.err;
  EXPECT_THAT(played.out, AllOf(HasSubstr("\"lost\":0"), Not(HasSubstr("\"refused\":0"))));
  server.settle();
  EXPECT_THAT(server.get("/v1/segments"), Not(HasSubstr("\"members\":0")));
}

TEST_F(RunTest, TellsOfProfilesAndOfWhatHappens) {
  write_topology(kBuyer);
  RunningServer server = start();
  server.track("ann", "Order Completed", "m1");
  server.settle();
  const Finished profile = run_millrace({"profile", "get", "user_id:ann", "--to", server.url()});
  EXPECT_EQ(profile.code, 0) << profile.err;
  EXPECT_THAT(profile.out, HasSubstr("user_id:ann"));
  const Finished nobody = run_millrace({"profile", "get", "user_id:nobody", "--to", server.url()});
  EXPECT_EQ(nobody.code, 2);
  const auto tapped = [&](const std::string& filter) {
    return run_millrace(
        {"tap", "--from", "0", "--limit", "1", "--filter", filter, "--json", "--to", server.url()});
  };
  EXPECT_THAT(tapped("name == \"buyer\" and kind == \"enter\"").out,
              AllOf(HasSubstr("\"kind\":\"enter\""), HasSubstr("user_id:ann")));
  EXPECT_EQ(tapped("kind = 1").code, 64);
}

TEST_F(RunTest, TakesAFileOnceHoweverOftenItIsSent) {
  write_topology(kBuyer);
  RunningServer server = start();
  const std::string events = directory_.file("events.ndjson");
  {
    std::ofstream lines(events);
    for (int i = 0; i < 250; ++i)
      lines << R"({"type":"track","event":"Order Completed","userId":"u)" << i << "\"}\n";
    lines << "no event\n";
  }
  const auto send = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"send", events, "--key", "k", "--json", "--to", server.url()};
    words.insert(words.end(), more.begin(), more.end());
    return run_millrace(words);
  };
  const Finished sent = send({});
  EXPECT_EQ(sent.code, 65) << sent.err;
  EXPECT_THAT(sent.err, HasSubstr("line 251 is no event"));
  EXPECT_THAT(sent.out, HasSubstr(R"("acknowledged":250,"skipped":1,"retries":0,"last_line":250)"));
  EXPECT_THAT(send({"--from-line", "101"}).out, HasSubstr("\"acknowledged\":150"));
  server.settle();
  EXPECT_THAT(server.get("/v1/segments"), HasSubstr("\"members\":250"));
  const std::string metrics = server.get("/metrics");
  EXPECT_THAT(metrics, HasSubstr("millrace_events_kept_total 251\n"));
  EXPECT_THAT(metrics, HasSubstr("millrace_events_dropped_total{reason=\"duplicate\"} 150\n"));
  server.process().signal(SIGKILL);
  server.process().wait();
  const Finished alone = send({"--patience", "200ms"});
  EXPECT_EQ(alone.code, 69);
  EXPECT_THAT(alone.err, HasSubstr("go on with --from-line 1"));
}

TEST_F(RunTest, AsksForTheKeysOfItsFile) {
  write_topology(kBuyer);
  const std::string keys = directory_.file("keys.yaml");
  const Finished made = run_millrace({"keys", "new", keys, "--source", "shop"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(run_millrace({"keys", "new", keys}).code, 73) << "never over keys that are there";
  const auto word_after = [&](std::string_view words) {
    const auto at = made.out.find_first_not_of(' ', made.out.find(words) + words.size());
    return made.out.substr(at, made.out.find('\n', at) - at);
  };
  std::ofstream(topology_, std::ios::app) << "server: {keys: " << keys << "}\n";
  RunningServer server = start();
  const auto profile = [&](const std::string& token) {
    return run_millrace({"profile", "get", "u1", "--to", server.url()}, {"MILLRACE_TOKEN=" + token})
        .code;
  };
  const std::string events = directory_.file("events.ndjson");
  std::ofstream(events) << R"({"type":"page","userId":"u1"})"
                        << "\n";
  EXPECT_EQ(run_millrace({"send", events, "--key", "no", "--to", server.url()}).code, 77);
  EXPECT_EQ(run_millrace({"send", events, "--to", server.url()},
                         {"MILLRACE_KEY=" + word_after("write key")})
                .code,
            0);
  EXPECT_EQ(profile(""), 77);
  EXPECT_EQ(profile("mrr_wrong"), 77);
  server.until([&] { return profile(word_after("read key")) != 2; });  // not processed yet
  EXPECT_EQ(profile(word_after("read key")), 0);
  EXPECT_EQ(profile(word_after("admin token")), 0);
}

TEST_F(RunTest, NobodyThereIsAClearAnswer) {
  std::string url;
  {
    write_topology(kBuyer);
    RunningServer server = start();
    url = server.url();
  }
  const Finished profile = run_millrace({"profile", "get", "42", "--to", url});
  EXPECT_EQ(profile.code, 69);
  EXPECT_THAT(profile.err, HasSubstr("refused"));
  EXPECT_EQ(run_millrace({"profile", "get", "42", "--to", "ftp://x"}).code, 64);
}

TEST_F(RunTest, ItsPageRunsNoScriptButItsOwn) {
  write_topology(kBuyer);
  RunningServer server = start();
  const std::string page = server.get("/");
  EXPECT_THAT(page, HasSubstr("<script src=\"page.js\" defer></script>"));
  EXPECT_EQ(page.find("<script"), page.rfind("<script"));
  EXPECT_THAT(page, Not(HasSubstr(" style=")));
  const std::string script = server.get("/page.js");
  for (const char* risky :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "document.write"})
    EXPECT_THAT(script, Not(HasSubstr(risky)));
  EXPECT_FALSE(server.get("/page.css").empty());
  EXPECT_THAT(server.get("/openapi.json"), HasSubstr("/v1/batch"));
}

}  // namespace
}  // namespace millrace
