// "Did you mean": the known word that a mistyped one most likely stands for.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millrace {

// The number of letters to insert, delete, replace or swap with their neighbour to turn one word
// into the other (optimal string alignment distance).
std::size_t edit_distance(std::string_view a, std::string_view b);

// The closest of `known` if it is close enough to be meant, the first of equals.
std::optional<std::string> closest(std::string_view word, std::span<const std::string> known);

// `; did you mean 'replay'?`, or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string> known);

}  // namespace millrace
