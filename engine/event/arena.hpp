// Memory for a batch's strings and values: allocation is a pointer bump, release is all at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace millrace {

class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  // Uninitialised memory, aligned for any scalar, valid until clear().
  std::byte* allocate(std::size_t bytes) {
    bytes = (bytes + kAlignment - 1) & ~(kAlignment - 1);
    if (bytes > left_) grow(bytes);
    std::byte* at = next_;
    next_ += bytes;
    left_ -= bytes;
    return at;
  }

  // `count` copies of T{}.
  template <class T>
  std::span<T> make(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* first = reinterpret_cast<T*>(allocate(count * sizeof(T)));
    std::uninitialized_value_construct_n(first, count);
    return {first, count};
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    std::byte* at = allocate(text.size());
    std::memcpy(at, text.data(), text.size());
    return {reinterpret_cast<const char*>(at), text.size()};
  }

  std::string_view join(std::string_view first, std::string_view second) {
    std::byte* const at = allocate(first.size() + second.size());
    char* const begin = reinterpret_cast<char*>(at);
    std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), begin));
    return {begin, first.size() + second.size()};
  }

  // Forgets everything; keeps blocks for the next use, as many as a usual batch needs.
  void clear() {
    std::size_t kept = 0;
    while (kept < blocks_.size() && kept < kBlocksKept && blocks_[kept].size == kBlock) ++kept;
    blocks_.resize(kept);
    used_ = 0;
    next_ = nullptr;
    left_ = 0;
  }

 private:
  static constexpr std::size_t kAlignment = 16;
  static constexpr std::size_t kBlock = 64 * 1024;
  static constexpr std::size_t kBlocksKept = 16;

  struct Block {
    std::unique_ptr<std::byte[]> memory;
    std::size_t size;
  };

  void grow(std::size_t bytes) {
    if (used_ == blocks_.size() || blocks_[used_].size < bytes) {
      const std::size_t size = std::max(bytes, kBlock);
      blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(used_),
                     {std::make_unique_for_overwrite<std::byte[]>(size), size});
    }
    next_ = blocks_[used_].memory.get();
    left_ = blocks_[used_].size;
    ++used_;
  }

  std::vector<Block> blocks_;
  std::size_t used_ = 0;  // blocks that hold something
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace millrace
