#include "resilience/actors/compat_elements.hpp"

#include "resilience/actors/messages.hpp"

#include <caf/system_messages.hpp>
#include <caf/type_id.hpp>

#if RESILIENCE_CAF_017
#  include <cstring>
#  include <typeinfo>
#else
#  include <caf/action.hpp>
#endif

#include <string>

namespace resilience::compat {

#if RESILIENCE_CAF_017

namespace {

template <class T>
bool holds(const caf::rtti_pair& type) {
  return *type.second == typeid(T);
}

// Types of other libraries are ruled out by a few characters of their name.
bool of_our_namespace(const std::type_info& type) {
  static constexpr char prefix[] = "N10resilience";
  return std::strncmp(type.name(), prefix, sizeof(prefix) - 1) == 0;
}

template <class... Ts>
bool holds_any(const caf::rtti_pair& type, type_list<Ts...>) {
  return (holds<Ts>(type) || ...);
}

} // namespace

// By the number that 0.17 has for each sequence of its own types, in which all
// others are one: one virtual call for most messages.
bool is_for_guard(caf::mailbox_element& element) {
  static constexpr auto unknown_type =
    caf::add_to_type_token(caf::make_type_token<>(), 0);
  auto& content = element.content();
  switch (content.type_token()) {
    case unknown_type: {
      auto type = content.type(0);
      return of_our_namespace(*type.second)
             && holds_any(type, control_messages{});
    }
    case caf::make_type_token<caf::exit_msg>():
    case caf::make_type_token<caf::down_msg>():
    case caf::make_type_token<caf::timeout_msg>():
    case caf::make_type_token<caf::group_down_msg>():
      return true;
    // {sys, get, "info"}
    case caf::make_type_token<caf::atom_value, caf::atom_value, std::string>():
      return content.get_as<caf::atom_value>(0) == caf::sys_atom::value;
    default:
      return false;
  }
}

#else

bool is_for_guard(caf::mailbox_element& element) {
  auto& content = element.payload;
  switch (content.size()) {
    case 1: {
      auto type = content.type_at(0);
      switch (type) {
        case caf::type_id_v<caf::exit_msg>:
        case caf::type_id_v<caf::down_msg>:
        case caf::type_id_v<caf::node_down_msg>:
        case caf::type_id_v<caf::timeout_msg>:
        case caf::type_id_v<caf::action>:
          return true;
        default: // the control messages stand together in the id block
          return type >= caf::type_id_v<
                   first_control_message> && type <= caf::type_id_v<last_control_message>;
      }
    }
    case 3: // {sys, get, "info"}
      return content
        .match_elements<caf::sys_atom, caf::get_atom, std::string>();
    default:
      return false;
  }
}

#endif

} // namespace resilience::compat
