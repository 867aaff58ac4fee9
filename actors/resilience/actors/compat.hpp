// The seam: the one header that knows CAF 0.17.6 from CAF 1.x.
//
// Sources are written once, in the spirit of 1.x; what the two generations
// spell differently goes through the names below. Nothing else in the library
// may test a version of CAF.
#pragma once

#include "resilience/error.hpp"

#include <caf/config.hpp>
// 1.x has the version macros here.
#include <caf/detail/build_config.hpp>

// CAF_VERSION cannot tell: 1.1.0 defines it as the octal 0100.
#if CAF_MAJOR_VERSION >= 1
#  define RESILIENCE_CAF_017 0
#elif CAF_MINOR_VERSION == 17 && CAF_PATCH_VERSION >= 6
#  define RESILIENCE_CAF_017 1
#else
#  error "resilience needs CAF 0.17.6 or CAF 1.x"
#endif

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/behavior.hpp>
#include <caf/config_option.hpp>
#include <caf/config_value.hpp>
#include <caf/error.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/message_handler.hpp>
#include <caf/pec.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <caf/timespan.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#if RESILIENCE_CAF_017
#  include <caf/meta/type_name.hpp>
#  include <caf/replies_to.hpp>
#else
#  include <caf/anon_mail.hpp>
#  include <caf/init_global_meta_objects.hpp>
#  include <caf/result.hpp>
#endif

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace resilience {

#if RESILIENCE_CAF_017
/// Found by CAF 0.17 through argument-dependent lookup.
caf::error make_error(errc x);
#endif

} // namespace resilience

