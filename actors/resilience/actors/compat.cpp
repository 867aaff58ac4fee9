#include "resilience/actors/compat.hpp"

#include "resilience/actors/messages.hpp"

#include <caf/exit_reason.hpp>

#include <cstring>
#include <memory>

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

bool is_for_guard(caf::mailbox_element& element) {
  auto& content = element.content();
  switch (content.size()) {
    case 1: {
      auto type = content.type(0);
      switch (type.first) {
        case 0: // no built-in type
          return of_our_namespace(*type.second)
                 && holds_any(type, control_messages{});
        case caf::type_nr<caf::exit_msg>::value:
        case caf::type_nr<caf::down_msg>::value:
        case caf::type_nr<caf::timeout_msg>::value:
        case caf::type_nr<caf::group_down_msg>::value:
          return true;
        default:
          return false;
      }
    }
    case 3: // {sys, get, "info"}
      return content
               .match_elements<caf::atom_value, caf::atom_value, std::string>()
             && content.get_as<caf::atom_value>(0) == caf::sys_atom::value;
    default:
      return false;
  }
}

caf::behavior actor_base::frequent_and_rare(
  caf::message_handler frequent, std::function<caf::message_handler()> rare) {
  set_default_handler([make = std::move(rare)](
                        caf::scheduled_actor* self,
                        caf::message_view& msg) -> caf::result<caf::message> {
    if (auto result = make()(msg.content()))
      return std::move(*result);
    return caf::print_and_drop(self, msg);
  });
  return frequent;
}

namespace {

// Takes any answer. CAF's own handlers name the types that they take.
class answer_handler : public caf::detail::behavior_impl {
public:
  using function = std::function<void(caf::message&)>;

  explicit answer_handler(function f) : f_(std::move(f)) {}

  caf::match_case::result invoke(caf::detail::invoke_result_visitor&,
                                 caf::type_erased_tuple& xs) override {
    auto answer = caf::message::copy(xs);
    f_(answer);
    return caf::match_case::match;
  }

private:
  function f_;
};

} // namespace

void actor_base::request_any(const caf::actor& to, caf::timespan timeout,
                             const caf::message& content,
                             std::function<void(caf::message&)> f) {
  auto id = new_request_id(caf::message_priority::normal);
  caf::message_handler::impl_ptr handler{new answer_handler(std::move(f)),
                                         false};
  add_multiplexed_response_handler(
    id.response_id(), caf::behavior{caf::message_handler{std::move(handler)}});
  request_response_timeout(caf::duration{timeout}, id);
  to->enqueue(caf::make_mailbox_element(ctrl(), id, {}, content), context());
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

caf::behavior actor_base::frequent_and_rare(
  caf::message_handler frequent, std::function<caf::message_handler()> rare) {
  return frequent.or_else(rare());
}

void actor_base::request_any(const caf::actor& to, caf::timespan timeout,
                             const caf::message& content,
                             std::function<void(caf::message&)> f) {
  auto on_error = [f](caf::error& e) {
    auto answer = caf::make_message(std::move(e));
    f(answer);
  };
  mail(content)
    .request(to, timeout)
    .then([f = std::move(f)](caf::message& answer) { f(answer); },
          std::move(on_error));
}

#endif

// -- configuration ------------------------------------------------------------

std::optional<std::string> text_of(const caf::config_value& x) {
  if (auto* text = caf::get_if<std::string>(&x))
    return *text;
#if RESILIENCE_CAF_017
  if (auto* atom = caf::get_if<caf::atom_value>(&x))
    return to_string(*atom);
#endif
  return std::nullopt;
}

namespace {

using texts = std::vector<std::string>;

// A list takes the place of what was given before, a text joins it.
caf::error give(texts& given, const caf::config_value& x) {
  if (auto text = text_of(x)) {
    given.push_back(std::move(*text));
    return {};
  }
  auto* list = caf::get_if<caf::config_value::list>(&x);
  if (!list)
    return caf::make_error(caf::pec::type_mismatch);
  texts next;
  for (const auto& entry : *list) {
    auto text = text_of(entry);
    if (!text)
      return caf::make_error(caf::pec::type_mismatch);
    next.push_back(std::move(*text));
  }
  given = std::move(next);
  return {};
}

caf::config_value all_of(const texts& given) {
  caf::config_value::list result;
  for (const auto& x : given)
    result.emplace_back(x);
  return caf::config_value{std::move(result)};
}

caf::config_value get_all(const void* given) {
  return all_of(*static_cast<const texts*>(given));
}

#if RESILIENCE_CAF_017

caf::error check_texts(const caf::config_value& x) {
  texts ignored;
  return give(ignored, x);
}

// From a file, or once more what was just parsed.
void store_texts(void* given, const caf::config_value& x) {
  give(*static_cast<texts*>(given), x);
}

caf::expected<caf::config_value> parse_text(void* given, caf::string_view x) {
  auto& all = *static_cast<texts*>(given);
  all.emplace_back(x.begin(), x.end());
  return all_of(all);
}

const caf::config_option::meta_state repeatable = {
  check_texts, store_texts, get_all, parse_text, "list of string"};

#else

caf::error sync_texts(void* given, caf::config_value& x) {
  auto& all = *static_cast<texts*>(given);
  if (auto err = give(all, x))
    return err;
  x = all_of(all);
  return {};
}

const caf::config_option::meta_state repeatable = {sync_texts, get_all,
                                                   "list of string"};

#endif

} // namespace

caf::config_option repeatable_option(std::vector<std::string>& given,
                                     const std::string& category,
                                     const std::string& name,
                                     const std::string& description) {
  return {category, name, description, &repeatable, &given};
}

} // namespace resilience::compat
