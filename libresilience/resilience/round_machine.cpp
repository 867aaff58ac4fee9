#include "resilience/round_machine.hpp"

#include <algorithm>

namespace resilience {

round_machine::round_machine(size_t agents, size_t quorum, time_point deadline)
  : parts_(agents, part::open), quorum_(quorum), open_(agents),
    deadline_(deadline) {
  decide();
}

bool round_machine::on_answer(size_t agent) {
  return settle(agent, part::answered);
}

bool round_machine::on_failure(size_t agent) {
  return settle(agent, part::failed);
}

bool round_machine::on_skip(size_t agent) {
  return settle(agent, part::skipped);
}

bool round_machine::settle(size_t agent, part what) {
  if (end_ || parts_[agent] != part::open)
    return false;
  parts_[agent] = what;
  --open_;
  if (what == part::answered)
    ++answered_;
  decide();
  return true;
}

void round_machine::decide() noexcept {
  if (quorum_ == 0) {
    if (open_ == 0)
      end_ = round_end::complete;
  } else if (answered_ >= quorum_) {
    end_ = round_end::quorum;
  } else if (open_ < quorum_ - answered_) {
    end_ = round_end::unreachable;
  }
}

bool round_machine::on_time(time_point now) {
  if (end_ || now < deadline_)
    return false;
  std::replace(parts_.begin(), parts_.end(), part::open, part::failed);
  open_ = 0;
  end_ = round_end::deadline;
  return true;
}

} // namespace resilience