namespace resilience::compat {

// -- inspection ---------------------------------------------------------------

template <class T>
struct field_ref {
  const char* name;
  T& value;
};

template <class T>
field_ref<T> field(const char* name, T& value) {
  return {name, value};
}

#if RESILIENCE_CAF_017
template <class T>
struct optional_ref {
  std::optional<T>& value;
};

// 0.17 knows no std::optional: a flag, then the value or a default one.
template <class Inspector, class T>
typename Inspector::result_type inspect(Inspector& f, optional_ref<T>& x) {
  bool present = x.value.has_value();
  T value = present ? *x.value : T{};
  if constexpr (std::is_void_v<typename Inspector::result_type>) {
    f(present, value); // renders for people
  } else {
    if (auto err = f(present, value))
      return err;
    if (Inspector::writes_state) {
      x.value.reset();
      if (present)
        x.value = std::move(value);
    }
    return {};
  }
}

template <class T>
T& unwrap(field_ref<T>& x) {
  return x.value;
}

template <class T>
optional_ref<T> unwrap(field_ref<std::optional<T>>& x) {
  return {x.value};
}

template <class Inspector, class T, class... Fields>
auto fields(Inspector& f, T&, const char* type, Fields... xs) {
  return [&](auto&&... values) {
    return f(caf::meta::type_name(type), values...);
  }(unwrap(xs)...);
}

#  define RESILIENCE_INSPECT_ENUM(type)
#  define RESILIENCE_ERROR_ENUM(type)
#else
template <class Inspector, class T, class... Fields>
bool fields(Inspector& f, T& x, const char*, Fields... xs) {
  return f.object(x).fields(f.field(xs.name, xs.value)...);
}

// Enumerations travel as their underlying integer. Goes into the enumeration's
// namespace, which has a `to_string` for it.
#  define RESILIENCE_INSPECT_ENUM(type) \
    template <class Inspector> \
    bool inspect(Inspector& f, type& x) { \
      using underlying = std::underlying_type_t<type>; \
      if (f.has_human_readable_format()) { \
        auto get = [&x] { return std::string{to_string(x)}; }; \
        auto set = [](std::string_view) { return false; }; \
        return f.apply(get, set); \
      } \
      auto get = [&x] { return static_cast<underlying>(x); }; \
      auto set = [&x](underlying v) { \
        x = static_cast<type>(v); \
        return true; \
      }; \
      return f.apply(get, set); \
    }
#  define RESILIENCE_ERROR_ENUM(type) CAF_ERROR_CODE_ENUM(type)
#endif

// -- types --------------------------------------------------------------------

template <class Signature>
struct typed_signature;

template <class R, class... Ts>
struct typed_signature<R(Ts...)> {
#if RESILIENCE_CAF_017
  using type = typename caf::replies_to<Ts...>::template with<R>;
#else
  using type = caf::result<R>(Ts...);
#endif
};

template <class>
struct answers_nothing;

#if RESILIENCE_CAF_017
template <class In, class Out>
struct answers_nothing<caf::typed_mpi<In, Out>> {
  static constexpr bool value =
    std::is_same_v<
      Out, caf::output_tuple<void>> || std::is_same_v<Out, caf::output_tuple<>>;
};
#else
template <class R, class... Ts>
struct answers_nothing<R(Ts...)> {
  static constexpr bool value = std::is_same_v<R, caf::result<void>>;
};
#endif

template <template <class...> class List, class... Signatures>
constexpr bool all_answer_nothing(const List<Signatures...>*) {
  return (answers_nothing<Signatures>::value && ...);
}

/// Whether whoever asks through a `Handle` can take an empty answer.
template <class Handle>
constexpr bool takes_empty_answers() {
  if constexpr (std::is_same_v<Handle, caf::actor>)
    return true;
  else
    return all_answer_nothing(
      static_cast<const typename Handle::signatures*>(nullptr));
}

/// A typed handle from signatures spelled `R(Args...)`.
template <class... Signatures>
using typed_handle =
  caf::typed_actor<typename typed_signature<Signatures>::type...>;

// -- errors -------------------------------------------------------------------

/// Whether `e` says anything: the default error does not.
inline bool failed(const caf::error& e) {
#if RESILIENCE_CAF_017
  return static_cast<bool>(e);
#else
  return !e.empty();
#endif
}

/// An error of ours with what it carries.
caf::error error_with(errc x, caf::message context);

/// Whether `e` is one of ours.
bool is_ours(const caf::error& e);

/// For people.
std::string render(caf::actor_system& sys, const caf::error& e);

/// The same error with `extra` after what its context holds.
/// @pre `failed(e)`
caf::error with_context(caf::error e, const caf::message& extra);

/// The category of an error as lists of errors name it: `resilience`,
/// `caf::sec`, `caf::exit_reason`, else what the application calls it: the
/// category's atom on 0.17, the enumeration's registered name on 1.x.
/// @pre `failed(e)`
std::string category_name(const caf::error& e);

/// The name of the error's code, where the category is one of those three.
/// @pre `failed(e)`
std::string code_name(const caf::error& e);

/// Whether `e` is what CAF says when nobody answered: it then speaks in no
/// actor's name. 1.0.2 says it by an empty error. A promise that was dropped
/// (1.x) speaks in the target's name.
inline bool says_nobody_answered(const caf::error& e, bool has_sender) {
  if (!failed(e) || (!has_sender && e == caf::sec::request_receiver_down))
    return true;
#if RESILIENCE_CAF_017
  return false;
#else
  return e == caf::sec::broken_promise;
#endif
}

// -- handles ------------------------------------------------------------------

/// Whether nobody can reach the actor any more. Unlike a look through a strong
/// handle this never ends an actor, so it may be asked under a lock.
inline bool is_gone(const caf::weak_actor_ptr& x) {
  return !x || x->strong_refs == 0;
}

// -- mailbox elements ---------------------------------------------------------

#if RESILIENCE_CAF_017
/// What runs actors: passed through `enqueue`, never stored.
using scheduler = caf::execution_unit;
using enqueue_result = void;
#  define RESILIENCE_ENQUEUED static_cast<void>(0)
#else
using scheduler = caf::scheduler;
/// Whether the receiver lives. A guard always says so: a target's false would
/// declare the guard dead.
using enqueue_result = bool;
#  define RESILIENCE_ENQUEUED true
#endif

inline caf::mailbox_element_ptr make_element(caf::strong_actor_ptr sender,
                                             caf::message_id id,
                                             caf::message content) {
#if RESILIENCE_CAF_017
  return caf::make_mailbox_element(std::move(sender), id, {},
                                   std::move(content));
#else
  return caf::make_mailbox_element(std::move(sender), id, std::move(content));
#endif
}

/// The same for one value, which 0.17 keeps in the element itself.
template <class T>
caf::mailbox_element_ptr make_value_element(caf::strong_actor_ptr sender,
                                            caf::message_id id, T value) {
#if RESILIENCE_CAF_017
  return caf::make_mailbox_element(std::move(sender), id, {}, std::move(value));
#else
  return make_element(std::move(sender), id,
                      caf::make_message(std::move(value)));
#endif
}

/// Turns a request into the element that answers it with `e`, in no actor's
/// name. 1.x can use the request's own element.
inline caf::mailbox_element_ptr
make_error_answer(caf::mailbox_element_ptr request, caf::error e) {
#if RESILIENCE_CAF_017
  return make_value_element(nullptr, request->mid.response_id(), std::move(e));
#else
  request->sender = nullptr;
  request->mid = request->mid.response_id();
  request->payload = caf::make_message(std::move(e));
  return request;
#endif
}

/// The content as a message that shares it where CAF can.
inline caf::message copy_content(const caf::mailbox_element& element) {
#if RESILIENCE_CAF_017
  return element.copy_content_to_message();
#else
  return element.payload;
#endif
}

/// The content of a request that is kept to be sent later, or again.
struct kept_request {
  caf::message content;
#if RESILIENCE_CAF_017
  /// Who else is to answer, in a composition.
  std::vector<caf::strong_actor_ptr> stages;
#endif
};

inline kept_request keep_request(const caf::mailbox_element& element) {
#if RESILIENCE_CAF_017
  return {element.copy_content_to_message(), element.stages};
#else
  return {element.payload};
#endif
}

/// The same, and takes the content out of the element.
inline kept_request unpack_request(caf::mailbox_element& element) {
#if RESILIENCE_CAF_017
  return {element.move_content_to_message(), std::move(element.stages)};
#else
  return {std::move(element.payload)};
#endif
}

inline caf::mailbox_element_ptr pack_request(caf::strong_actor_ptr sender,
                                             caf::message_id id,
                                             const kept_request& x) {
#if RESILIENCE_CAF_017
  return caf::make_mailbox_element(std::move(sender), id, x.stages, x.content);
#else
  return make_element(std::move(sender), id, x.content);
#endif
}

/// Whether a message that reaches a guard is for the guard itself: one of CAF's
/// own, which reach `enqueue` like any other, or a single value of one of our
/// control types.
bool is_for_guard(caf::mailbox_element& element);

// -- sending ------------------------------------------------------------------

/// Sends without a sender, from any thread.
template <class Handle, class... Ts>
void anon_post(const Handle& to, Ts&&... xs) {
#if RESILIENCE_CAF_017
  caf::anon_send(to, std::forward<Ts>(xs)...);
#else
  caf::anon_mail(std::forward<Ts>(xs)...).send(to);
#endif
}

/// Sends a request from `self` (an actor or a `caf::scoped_actor`); what comes
/// back takes `.then`, `.await` or `.receive`. @param timeout or
/// `caf::infinite`
template <class Self, class Handle, class Timeout, class... Ts>
auto request(Self& self, const Handle& to, Timeout timeout, Ts&&... xs) {
#if RESILIENCE_CAF_017
  return self->request(to, timeout, std::forward<Ts>(xs)...);
#else
  return self->mail(std::forward<Ts>(xs)...).request(to, timeout);
#endif
}

/// Sends from `self` without wanting an answer.
template <class Self, class Handle, class... Ts>
void post(Self& self, const Handle& to, Ts&&... xs) {
#if RESILIENCE_CAF_017
  self->send(to, std::forward<Ts>(xs)...);
#else
  self->mail(std::forward<Ts>(xs)...).send(to);
#endif
}

// -- actors -------------------------------------------------------------------

/// Base class of our actors.
class actor_base : public caf::event_based_actor {
public:
  using super = caf::event_based_actor;

