#include "resilience/actors/compat_errors.hpp"

#include "resilience/actors/messages.hpp"

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/type_id.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace resilience {

#if RESILIENCE_CAF_017
caf::error make_error(errc x) {
  return {static_cast<uint8_t>(x), caf::atom("resilience")};
}
#endif

} // namespace resilience

namespace resilience::compat {

caf::error error_with(errc x, caf::message context) {
#if RESILIENCE_CAF_017
  return {static_cast<uint8_t>(x), caf::atom("resilience"), std::move(context)};
#else
  return {x, std::move(context)};
#endif
}

bool is_ours(const caf::error& e) {
#if RESILIENCE_CAF_017
  return failed(e) && e.category() == caf::atom("resilience");
#else
  return failed(e) && e.category() == caf::type_id_v<errc>;
#endif
}

std::string render([[maybe_unused]] caf::actor_system& sys,
                   const caf::error& e) {
#if RESILIENCE_CAF_017
  // CAF shows errors of others only as numbers.
  if (is_ours(e)) {
    std::string result = to_string(static_cast<errc>(e.code()));
    return e.context().empty() ? result : result + to_string(e.context());
  }
  return failed(e) ? sys.render(e) : std::string{"none"};
#else
  return to_string(e);
#endif
}

#if !RESILIENCE_CAF_017
namespace {

// Reaches an error's context as CAF's own inspectors do: 1.x offers no other
// way to change it.
struct context_setter {
  using data = std::unique_ptr<caf::error::data>;

  caf::message value;

  context_setter& object(caf::error&) {
    return *this;
  }

  data& field(std::string_view, data& x) {
    return x;
  }

  bool fields(data& x) {
    x->context = std::move(value);
    return true;
  }
};

} // namespace
#endif

caf::error with_context(caf::error e, const caf::message& extra) {
  // 1.x cannot join what is empty.
  auto joined =
    e.context().empty() ? extra : caf::message::concat(e.context(), extra);
#if RESILIENCE_CAF_017
  e.context() = std::move(joined);
#else
  context_setter setter{std::move(joined)};
  inspect(setter, e);
#endif
  return e;
}

namespace {

enum class known_category { none, ours, sec, exit_reason };

known_category category_of(const caf::error& e) {
#if RESILIENCE_CAF_017
  auto is = [&](caf::atom_value x) { return e.category() == x; };
  auto sec = is(caf::atom("system"));
  auto exit = is(caf::atom("exit"));
#else
  auto sec = e.category() == caf::type_id_v<caf::sec>;
  auto exit = e.category() == caf::type_id_v<caf::exit_reason>;
#endif
  return is_ours(e) ? known_category::ours
         : sec      ? known_category::sec
         : exit     ? known_category::exit_reason
                    : known_category::none;
}

// 1.x qualifies some names and 0.17 none.
std::string unqualified(const std::string& name) {
  auto at = name.rfind(':');
  return at == std::string::npos ? name : name.substr(at + 1);
}

} // namespace

std::string category_name(const caf::error& e) {
  switch (category_of(e)) {
    case known_category::ours:
      return "resilience";
    case known_category::sec:
      return "caf::sec";
    case known_category::exit_reason:
      return "caf::exit_reason";
    default:
#if RESILIENCE_CAF_017
      return to_string(e.category());
#else
      return std::string{caf::query_type_name(e.category())};
#endif
  }
}

std::string code_name(const caf::error& e) {
  switch (category_of(e)) {
    case known_category::ours:
      return to_string(static_cast<errc>(e.code()));
    case known_category::sec:
      return unqualified(to_string(static_cast<caf::sec>(e.code())));
    case known_category::exit_reason:
      return unqualified(to_string(static_cast<caf::exit_reason>(e.code())));
    default:
      return {};
  }
}

} // namespace resilience::compat
