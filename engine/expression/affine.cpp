#include "engine/expression/affine.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace millrace::expression {
namespace {

constexpr double kExactLimit = 9007199254740992.0;  // 2^53

// Numbers and times on one scale; times in milliseconds since 1970.
std::optional<double> scalar(const Value& value) {
  if (value.is(ValueKind::kNumber)) return value.number();
  if (value.is(ValueKind::kTime)) return static_cast<double>(to_millis(value.time()));
  return std::nullopt;
}

bool exact(double number) { return std::trunc(number) == number && std::abs(number) < kExactLimit; }

bool holds_for(Op op, int order) {
  switch (op) {
    case Op::kEqual:
      return order == 0;
    case Op::kNotEqual:
      return order != 0;
    case Op::kLess:
      return order < 0;
    case Op::kLessEqual:
      return order <= 0;
    case Op::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

int sign(double number) { return (number > 0) - (number < 0); }

// When gap + slope * dt, compared with 0, first gives another answer than now, for whole dt > 0.
// `size` is that of the numbers the gap was computed from.
Time flip(Op op, double gap, double slope, double size, Time now) {
  const bool current = holds_for(op, sign(gap));
  const double root = -gap / slope;
  if (root < 0 || root >= kExactLimit) return kNever;
  const auto after = [&](double millis) {
    return now + Duration(static_cast<std::int64_t>(millis));
  };
  // At the root the order is equal; from just after it, it is the slope's sign.
  const bool exactly = exact(gap) && exact(slope) && exact(size);
  if (!exactly) {
    // Rounding moves the root by at most this much. Looking too early costs another look, and no
    // more.
    const double margin = 1 + std::ceil(4 * 0x1.0p-52 * size / std::abs(slope));
    return holds_for(op, 0) == current && holds_for(op, sign(slope)) == current
               ? kNever
               : after(std::max(1.0, std::floor(root) - margin));
  }
  const double reached = std::ceil(root);
  const bool meets = reached == root;
  if (meets && root > 0 && holds_for(op, 0) != current) return after(root);
  if (holds_for(op, sign(slope)) == current) return kNever;
  return after(meets ? root + 1 : reached);
}

Value result_of(Op op, const Value& left, const Value& right, double number) {
  const bool left_time = left.is(ValueKind::kTime), right_time = right.is(ValueKind::kTime);
  if (!std::isfinite(number) && op != Op::kRatio) return {};
  if (std::isnan(number)) return {};
  if (!left_time && !right_time) return Value::of(number);
  if (op == Op::kSubtract && left_time && right_time) return Value::of(number);
  if ((op == Op::kAdd && left_time != right_time) || (op == Op::kSubtract && left_time)) {
    if (std::abs(number) >= kExactLimit) return {};
    return Value::of(from_millis(static_cast<std::int64_t>(number)));
  }
  return {};
}

}  // namespace

Reading calculate(Op op, const Reading& left, const Reading& right) {
  const Time until = std::min(left.until, right.until);
  const auto a = scalar(left.value), b = scalar(right.value);
  if (!a || !b) return {Value(), 0, until};
  double number = 0, slope = 0;
  switch (op) {
    case Op::kAdd:
      number = *a + *b;
      slope = left.slope + right.slope;
      break;
    case Op::kSubtract:
      number = *a - *b;
      slope = left.slope - right.slope;
      break;
    case Op::kMultiply:
      number = *a * *b;
      slope = left.slope * *b + right.slope * *a;
      break;
    case Op::kRatio:
      number = *a / *b;
      break;
    default:
      if (*b == 0) return {Value(), 0, until};
      number = op == Op::kDivide ? *a / *b : std::fmod(*a, *b);
      slope = op == Op::kDivide ? left.slope / *b : 0;
  }
  const Value value = result_of(op, left.value, right.value, number);
  return {value, value.present() ? slope : 0, until};
}

Reading compare(Op op, const Reading& left, const Reading& right, Time now) {
  Reading result{Value(), 0, std::min(left.until, right.until)};
  const ValueKind kind = left.value.kind(), other = right.value.kind();
  if (!left.value.present() || !right.value.present() || kind == ValueKind::kOther ||
      other == ValueKind::kOther)
    return result;
  const bool equality = op == Op::kEqual || op == Op::kNotEqual;
  if (kind != other) {
    if (equality) result.value = Value::of(op == Op::kNotEqual);
    return result;
  }
  if (kind == ValueKind::kString) {
    result.value = Value::of(holds_for(op, left.value.text().compare(right.value.text())));
    return result;
  }
  if (kind == ValueKind::kBool) {
    if (equality) result.value = Value::of((left.value == right.value) == (op == Op::kEqual));
    return result;
  }
  const double a = *scalar(left.value), b = *scalar(right.value);
  // An infinite ratio has no difference to itself.
  const double gap = a == b ? 0 : a - b, slope = left.slope - right.slope;
  result.value = Value::of(holds_for(op, sign(gap)));
  if (slope != 0)
    result.until = std::min(result.until, flip(op, gap, slope, std::abs(a) + std::abs(b), now));
  return result;
}

}  // namespace millrace::expression
