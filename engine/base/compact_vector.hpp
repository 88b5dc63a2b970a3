// A growable list that costs 8 bytes when empty: made for state kept for millions of profiles, most
// of whose lists are short or empty. Not for types that throw when moved.
#pragma once

#include "engine/base/check.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace millrace {

template <class T>
class CompactVector {
  static_assert(std::is_trivially_copyable_v<T>, "moved by memcpy");
  static_assert(alignof(T) <= 8);

 public:
  CompactVector() = default;
  CompactVector(CompactVector&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  CompactVector& operator=(CompactVector&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~CompactVector() { std::free(block_); }

  std::uint32_t size() const { return block_ ? block_->size : 0; }
  bool empty() const { return size() == 0; }
  T* begin() { return block_ ? items() : nullptr; }
  T* end() { return begin() + size(); }
  const T* begin() const { return const_cast<CompactVector*>(this)->begin(); }
  const T* end() const { return begin() + size(); }
  T& operator[](std::uint32_t i) { return items()[i]; }
  const T& operator[](std::uint32_t i) const { return begin()[i]; }
  T& back() { return items()[size() - 1]; }

  void push_back(const T& value) { insert(size(), value); }

  // Puts `value` before the item at `at`. Precondition: at <= size().
  void insert(std::uint32_t at, T value) {
    const std::uint32_t count = size();
    CHECK(at <= count);
    if (!block_ || count == block_->capacity) reserve(count + (count < 4 ? 2 : count / 2));
    T* const first = items();
    for (std::uint32_t i = count; i > at; --i) first[i] = first[i - 1];
    first[at] = value;
    ++block_->size;
  }

  // Removes the items [from, to). Gives memory back when half of it is unused.
  void erase(std::uint32_t from, std::uint32_t to) {
    const std::uint32_t count = size();
    CHECK(from <= to && to <= count);
    if (from == to) return;
    T* const first = items();
    for (std::uint32_t i = to; i < count; ++i) first[from + i - to] = first[i];
    block_->size = count - (to - from);
    if (block_->size == 0) {
      clear();
    } else if (block_->size * 2 + 4 < block_->capacity) {
      reserve(block_->size);
    }
  }

  void clear() {
    std::free(block_);
    block_ = nullptr;
  }

  // Makes room for exactly `capacity` items. Precondition: capacity >= size().
  void reserve(std::uint32_t capacity) {
    void* const grown = std::realloc(block_, sizeof(Block) + capacity * sizeof(T));
    if (grown == nullptr) throw std::bad_alloc();
    const bool fresh = block_ == nullptr;
    block_ = static_cast<Block*>(grown);
    if (fresh) block_->size = 0;
    block_->capacity = capacity;
  }

  // A hint: brings the first items towards the cache.
  void prefetch() const { __builtin_prefetch(block_); }

  std::size_t heap_bytes() const {
    return block_ ? sizeof(Block) + block_->capacity * sizeof(T) : 0;
  }

 private:
  struct Block {
    std::uint32_t size;
    std::uint32_t capacity;
  };
  T* items() { return reinterpret_cast<T*>(block_ + 1); }

  Block* block_ = nullptr;
};

}  // namespace millrace
