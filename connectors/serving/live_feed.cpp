#include "connectors/serving/live_feed.hpp"

#include "connectors/serving/profiles.hpp"

#include <algorithm>
#include <utility>

namespace millrace::serving {
namespace {

using Names = std::set<std::string, std::less<>>;

// "a,b" as a set.
Names names(const std::optional<std::string>& list) {
  Names found;
  std::string_view rest = list ? *list : std::string_view();
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    if (end > 0) found.emplace(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return found;
}

http::Response bad_parameter(std::string_view detail) {
  return http::refusal(400, "bad_parameter", detail);
}

// Reads all but the profile. Nothing, and why in `bad`, if the request asks for what there is not.
std::optional<LiveReader::Wish> read(const http::Request& request,
                                     const Queries& queries,
                                     http::Response& bad) {
  LiveReader::Wish wish;
  wish.filter.segments = names(request.parameter("segment"));
  wish.filter.kinds = names(request.parameter("kind"));
  const auto known = queries.segment_names();
  for (const auto& segment : wish.filter.segments)
    if (std::find(known.begin(), known.end(), segment) == known.end()) {
      bad = bad_parameter("segment must be names of segments, separated by commas");
      return std::nullopt;
    }
  const Names kinds{"enter", "exit", "effect", "reject"};
  if (!std::includes(
          kinds.begin(), kinds.end(), wish.filter.kinds.begin(), wish.filter.kinds.end())) {
    bad = bad_parameter("kind must be of enter, exit, effect, reject, separated by commas");
    return std::nullopt;
  }
  // A browser that connects again asks for the same URL, and says in the header how far it came.
  std::string from(request.header("Last-Event-ID"));
  if (from.empty()) from = request.parameter("from").value_or("");
  const auto place = from.empty() ? LivePlace{queries.processed(), 0} : LivePlace::parse(from);
  if (!place) {
    bad = bad_parameter("from must be a position, or the id of an event of this stream");
    return std::nullopt;
  }
  wish.from = *place;
  return wish;
}

}  // namespace

void LiveFeed::Bell::ring(bool Bell::*why) {
  const std::scoped_lock lock(mutex);
  this->*why = true;
  rung.notify_one();
}

LiveFeed::LiveFeed(Queries& queries, LiveFeedOptions options)
    : queries_(queries), options_(options), keeper_([this] { keep(); }) {}

LiveFeed::~LiveFeed() {
  bell_->ring(&Bell::stop);
  keeper_.join();
  for (const auto& reader : all()) reader->end("stopping");
}

void LiveFeed::read_wish(const http::Request& request, LiveForm form, const WishDone& done) const {
  http::Response bad;
  auto wish = read(request, queries_, bad);
  if (!wish) return done(std::move(bad));
  wish->form = form;
  const auto profile = request.parameter("profile");
  if (!profile) return done(std::move(*wish));
  find_profile(queries_, *profile, 0, [wish = std::move(*wish), done](auto found) {
    if (!found.ok() || !*found)
      return done(http::refusal(404, "unknown_profile", "nobody is known by this identifier"));
    LiveReader::Wish whole = wish;
    whole.filter.profile = (*found)->profile;
    done(std::move(whole));
  });
}

bool LiveFeed::add(LiveReader::Wish wish, const Open& open) {
  {
    const std::scoped_lock lock(mutex_);
    if (seats_.size() + opening_ >= options_.readers_max) return false;
    ++opening_;
  }
  const Position from = wish.from.position;
  auto reader = std::make_shared<LiveReader>(std::move(wish),
                                             [bell = bell_] { bell->ring(&Bell::reader_gone); });
  reader->attach(open([reader = std::weak_ptr(reader)] {
    if (const auto left = reader.lock()) left->drop();
  }));
  auto listening =
      queries_.listen(from, [reader](const LiveOutput& output) { reader->take(output); });
  reader->start(listening.missed);
  {
    const std::scoped_lock lock(mutex_);
    --opening_;
    seats_.push_back({reader, std::move(listening.subscription)});
  }
  if (reader->gone()) bell_->ring(&Bell::reader_gone);  // before it had a seat
  return true;
}

std::size_t LiveFeed::readers() const {
  const std::scoped_lock lock(mutex_);
  return seats_.size();
}

std::vector<std::shared_ptr<LiveReader>> LiveFeed::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<LiveReader>> readers;
  for (const auto& seat : seats_) readers.push_back(seat.reader);
  return readers;
}

void LiveFeed::keep() {
  using Clock = std::chrono::steady_clock;
  auto next_beat = Clock::now() + options_.beat;
  std::unique_lock lock(bell_->mutex);
  while (true) {
    bell_->rung.wait_until(lock, next_beat, [this] { return bell_->stop || bell_->reader_gone; });
    if (bell_->stop) return;
    bell_->reader_gone = false;
    lock.unlock();
    part_with_gone();
    if (Clock::now() >= next_beat) {
      beat();
      next_beat = Clock::now() + options_.beat;
    }
    lock.lock();
  }
}

void LiveFeed::beat() {
  for (const auto& reader : all()) reader->beat();
}

void LiveFeed::part_with_gone() {
  std::vector<Seat> gone;
  {
    const std::scoped_lock lock(mutex_);
    const auto first = std::partition(
        seats_.begin(), seats_.end(), [](const Seat& seat) { return !seat.reader->gone(); });
    std::move(first, seats_.end(), std::back_inserter(gone));
    seats_.erase(first, seats_.end());
  }
  // Here and not in the listener that found out: a subscription waits for its listener to return.
}

void LiveFeed::add_routes(http::Routes& routes) {
  const auto handler = [this](const http::Request& request, http::ReplyRef reply) {
    read_wish(request, LiveForm::kEvents, [this, reply](auto wish) {
      if (auto* refused = std::get_if<http::Response>(&wish))
        return reply->send(std::move(*refused));
      const Open open = [&reply](std::function<void()> closed) {
        return reply->stream(
            {.content_type = "text/event-stream",
             .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}}},
            std::move(closed));
      };
      if (!add(std::move(std::get<LiveReader::Wish>(wish)), open))
        reply->send(http::refusal(503, "too_many_readers", "no more readers are served"));
    });
  };
  routes.add(
      {.method = http::Method::kGet,
       .pattern = "/v1/live",
       .right = http::Right::kRead,
       .summary = "What happens, as it happens, as server-sent events or by WebSocket.",
       .handler = handler,
       .parameters = {{"from", "A position, or the id of an event after which to go on."},
                      {"segment",
                       "Only these segments' enter and exit; names with commas between."},
                      {"kind", "Only these of enter, exit, effect, reject; with commas between."},
                      {"profile", "Only of this customer; as in /v1/profiles/{id}."}},
       .upgrade = [this](const http::Request& request, http::Upgraded&& upgraded) {
         serve(request, std::move(upgraded));
       }});
}

}  // namespace millrace::serving
