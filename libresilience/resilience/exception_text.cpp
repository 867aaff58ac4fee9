#include "resilience/exception_text.hpp"

namespace resilience {

namespace {

constexpr int most_nested = 16;

std::string text_or_none(const char* x) {
  return x != nullptr ? x : "";
}

/// Of what `x` carries within; null for nothing.
std::exception_ptr nested_in(const std::exception& x) {
  auto within = dynamic_cast<const std::nested_exception*>(&x);
  return within != nullptr ? within->nested_ptr() : nullptr;
}

std::string text_of(const std::exception_ptr& x, int levels) {
  try {
    std::rethrow_exception(x);
  } catch (const std::exception& e) {
    auto within = nested_in(e);
    auto text = text_or_none(e.what());
    if (!within)
      return text;
    return text + ": " + (levels > 0 ? text_of(within, levels - 1) : "...");
  } catch (const std::string& e) {
    return e;
  } catch (const char* e) {
    return text_or_none(e);
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

} // namespace

std::string text_of(const std::exception_ptr& x) {
  return text_of(x, most_nested - 1);
}

} // namespace resilience
