#include "connectors/client/listening.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace millrace::client {

Status may_listen(const std::string& address, std::uint16_t port) {
  using boost::asio::ip::tcp;
  boost::system::error_code failure;
  const auto parsed = boost::asio::ip::make_address(address, failure);
  if (failure) return Error{failure.message()};
  boost::asio::io_context io;
  tcp::acceptor acceptor(io);
  const tcp::endpoint endpoint(parsed, port);
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(1, failure);
  return failure ? Status(Error{failure.message()}) : Status();
}

}  // namespace millrace::client
