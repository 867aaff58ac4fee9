// Circuits that outlive their process, and what watches them: a database, a
// health check, the health of the whole, and the history.
//
//   remembered [DATABASE]
//
// Without a name the database lies in a temporary folder and goes with it.
#include <resilience/actors/all.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

namespace rs = resilience;

using namespace std::chrono_literals;

namespace {

// Gone at the end, with what is in it.
class temporary_folder {
public:
  temporary_folder() {
    if (mkdtemp(path_.data()) == nullptr)
      throw std::runtime_error{"no temporary folder " + path_};
  }

  temporary_folder(const temporary_folder&) = delete;

  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const {
    return path_;
  }

private:
  std::string path_ =
    (std::filesystem::temp_directory_path() / "remembered-XXXXXX").string();
};

// An upstream that is down.
class upstream : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

  caf::behavior make_behavior() override {
    return {[](const std::string&) -> caf::result<std::string> {
      return caf::make_error(caf::sec::runtime_error);
    }};
  }
};

rs::policy payments() {
  return {.name = "payments",
          .breaker =
            rs::breaker_config{.failure_threshold = 3, .cooldown = 1h}};
}

void first_run(caf::actor_system& sys, const std::string& path) {
  rs::runtime rt{sys, {.database = path}};
  auto guard = rt.guard(sys.spawn<upstream>(), payments());
  caf::scoped_actor self{sys};
  for (int i = 0; i < 3; ++i)
    rs::compat::request(self, guard, caf::infinite, std::string{"pay"})
      .receive([](const std::string&) {}, [](const caf::error&) {});
}

void second_run(caf::actor_system& sys, const std::string& path) {
  rs::runtime rt{sys, {.database = path}};
  auto check = rt.health_checker(
    "disk", rs::probe::function([] { return rs::health_report::healthy(); }),
    {.interval = 30s}, {.tags = {"live"}});
  caf::scoped_actor self{sys};
  rs::compat::request(self, check, caf::infinite, rs::check_now{})
    .receive(
      [](const rs::health_report& x) {
        std::cout << x.name << " is " << to_string(x.status) << '\n';
      },
      [](const caf::error&) {});

  auto status = rt.status_of("payments");
  std::cout << status.name << " is " << to_string(status.state) << '\n';
  auto health = rt.health();
  std::cout << "the whole is " << to_string(health.status) << '\n';

  rs::compat::request(self, rt.supervisor(), caf::infinite,
                      rs::get_history{.name = "payments"})
    .receive(
      [](const rs::circuit_history& past) {
        for (const auto& x : past.entries)
          std::cout << to_string(x.event.from) << " -> "
                    << to_string(x.event.to) << ": " << to_string(x.event.why)
                    << '\n';
      },
      [](const caf::error& e) { std::cout << rs::detail_of(e) << '\n'; });
}

} // namespace

int main(int argc, char** argv) {
  std::optional<temporary_folder> folder;
  std::string path =
    argc > 1 ? argv[1] : folder.emplace().path() + "/circuits.db";
  rs::init();
  caf::actor_system_config cfg;
  rs::init(cfg);
  caf::actor_system sys{cfg};
  first_run(sys, path);
  second_run(sys, path);
}
