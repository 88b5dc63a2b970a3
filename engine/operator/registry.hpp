// Which operators, sinks and sections a topology may name: a value, filled by the explicit lists
// operators/builtin.cpp and connectors/builtin.cpp. Nothing registers itself.
//
// Everything that the program says about an operator (errors, JSON schema, reference page) comes
// from what is registered here, that is from the operator's own declaration.
#pragma once

#include "engine/config/fields.hpp"
#include "engine/operator/delivery.hpp"
#include "engine/operator/identifier.hpp"
#include "engine/operator/lane.hpp"
#include "engine/operator/operator.hpp"
#include "engine/operator/parser.hpp"
#include "engine/operator/sink.hpp"

#include <any>
#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace millrace {

// Where in a topology an operator may stand.
enum class Stage : std::uint8_t {
  kParse,     // hits -> events: once, first
  kIngest,    // events, before it is known whose: stateless, in parallel
  kIdentify,  // whose: once, serial
  kLane,      // events of known profiles
  kSink,      // takes outputs and rejects out
};

// A node's configuration, read and sound: makes as many instances as the runtime needs. One of the
// functions is set, by stage and kind of sink.
struct Prepared {
  std::function<std::unique_ptr<Parser>(Lane&)> make_parser;
  std::function<std::unique_ptr<Identifier>(Lane&)> make_identifier;
  std::function<std::unique_ptr<Operator>(Lane&)> make_operator;
  std::function<std::unique_ptr<Sink>()> make_sink;
  std::function<std::unique_ptr<DeliveringSink>()> make_delivering;  // with these two:
  OutboxConfig outbox;
  DeliveryConfig delivery;
  std::string effective;  // the configuration as YAML, defaults written out, secrets hidden
};

struct OperatorInfo {
  std::string_view name;
  std::string_view summary;  // one sentence
  Stage stage = Stage::kLane;
  const config::StructInfo* config = nullptr;
  // Reads a node's own configuration. What is wrong is added to `problems`.
  std::function<Prepared(const config::Node&, config::Problems&, const config::ParseOptions&)>
      prepare;
};

// A section's configuration, read and sound, or its defaults if the file does not say it.
struct PreparedSection {
  std::any config;        // the section's Config
  std::string effective;  // as YAML, defaults written out, secrets hidden
};

// A part of a topology file beside the engine's settings, such as `server`, that somebody else than
// the engine reads. It is checked with the file, and means nothing to a replay.
struct SectionInfo {
  std::string_view name;
  std::string_view summary;  // one sentence
  const config::StructInfo* config = nullptr;
  std::function<PreparedSection(
      const config::Node&, config::Problems&, const config::ParseOptions&)>
      prepare;
};

// A name, a summary that is a sentence, a configuration described once, and a constructor that
// takes it.
template <class T>
concept Declared = config::Described<typename T::Config> && requires {
  { T::kName } -> std::convertible_to<std::string_view>;
  { T::kSummary } -> std::convertible_to<std::string_view>;
};
template <class T>
concept OperatorType = Declared<T> &&
    (std::derived_from<T, Operator> || std::derived_from<T, Parser> ||
     std::derived_from<T, Identifier>)&&std::constructible_from<T, typename T::Config, Lane&>;
template <class T>
concept SinkType = Declared<T> &&
    (std::derived_from<T, Sink> ||
     std::derived_from<T, DeliveringSink>)&&std::constructible_from<T, typename T::Config>;

class Registry {
 public:
  // Operators that see events are of lanes, unless they say `static constexpr Stage kStage`.
  template <OperatorType T>
  void add() {
    using Config = typename T::Config;
    OperatorInfo info{T::kName, T::kSummary, stage_of<T>(), &config::describe<Config>(), {}};
    info.prepare = [](const config::Node& node,
                      config::Problems& problems,
                      const config::ParseOptions& options) {
      auto config = config::parse<Config>(node, problems, options);
      Prepared prepared;
      prepared.effective = config::to_yaml(config);
      const auto make = [config](Lane& lane) { return std::make_unique<T>(config, lane); };
      if constexpr (std::derived_from<T, Parser>) {
        prepared.make_parser = make;
      } else if constexpr (std::derived_from<T, Identifier>) {
        prepared.make_identifier = make;
      } else {
        prepared.make_operator = make;
      }
      return prepared;
    };
    all_[info.name] = std::move(info);
  }

  template <SinkType T>
  void add() {
    using Config = typename T::Config;
    OperatorInfo info{T::kName, T::kSummary, Stage::kSink, &config::describe<Config>(), {}};
    info.prepare = [](const config::Node& node,
                      config::Problems& problems,
                      const config::ParseOptions& options) {
      auto config = config::parse<Config>(node, problems, options);
      Prepared prepared;
      prepared.effective = config::to_yaml(config);
      const auto make = [config] { return std::make_unique<T>(config); };
      if constexpr (std::derived_from<T, DeliveringSink>) {
        prepared.make_delivering = make;
        prepared.outbox = config.outbox;
        prepared.delivery = config.delivery;
      } else {
        prepared.make_sink = make;
      }
      return prepared;
    };
    all_[info.name] = std::move(info);
  }

  template <Declared T>
  void add_section() {
    using Config = typename T::Config;
    SectionInfo info{T::kName, T::kSummary, &config::describe<Config>(), {}};
    info.prepare = [](const config::Node& node,
                      config::Problems& problems,
                      const config::ParseOptions& options) {
      auto config = config::parse<Config>(node, problems, options);
      std::string effective = config::to_yaml(config);
      return PreparedSection{std::move(config), std::move(effective)};
    };
    sections_[info.name] = std::move(info);
  }

  const OperatorInfo* find(std::string_view name) const {
    const auto at = all_.find(name);
    return at == all_.end() ? nullptr : &at->second;
  }
  // By name.
  const std::map<std::string_view, OperatorInfo>& all() const { return all_; }
  const std::map<std::string_view, SectionInfo>& sections() const { return sections_; }

 private:
  template <class T>
  static constexpr Stage stage_of() {
    if constexpr (std::derived_from<T, Parser>)
      return Stage::kParse;
    else if constexpr (std::derived_from<T, Identifier>)
      return Stage::kIdentify;
    else if constexpr (requires { T::kStage; })
      return T::kStage;
    else
      return Stage::kLane;
  }

  std::map<std::string_view, OperatorInfo> all_;
  std::map<std::string_view, SectionInfo> sections_;
};

}  // namespace millrace
