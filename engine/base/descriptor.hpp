// A file descriptor of the operating system, closed when nobody has it any more.
#pragma once

#include <unistd.h>

#include <utility>

namespace millrace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}  // negative: none
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (ok()) ::close(number_);
  }
  int number() const { return number_; }
  bool ok() const { return number_ >= 0; }
  // To whom closes it.
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

}  // namespace millrace
