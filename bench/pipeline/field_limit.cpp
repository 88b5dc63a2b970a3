#include "bench/pipeline/field_limit.hpp"

#include <simdjson.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace millrace {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kFixed[] = {"type",
                                       "event",
                                       "name",
                                       "messageId",
                                       "userId",
                                       "anonymousId",
                                       "previousId",
                                       "groupId",
                                       "timestamp",
                                       "originalTimestamp",
                                       "sentAt",
                                       "receivedAt"};

// The keys that are read at one level, and what is read below them.
struct Level {
  std::map<std::string, Level, std::less<>> below;
};

volatile std::size_t sink;  // so that nothing is left out as unused

void read_scalar(ondemand::value value) {
  switch (value.type().value_unsafe()) {
    case ondemand::json_type::string:
      sink = value.get_string().value_unsafe().size();
      break;
    case ondemand::json_type::number:
      sink = static_cast<std::size_t>(value.get_double().value_unsafe());
      break;
    case ondemand::json_type::boolean:
      sink = value.get_bool().value_unsafe() ? 1 : 0;
      break;
    default:
      break;
  }
}

void read_object(ondemand::object object, const Level& level) {
  for (auto field : object) {
    const std::string_view key = field.unescaped_key().value_unsafe();
    const auto at = level.below.find(key);
    if (at == level.below.end()) continue;
    ondemand::value value = field.value();
    if (at->second.below.empty()) {
      read_scalar(value);
    } else if (value.type().value_unsafe() == ondemand::json_type::object) {
      read_object(value.get_object().value_unsafe(), at->second);
    }
  }
}

}  // namespace

struct FieldLimit::State {
  ondemand::parser parser;
  Level root;
};

FieldLimit::FieldLimit(const Projection& projection) : state_(std::make_unique<State>()) {
  for (const std::string_view key : kFixed) state_->root.below[std::string(key)];
  for (const Projection::Field& field : projection.fields()) {
    Level* level = &state_->root;
    for (const PathStep& step : field.steps)
      if (step.index < 0) level = &level->below[step.key];
  }
}

FieldLimit::~FieldLimit() = default;

void FieldLimit::read(std::string_view body) {
  auto document =
      state_->parser.iterate(body.data(), body.size(), body.size() + simdjson::SIMDJSON_PADDING);
  ondemand::object object;
  if (document.get_object().get(object) == simdjson::SUCCESS) read_object(object, state_->root);
}

}  // namespace millrace
