#include "app/cli/output.hpp"

#include "app/cli/interrupt.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

namespace millrace {
namespace {

constexpr int kPatienceMillis = 100;
constexpr std::size_t kBufferSize = std::size_t{256} << 10;

Error system_error(const std::string& what, const std::string& name) {
  return {fmt::format("cannot {} {}: {}", what, name, std::generic_category().message(errno))};
}

// After Ctrl-C nobody wants to wait for a reader that is stuck: a piece that a ready pipe surely
// takes, or nothing (EINTR).
ssize_t write_some(int descriptor, std::string_view bytes) {
  if (!Interruption::requested()) return ::write(descriptor, bytes.data(), bytes.size());
  pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, kPatienceMillis) > 0)
    return ::write(descriptor, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
  errno = EINTR;
  return -1;
}

}  // namespace

DataStream::DataStream(int descriptor, bool owned, std::string name)
    : descriptor_(descriptor), owned_(owned), name_(std::move(name)) {}

DataStream::DataStream(DataStream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      owned_(std::exchange(other.owned_, false)),
      reader_is_gone_(other.reader_is_gone_),
      name_(std::move(other.name_)),
      buffer_(std::move(other.buffer_)),
      failure_(std::move(other.failure_)) {
  other.buffer_.clear();
}

DataStream::~DataStream() {
  static_cast<void>(flush());
  if (owned_) ::close(descriptor_);
}

Result<DataStream> DataStream::open(const std::string& path) {
  if (path == "-") return to_descriptor(STDOUT_FILENO);
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return system_error("create", path);
  return DataStream(descriptor, true, path);
}

Status DataStream::write(std::string_view bytes) {
  if (!failure_) return failure_;
  buffer_ += bytes;
  return buffer_.size() < kBufferSize ? Status{} : flush();
}

Status DataStream::flush() {
  std::string_view left = buffer_;
  while (failure_ && !left.empty()) {
    const ssize_t written = write_some(descriptor_, left);
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR || Interruption::requested()) {
      reader_is_gone_ = errno == EPIPE;
      failure_ = system_error("write to", name_);
    }
  }
  buffer_.clear();
  return failure_;
}

Result<std::string> read_input(const std::string& path, std::size_t limit) {
  const bool standard = path == "-";
  const std::string name = standard ? "standard input" : path;
  const int descriptor = standard ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return system_error("open", name);
  std::string text;
  std::array<char, (std::size_t{64} << 10)> block{};
  Status status;
  for (;;) {
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      status = system_error("read", name);
      break;
    }
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > limit) {
      status = Error{fmt::format("{} is larger than {} bytes", name, limit)};
      break;
    }
  }
  if (!standard) ::close(descriptor);
  if (!status) return status.error();
  return text;
}

}  // namespace millrace