  using super::super;

protected:
  /// Sends `what` to this actor after `delay`.
  template <class T>
  void post_self_after(caf::timespan delay, T&& what) {
#if RESILIENCE_CAF_017
    delayed_send(this, delay, std::forward<T>(what));
#else
    mail(std::forward<T>(what)).delay(delay).send(this);
#endif
  }

  /// For the behaviour: `f` gets each `caf::exit_msg` but a kill instead of the
  /// end that it would mean.
  template <class F>
  caf::message_handler trap_exit(F f) {
#if RESILIENCE_CAF_017
    set_exit_handler(std::move(f));
    return {};
#else
    return {[f = std::move(f)](const caf::exit_msg& x) mutable { f(x); }};
#endif
  }

  /// A behaviour of `frequent` handlers and of those that `rare` makes. On 0.17
  /// each handler takes 40 bytes, so there the rare ones exist only while a
  /// message for them is handled.
  caf::behavior frequent_and_rare(caf::message_handler frequent,
                                  std::function<caf::message_handler()> rare);
};

// -- configuration ------------------------------------------------------------

/// The value as a text, if it is one. 0.17 has two kinds, "text" and 'atom',
/// where 1.x has two kinds of quotes.
std::optional<std::string> text_of(const caf::config_value& x);

/// An option that may be given any number of times and then holds the list of
/// what was given. CAF keeps only the last one.
/// @param given has the list, too; outlives the option.
caf::config_option repeatable_option(std::vector<std::string>& given,
                                     const std::string& category,
                                     const std::string& name,
                                     const std::string& description);

// -- start-up -----------------------------------------------------------------

/// Makes the types of `Blocks` known where that comes before the configuration.
template <class... Blocks>
void init_types() {
#if !RESILIENCE_CAF_017
  (caf::init_global_meta_objects<Blocks>(), ...);
  caf::core::init_global_meta_objects();
#endif
}

/// Makes the types of one of CAF's modules known, e.g. `caf::io::middleman`.
template <class Module>
void init_module() {
#if !RESILIENCE_CAF_017
  Module::init_global_meta_objects();
#endif
}

/// Makes the types of `Blocks` known where that comes with the configuration.
template <class... Blocks>
void add_types([[maybe_unused]] caf::actor_system_config& cfg) {
#if RESILIENCE_CAF_017
  (cfg.add_message_types<Blocks>(), ...);
#endif
}

} // namespace resilience::compat
