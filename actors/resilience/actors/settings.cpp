#include "resilience/actors/settings.hpp"

#include "resilience/actors/caf_fields.hpp"
#include "resilience/actors/command_line.hpp"
#include "resilience/actors/error.hpp"
#include "resilience/actors/setting_sources.hpp"
#include "resilience/presets.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/settings.hpp>

namespace resilience {

namespace {

using caf::config_value;

std::string index(const std::string& path, size_t i) {
  return path + "[" + std::to_string(i) + "]";
}

/// What stands directly below `resilience` beside the runtime's own settings.
const std::vector<std::string> other_keys{"defaults", "guards", "set"};

} // namespace

// -- reading ------------------------------------------------------------------

caf::expected<runtime_settings>
runtime_settings::read(const caf::actor_system_config& cfg) {
  runtime_settings result;
  faults found;
  const auto& content = caf::content(cfg);
  if (auto i = content.find("resilience"); i != content.end())
    result.read_root(found, i->second);
  if (!found.empty())
    return make_error(errc::invalid_config, std::string{}, to_string(found));
  return result;
}

void runtime_settings::read_root(faults& out, const config_value& root) {
  runtime_options scratch;
  caf_reader::read_config(out, "resilience", root, scratch, other_keys);
  if (!caf_format::is_map(root))
    return;
  root_ = root;
  if (auto* x = caf_format::find(root, "defaults"))
    add(out, {origin::file, "resilience.defaults", *x}, nullptr);
  if (auto* x = caf_format::find(root, "guards"))
    read_guards(out, *x);
  if (auto* x = caf_format::find(root, "set"))
    read_command_line(out, *x);
}

void runtime_settings::read_guards(faults& out, const config_value& list) {
  const std::string path = "resilience.guards";
  auto* entries = caf::get_if<config_value::list>(&list);
  if (!entries) {
    out.push_back(path + " must be a list of maps, " + caf_format::found(list));
    return;
  }
  std::map<std::string, std::string> seen;
  for (size_t i = 0; i < entries->size(); ++i) {
    const auto& entry = (*entries)[i];
    auto here = index(path, i);
    // Without a name it is read for its other faults.
    std::string name;
    if (caf_format::is_map(entry)) {
      auto* x = caf_format::find(entry, "name");
      if (!x || caf_format::as_text(*x) == "")
        out.push_back(here + ".name must name the guard");
      else
        name = caf_format::as_text(*x).value_or("");
      auto [first, is_new] = seen.emplace(name, here);
      if (!is_new && !name.empty())
        out.push_back(here + ".name must be another than " + first->second
                      + ".name, " + caf_format::found(*x));
    }
    add(out, {origin::file, here, entry}, &name);
  }
}

void runtime_settings::read_command_line(faults& out,
                                         const config_value& list) {
  const std::string path = "resilience.set";
  auto texts = caf_format::as_texts(list);
  if (auto text = caf_format::as_text(list))
    texts = std::vector{std::move(*text)};
  if (!texts) {
    out.push_back(path + " must be a list of texts, "
                  + caf_format::found(list));
    return;
  }
  for (size_t i = 0; i < texts->size(); ++i) {
    auto here = index(path, i);
    auto x = parse_assignment((*texts)[i]);
    if (!x) {
      out.push_back(here + " must be NAME: SETTING = VALUE, such as "
                    + "\"payments: breaker.cooldown = 60s\", "
                    + caf_format::found(config_value{(*texts)[i]}));
      continue;
    }
    if (x->path == "name") {
      out.push_back(here + ".name must not be set: it says which guard");
      continue;
    }
    caf::settings values;
    caf::put(values, x->path, std::move(x->value));
    add(out, {origin::command_line, here, config_value{std::move(values)}},
        x->name ? &*x->name : nullptr);
  }
}

// Keeps a layer and tells what is wrong with it alone.
void runtime_settings::add(faults& out, layer x, const std::string* name) {
  policy scratch;
  read_layer(out, x, scratch);
  if (!name && caf_format::is_map(x.values)
      && caf_format::find(x.values, "name"))
    out.push_back(x.path + ".name must not be set: it is for every guard");
  auto& place = name ? of_one_[*name] : of_all_;
  place.push_back(std::move(x));
}

void runtime_settings::read_layer(faults& out, const layer& from,
                                  policy& into) {
  const auto* preset = caf_format::is_map(from.values)
                         ? caf_format::find(from.values, "preset")
                         : nullptr;
  if (preset) {
    auto text = caf_format::as_text(*preset);
    if (!text || !presets::start_from(*text, into))
      out.push_back(from.path + ".preset must be " + presets::known() + ", "
                    + caf_format::found(*preset));
  }
  caf_reader::read_config(out, from.path, from.values, into, {"preset"});
}

// -- use ----------------------------------------------------------------------

// Weakest first.
template <class F>
void runtime_settings::for_each_layer(const std::string& name, F f) const {
  auto own = of_one_.find(name);
  for (auto from : {origin::file, origin::command_line}) {
    for (const auto& x : of_all_)
      if (x.from == from)
        f(x);
    if (own != of_one_.end())
      for (const auto& x : own->second)
        if (x.from == from)
          f(x);
  }
}

policy runtime_settings::apply(policy x) const {
  if (of_all_.empty() && of_one_.empty())
    return x;
  faults none; // all were found by `read`
  auto name = x.name;
  for_each_layer(name, [&](const layer& from) { read_layer(none, from, x); });
  return x;
}

runtime_options runtime_settings::apply(runtime_options x) const {
  faults none; // all were found by `read`
  if (root_)
    caf_reader::read_config(none, "resilience", *root_, x, other_keys);
  return x;
}

std::vector<std::string>
runtime_settings::sources(const std::string& name) const {
  setting_sources result;
  for_each_layer(name, [&](const layer& x) {
    result.add(x.from == origin::file ? "the file" : "the command line",
               x.values);
  });
  return result.lines();
}

std::vector<std::string> runtime_settings::names() const {
  std::vector<std::string> result;
  for (const auto& kvp : of_one_)
    result.push_back(kvp.first);
  return result;
}

} // namespace resilience
