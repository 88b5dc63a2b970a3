// An operator's part of every profile: one T a slot, checkpointed, moved and merged without being
// asked.
//
// A T is small and cheap when empty: `empty()`, `encode`, `decode`, `merge(other)` and
// `heap_bytes()`, either as its own members or through a Codec that knows what else is needed to do
// so. What `encode` writes depends on the value alone: writing a checkpoint must not change what a
// digest sees. One that keeps a block on the heap may have a `prefetch_heap()`.
//
// Used by the lane that owns it, from one thread at a time.
#pragma once

#include "engine/base/codec.hpp"
#include "engine/event/event.hpp"
#include "engine/state/chunks.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace millrace {

// What the table of profiles needs of a column, whatever its type.
class Column {
 public:
  virtual ~Column() = default;
  virtual void grow(Slot slots) = 0;  // afterwards slots [0, slots) exist
  virtual void reset(Slot slot) = 0;  // back to T{}
  virtual bool empty(Slot slot) const = 0;
  virtual void encode(Slot slot, ByteWriter& to) const = 0;
  virtual bool decode(Slot slot, ByteReader& from, std::uint32_t version) = 0;
  virtual void merge(Slot into, Slot from) = 0;  // leaves `from` empty
  virtual std::size_t heap_bytes(Slot slot) const = 0;
  virtual std::size_t slot_bytes() const = 0;
  virtual std::uint32_t version() const = 0;
  // Hints: bring the slot's T towards the cache; then, when it is there, what it points to.
  virtual void prefetch(Slot slot) const = 0;
  virtual void prefetch_heap(Slot slot) const = 0;
};

// Uses T's own members.
template <class T>
struct MemberCodec {
  bool empty(const T& value) const { return value.empty(); }
  void encode(const T& value, ByteWriter& to) const { value.encode(to); }
  bool decode(T& value, ByteReader& from, std::uint32_t version) const {
    return value.decode(from, version);
  }
  void merge(T& into, T& from) const { into.merge(from); }
  std::size_t heap_bytes(const T& value) const { return value.heap_bytes(); }
  static constexpr std::uint32_t kVersion = T::kVersion;
};

template <class T, class Codec = MemberCodec<T>>
class KeyedState final : public Column {
 public:
  explicit KeyedState(Codec codec = {}) : codec_(std::move(codec)) {}

  T& operator[](Slot slot) { return values_[slot]; }
  const T& operator[](Slot slot) const { return values_[slot]; }

  void grow(Slot slots) override { values_.grow(slots); }
  void reset(Slot slot) override { (*this)[slot] = T{}; }
  bool empty(Slot slot) const override { return codec_.empty((*this)[slot]); }
  void encode(Slot slot, ByteWriter& to) const override { codec_.encode((*this)[slot], to); }
  bool decode(Slot slot, ByteReader& from, std::uint32_t version) override {
    return codec_.decode((*this)[slot], from, version);
  }
  void merge(Slot into, Slot from) override {
    codec_.merge((*this)[into], (*this)[from]);
    reset(from);
  }
  std::size_t heap_bytes(Slot slot) const override { return codec_.heap_bytes((*this)[slot]); }
  std::size_t slot_bytes() const override { return sizeof(T); }
  std::uint32_t version() const override { return Codec::kVersion; }
  void prefetch(Slot slot) const override { __builtin_prefetch(&(*this)[slot]); }
  void prefetch_heap(Slot slot) const override {
    if constexpr (requires(const T& value) { value.prefetch_heap(); })
      (*this)[slot].prefetch_heap();
  }

 private:
  Codec codec_;
  Chunks<T> values_;
};

}  // namespace millrace
