#include "resilience/sync/worker_pool.hpp"

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace resilience {

// Shared with every thread; outlives the pool where a job does.
class worker_pool::state : public std::enable_shared_from_this<state> {
public:
  explicit state(const limits& x) : limits_(x) {}

  verdict submit(job_ptr what) {
    std::vector<job_ptr> stale; // dropped after the lock
    std::lock_guard<std::mutex> guard{mutex_};
    if (closed_)
      return verdict::closed;
    if (queue_.size() >= idle_ && may_grow()) {
      if (start(what))
        return verdict::taken;
      if (workers_.empty())
        return verdict::no_thread;
    }
    drop_stale(stale);
    if (!has_room())
      return verdict::full;
    queue_.push_back(std::move(what));
    work_.notify_one();
    return verdict::taken;
  }

  void close() {
    std::list<worker> joined;
    std::vector<job_ptr> abandoned;
    std::deque<job_ptr> dropped;
    {
      std::lock_guard<std::mutex> guard{mutex_};
      abandoned.reserve(workers_.size()); // nothing throws below
      if (std::exchange(closed_, true))
        return;
      part(joined, abandoned);
      dropped.swap(queue_);
    }
    work_.notify_all();
    for (auto& x : abandoned)
      x->abandon();
    // Last: who tells may wait for what has been abandoned.
    for (auto& x : joined)
      x.thread.join();
  }

  load now() const {
    std::lock_guard<std::mutex> guard{mutex_};
    // Once closed, only those at work are left.
    auto idle = closed_ ? 0 : idle_;
    return {workers_.size(), workers_.size() - idle, queue_.size()};
  }

private:
  struct worker {
    std::thread thread;
    /// What it works at; null while it waits, or tells: it is back soon.
    job_ptr current;
    /// Whether `close` joins the thread; if not, it detaches itself.
    bool joined = false;
  };

  using place = std::list<worker>::iterator;
  using lock = std::unique_lock<std::mutex>;

  // Who works is left alone, and so is who closes: the last job may be what
  // ends the pool.
  void part(std::list<worker>& joined, std::vector<job_ptr>& abandoned) {
    for (auto next = workers_.begin(); next != workers_.end();) {
      auto at = next++;
      if (at->current) {
        abandoned.push_back(std::move(at->current));
      } else if (at->thread.get_id() != std::this_thread::get_id()) {
        at->joined = true;
        joined.splice(joined.end(), workers_, at);
      }
    }
  }

  bool may_grow() const {
    return std::cmp_less(workers_.size(), limits_.max_threads);
  }

  // Who is idle will take one each, and who tells is idle soon: whoever is told
  // may ask for the next at once.
  bool has_room() const {
    auto takers = idle_ + telling_;
    return queue_.size() < takers
           || std::cmp_less(queue_.size() - takers, limits_.max_queue);
  }

  // The oldest were the first to be given up.
  void drop_stale(std::vector<job_ptr>& out) {
    while (!has_room() && !queue_.empty() && !queue_.front()->wanted()) {
      out.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
  }

  bool start(const job_ptr& first) {
    auto at = workers_.emplace(workers_.end());
    try {
      at->thread =
        std::thread{[self = shared_from_this(), at] { self->work(at); }};
    } catch (...) {
      // No thread, or no memory for one.
      workers_.erase(at);
      return false;
    }
    at->current = first;
    return true;
  }

  // What a thread does.
  void work(place at) {
    lock held{mutex_};
    while (!closed_) {
      if (at->current)
        work_at(at, held);
      else if (!queue_.empty())
        take(at, held);
      else if (!wait(held) && !closed_)
        break;
    }
    if (at->joined)
      return;
    at->thread.detach();
    workers_.erase(at);
  }

  // False: nothing came.
  bool wait(lock& held) {
    ++idle_;
    auto result = work_.wait_for(held, limits_.idle_time,
                                 [this] { return closed_ || !queue_.empty(); });
    --idle_;
    return result;
  }

  void take(place at, lock& held) {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    if (next->wanted()) {
      at->current = std::move(next);
      return;
    }
    held.unlock();
    next.reset();
    held.lock();
  }

  void work_at(place at, lock& held) {
    auto what = at->current;
    held.unlock();
    what->run();
    held.lock();
    auto tells = !closed_;
    if (tells) {
      at->current.reset(); // not the last reference
      ++telling_;
    }
    held.unlock();
    if (tells)
      what->tell();
    what.reset();
    held.lock();
    telling_ -= tells ? 1 : 0;
  }

  const limits limits_;
  std::mutex mutable mutex_;
  std::condition_variable work_;
  std::deque<job_ptr> queue_;
  std::list<worker> workers_;
  /// Threads that wait for work.
  size_t idle_ = 0;
  /// Threads that tell what became of their job.
  size_t telling_ = 0;
  bool closed_ = false;
};

worker_pool::worker_pool(const limits& x)
  : state_(std::make_shared<state>(x)) {}

worker_pool::~worker_pool() {
  close();
}

worker_pool::verdict worker_pool::submit(job_ptr what) {
  auto alive = state_; // the job may end the pool before this returns
  return alive->submit(std::move(what));
}

void worker_pool::close() {
  state_->close();
}

worker_pool::load worker_pool::now() const {
  return state_->now();
}

} // namespace resilience
