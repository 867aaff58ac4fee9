#include "resilience/actors/compat_config.hpp"

#include "resilience/actors/compat_version.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/pec.hpp>

#include <utility>

namespace resilience::compat {

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
