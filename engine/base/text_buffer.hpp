// Text that is put together out of many small pieces: room is made once for some of them, and is
// not zeroed. One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>

namespace millrace {

class TextBuffer {
 public:
  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  // Memory is kept for the next use, as far as that is not too much.
  void clear() {
    size_ = 0;
    if (capacity_ <= kKept) return;
    bytes_.reset();
    capacity_ = 0;
  }
  // Forgets all behind the first `size` bytes, which are there.
  void cut(std::size_t size) { size_ = size; }

  // Whether there is room for so many bytes more, without making any.
  bool has_room(std::size_t bytes) const { return capacity_ - size_ >= bytes; }
  // Where to write up to `bytes` more; what is written counts when taken() was told where it ends.
  char* room(std::size_t bytes) {
    if (!has_room(bytes)) grow(bytes);
    return bytes_.get() + size_;
  }
  void taken(const char* end) { size_ = static_cast<std::size_t>(end - bytes_.get()); }

  TextBuffer& operator+=(std::string_view text) {
    char* const to = room(text.size());
    std::copy_n(text.data(), text.size(), to);
    size_ += text.size();
    return *this;
  }

 private:
  static constexpr std::size_t kKept = std::size_t{1} << 20;

  void grow(std::size_t bytes) {
    const std::size_t capacity = std::max({size_ + bytes, 2 * capacity_, std::size_t{1024}});
    auto more = std::make_unique_for_overwrite<char[]>(capacity);
    std::copy_n(bytes_.get(), size_, more.get());
    bytes_ = std::move(more);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace millrace
