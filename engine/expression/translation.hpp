// The compiler at work on one text: walks its Ast, checks it, and appends to a Program. Private to
// the compiler: operators and names are in compiler.cpp, calls in calls.cpp and
// window_calls.cpp, paths in paths.cpp, what all of them need in translation.cpp.
#pragma once

#include "engine/expression/ast.hpp"
#include "engine/expression/environment.hpp"
#include "engine/expression/fault.hpp"
#include "engine/expression/program.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::expression {

// What a part of the expression compiled to.
struct Operand {
  std::uint32_t node = 0;
  Type type = Type::kAny;
  bool moves = false;      // its value changes from instant to instant, such as since(x)
  std::uint32_t cost = 1;  // nodes that one evaluation visits
  std::uint32_t height = 1;
};

// What all texts that go into one program share.
struct Target {
  Program& program;
  const Environment& environment;
  Catalog& catalog;
  std::map<FeatureId, Operand> features;  // those already in the program
};

enum class Scope : std::uint8_t { kExpression, kFeature, kFilter };

// A call's arguments, sorted.
struct Call {
  struct Argument {
    std::string name;
    NodeId value = 0;
    std::optional<NodeId> filter;
  };
  NodeId id = 0;
  std::string_view function;
  std::string_view usage;
  std::vector<Argument> positional;
  std::vector<Argument> named;
};

class Translation {
 public:
  // Features from `features_end` on cannot be used.
  Translation(const Ast& ast, Target& target, Scope scope, FeatureId features_end)
      : ast_(ast), target_(target), scope_(scope), features_end_(features_end) {}

  // Nothing if the text is wrong; then fault() says how.
  std::optional<Operand> run(Type expected);
  const Fault& fault() const { return fault_; }

 private:
  using Maybe = std::optional<Operand>;
  struct Path {
    std::string root;
    std::string rest;  // `.items[0].price`, as the projection writes it; may be empty
  };
  struct Span {
    Duration window{0}, offset{0};
  };
  // The functions of an event, or of an event's field, over a window.
  struct EventRule {
    std::string_view name;
    std::string_view usage;
    std::optional<Function> of_event;
    std::optional<Function> of_field;
    Role role = Role::kNone;  // of the field
    bool window_required = false;
    bool offset_allowed = true;
  };
  struct FunctionRule {
    std::string_view name;
    std::string_view usage;
    Maybe (Translation::*handler)(const Call&);
    bool in_filter = false;  // it needs nothing but the event
  };
  static std::span<const EventRule> event_rules();
  static std::span<const FunctionRule> function_rules();

  // compiler.cpp
  Maybe expression(NodeId id);
  Maybe name(NodeId id);
  Maybe feature(NodeId id, FeatureId which);
  Maybe unary(NodeId id);
  Maybe binary(NodeId id);
  Maybe junction(NodeId id);
  Maybe membership(NodeId id);
  Maybe conditional(NodeId id, NodeId condition, NodeId yes, NodeId no);
  Maybe comparison(NodeId id, Op op, Operand left, Operand right);
  // races.cpp
  struct Points {
    AggregateId count;
    double weight;
  };
  std::optional<Points> points(std::uint32_t node) const;
  Operand race(const Operand& comparison, const Operand& left, const Operand& right);

  Maybe count_comparison(Op op, const Operand& count, double limit);
  Maybe arithmetic(NodeId id, Op op, const Operand& left, const Operand& right);
  std::optional<Type> common_type(NodeId id, const Operand& left, const Operand& right);
  bool read_times(NodeId left_id, NodeId right_id, Operand& left, Operand& right);

  // calls.cpp and window_calls.cpp
  Maybe call(NodeId id);
  Maybe event_call(const Call& call, const EventRule& rule);
  Maybe since_call(const Call& call);
  Maybe exists_call(const Call& call);
  Maybe ratio_call(const Call& call);
  Maybe trend_call(const Call& call);
  Maybe percentile_call(const Call& call);
  Maybe segment_call(const Call& call);
  Maybe consent_call(const Call& call);
  Maybe age_call(const Call& call);
  Maybe cluster_call(const Call& call);
  Maybe if_call(const Call& call);
  Maybe default_call(const Call& call);
  Maybe text_call(const Call& call);
  std::optional<Call> arguments(NodeId id, std::string_view usage);
  std::optional<Span> span(const Call& call, std::size_t at, bool required);
  std::optional<Duration> duration(NodeId id);
  std::optional<StreamId> trend_stream(const Call& call, Function& function);
  Maybe aggregate(Function function, StreamId stream, Span span, Type type);
  bool takes(const Call& call, std::size_t arguments, bool named = false);
  const std::string* plain_name(const Call& call, std::string_view what);

  // paths.cpp
  std::optional<Path> path(NodeId id) const;
  Maybe member(NodeId id);
  Maybe property(NodeId id, const std::string& field_path);
  Maybe event_member(NodeId id, const std::string& rest);
  Maybe trait(NodeId id, const std::string& name);
  bool is_event_reference(NodeId id) const;
  std::optional<StreamId> stream(const Call::Argument& argument, Role role, bool& has_field);
  bool filter(NodeId id, StreamSpec& spec);
  std::string canonical(NodeId id) const;
  static std::string field_path(const Path& path);

  // translation.cpp: appending, and faults.
  Operand emit(Node node, Type type, std::initializer_list<Operand> operands = {});
  Operand constant(const Value& value, Type type);
  Operand text_constant(std::string_view text);
  std::optional<double> constant_number(const Operand& operand) const;
  std::nullopt_t fail(NodeId id, std::string what, std::string hint = "");
  std::nullopt_t expected(NodeId id, std::string_view wanted, const Operand& got);
  bool check(NodeId id, Type wanted, const Operand& got);
  bool still(NodeId id, const Operand& got, std::string_view where);
  std::optional<FeatureId> find_feature(std::string_view name) const;
  std::vector<std::string_view> feature_names() const;
  Program& program() { return target_.program; }

  const Ast& ast_;
  Target& target_;
  Scope scope_;
  FeatureId features_end_;
  Fault fault_;
};

}  // namespace millrace::expression
