// An engine that knows what the test tells it, and a reader of answers without a server.
#pragma once

#include "connectors/http/routes.hpp"
#include "engine/config/node.hpp"
#include "engine/operator/queries.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace millrace::serving {

class FakeQueries final : public Queries {
 public:
  std::map<std::string, ProfileView> known;  // by identifier
  std::vector<std::string> asked;
  std::vector<std::string> names{"loyal", "lapsed"};
  std::map<ProfileId, Time> loyal;
  Position now_at = 100;
  std::vector<LiveOutput> remembered;
  SinkState hook{.name = "hook"};
  std::vector<DeadLetterView> letters;
  Position oldest = 0;

  void profile(std::string id, Position after, ProfileDone done) override {
    asked.push_back(id);
    if (after > now_at) return done(Error{"the engine is not that far yet", Fault::kBusy});
    const auto found = known.find(id);
    if (found == known.end()) return done(std::optional<ProfileView>());
    done(std::optional(found->second));
  }

  std::vector<SegmentSize> segments() const override {
    return {{"loyal", static_cast<std::int64_t>(loyal.size())}, {"lapsed", 0}};
  }
  std::vector<std::string> segment_names() const override { return names; }

  Result<MembersPage> members(std::string_view segment,
                              ProfileId from,
                              std::size_t limit) const override {
    if (segment != "loyal") return Error{"there is no such segment", Fault::kMissing};
    MembersPage page;
    for (auto at = loyal.lower_bound(from); at != loyal.end(); ++at) {
      if (page.members.size() == limit) {
        page.next = at->first;
        break;
      }
      page.members.push_back({at->first, at->second});
    }
    return page;
  }

  std::vector<SinkState> sinks() const override { return {hook}; }
  Result<std::vector<DeadLetterView>> dead_letters(std::string_view sink,
                                                   std::uint64_t from,
                                                   std::size_t limit) const override {
    if (sink != hook.name) return Error{"there is no such sink", Fault::kMissing};
    std::vector<DeadLetterView> found;
    for (const auto& letter : letters)
      if (letter.sequence >= from && found.size() < limit) found.push_back(letter);
    return found;
  }
  Status enable_sink(std::string_view sink) override {
    if (sink != hook.name) return Error{"there is no such sink", Fault::kMissing};
    hook.disabled.clear();
    return {};
  }

  Position processed() const override { return now_at; }

  Listening listen(Position from, Listen listen) override {
    Listening listening;
    if (from < oldest) listening.missed = oldest;
    const std::scoped_lock lock(mutex_);
    for (const auto& output : remembered)
      if (output.position >= from) listen(output);
    const auto number = ++last_listener_;
    listeners_[number] = std::move(listen);
    listening.subscription = std::make_unique<Listener>(*this, number);
    return listening;
  }

  // Happens now.
  void happen(const LiveOutput& output) {
    const std::scoped_lock lock(mutex_);
    remembered.push_back(output);
    for (const auto& [number, listen] : listeners_) listen(output);
  }
  std::size_t listeners() const {
    const std::scoped_lock lock(mutex_);
    return listeners_.size();
  }

 private:
  class Listener final : public Subscription {
   public:
    Listener(FakeQueries& of, int number) : of_(of), number_(number) {}
    ~Listener() override {
      const std::scoped_lock lock(of_.mutex_);
      of_.listeners_.erase(number_);
    }

   private:
    FakeQueries& of_;
    int number_;
  };

  mutable std::mutex mutex_;
  int last_listener_ = 0;
  std::map<int, Listen> listeners_;
};

// What a reader of a stream has got so far.
class FakeStream final : public http::Stream {
 public:
  explicit FakeStream(std::function<void()> on_closed = {}) : closed(std::move(on_closed)) {}

  bool write(std::string bytes) override {
    const std::scoped_lock lock(mutex_);
    if (got_.size() + bytes.size() > room) return false;
    got_ += bytes;
    return true;
  }
  void close(std::string last) override {
    const std::scoped_lock lock(mutex_);
    got_ += last;
    ended_ = true;
  }
  std::string got() const {
    const std::scoped_lock lock(mutex_);
    return got_;
  }
  bool ended() const {
    const std::scoped_lock lock(mutex_);
    return ended_;
  }

  std::size_t room = 1'000'000;
  std::function<void()> closed;

 private:
  mutable std::mutex mutex_;
  std::string got_;
  bool ended_ = false;
};

struct Answer {
  http::Response response;
  std::shared_ptr<FakeStream> stream;  // or a stream
  int answers = 0;

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : response.headers)
      if (key == name) return value;
    return {};
  }
  config::Node json() const {
    config::Problems problems;
    return config::Document::load(response.body, "answer", problems).root();
  }
};

// Asks a handler that answers at once.
inline Answer ask(const http::Routes& routes,
                  std::string_view target,
                  std::vector<http::Header> headers = {},
                  http::Method method = http::Method::kGet) {
  class FakeReply final : public http::Reply {
   public:
    explicit FakeReply(Answer& to) : to_(to) {}
    void send(http::Response response) override {
      ++to_.answers;
      to_.response = std::move(response);
    }
    std::shared_ptr<http::Stream> stream(http::Response head,
                                         std::function<void()> closed) override {
      send(std::move(head));
      return to_.stream = std::make_shared<FakeStream>(std::move(closed));
    }

   private:
    Answer& to_;
  };

  Answer answer;
  http::Request request{.method = method, .target = target, .headers = std::move(headers)};
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  auto match = routes.find(method, request.path);
  if (match.route == nullptr) {
    answer.response.status = 404;
    return answer;
  }
  request.captures = std::move(match.captures);
  match.route->handler(request, std::make_shared<FakeReply>(answer));
  return answer;
}

}  // namespace millrace::serving
