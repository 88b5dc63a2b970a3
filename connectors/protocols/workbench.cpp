#include "connectors/protocols/workbench.hpp"

#include "connectors/admission/address_mask.hpp"

#include <fmt/format.h>

namespace millrace::protocols {

using admission::Refusal;

Workbench::Workbench(Settings& of_all)
    : settings(of_all),
      json({{{PathStep{"writeKey"}}}, {{PathStep{"userId"}}}, {{PathStep{"anonymousId"}}}},
           "batch",
           {.body = of_all.collect.batch_max.bytes, .rows = of_all.collect.batch_events_max}),
      tree({.bytes = of_all.collect.batch_max.bytes}),
      inner({.bytes = of_all.collect.batch_max.bytes}) {}

const std::vector<Parameter>& Workbench::query(const http::Request& request) {
  if (!std::exchange(has_query_, true)) add_parameters(request.query, arena, query_);
  return query_;
}

std::optional<std::string_view> Workbench::parameter(const http::Request& request,
                                                     std::string_view name) {
  for (const auto& [their_name, value] : query(request))
    if (their_name == name) return value;
  return std::nullopt;
}

const http::Unpacked& Workbench::open(const http::Request& request) {
  if (opened_) return *opened_;
  const bool bare = request.body.empty();
  const std::string_view body = bare ? parameter(request, "data").value_or("") : request.body;
  opened_ = http::unpack(body,
                         bare ? std::string_view() : request.header("content-encoding"),
                         {.bytes_max = settings.collect.batch_max.bytes},
                         unpacked);
  return *opened_;
}

const std::optional<Refusal>& Workbench::read(const http::Request& request) {
  if (read_) return *read_;
  auto& refusal = read_.emplace();
  const http::Unpacked& opened = open(request);
  if (!opened.reason.empty()) {
    refusal = {400, opened.reason, "the body cannot be unpacked within its bounds"};
  } else if (!tree.read(opened.text, arena)) {
    const JsonFault& fault = tree.fault();
    refusal = {400, fault.reason, fmt::format("{} at byte {}", fault.what, fault.offset)};
  }
  return refusal;
}

std::string_view Workbench::masked(std::string_view address) {
  const auto& collect = settings.collect;
  return arena.copy(admission::mask_address(address, {collect.ipv4_bits, collect.ipv6_bits}));
}

void Workbench::clear() {
  arena.clear();
  query_.clear();
  has_query_ = false;
  opened_.reset();
  read_.reset();
}

Workbenches::Loan::~Loan() {
  bench_->clear();
  const std::lock_guard lock(from_.mutex_);
  from_.idle_.push_back(std::move(bench_));
}

Workbenches::Loan Workbenches::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto bench = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(bench)};
    }
  }
  return {*this, std::make_unique<Workbench>(settings_)};
}

}  // namespace millrace::protocols
