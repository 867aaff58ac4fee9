// An optional value that takes one pointer while it is not there.
#pragma once

#include <memory>
#include <utility>

namespace resilience {

/// As `std::optional`, for what is large and mostly absent: copies and compares
/// by value.
template <class T>
class boxed {
public:
  boxed() noexcept = default;

  boxed(const boxed& other) : value_(other.copy()) {}

  boxed(boxed&&) noexcept = default;

  boxed& operator=(const boxed& other) {
    value_ = other.copy();
    return *this;
  }

  boxed& operator=(boxed&&) noexcept = default;

  template <class... Args>
  T& emplace(Args&&... args) {
    value_ = std::make_unique<T>(std::forward<Args>(args)...);
    return *value_;
  }

  void reset() noexcept {
    value_.reset();
  }

  explicit operator bool() const noexcept {
    return value_ != nullptr;
  }

  T& operator*() const noexcept {
    return *value_;
  }

  T* operator->() const noexcept {
    return value_.get();
  }

  friend bool operator==(const boxed& a, const boxed& b) {
    return a && b ? *a == *b : !a && !b;
  }

private:
  std::unique_ptr<T> copy() const {
    return value_ ? std::make_unique<T>(*value_) : nullptr;
  }

  std::unique_ptr<T> value_;
};

} // namespace resilience
