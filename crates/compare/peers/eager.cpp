// Who starts when: std::async in both ways, and a coroutine in both ways.
#include <coroutine>
#include <exception>
#include <future>
#include <iostream>
#include <mutex>
#include <string>

std::string events;
std::mutex events_mutex;

void note(const char *event) {
  if (!events.empty())
    events += ',';
  events += event;
}

// A coroutine's promise says itself whether the coroutine waits at first.
template <class Initial> struct Coroutine {
  struct promise_type {
    int value = 0;
    Coroutine get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    Initial initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(int v) { value = v; }
    void unhandled_exception() { std::terminate(); }
  };

  std::coroutine_handle<promise_type> handle;

  Coroutine(std::coroutine_handle<promise_type> h) : handle(h) {}
  Coroutine(const Coroutine &) = delete;
  ~Coroutine() { handle.destroy(); }

  // What `co_await` would do in another coroutine.
  int get() {
    if (!handle.done())
      handle.resume();
    return handle.promise().value;
  }
};

template <class Initial> Coroutine<Initial> coroutine() {
  note("begins");
  co_return 42;
}

template <class Initial> int run_coroutine() {
  note("call");
  auto called = coroutine<Initial>();
  note("returns");
  note("awaits");
  return called.get();
}

int run_async() {
  std::promise<void> begun;
  std::unique_lock lock(events_mutex);
  // Whether it begins before the call returns is chance. The caller holds the
  // lock meanwhile, so that each run notes the same.
  note("call");
  auto called = std::async(std::launch::async, [&] {
    {
      std::lock_guard inner(events_mutex);
      note("begins");
    }
    begun.set_value();
    return 42;
  });
  note("returns");
  lock.unlock();
  begun.get_future().wait();
  note("awaits");
  return called.get();
}

int run_deferred() {
  note("call");
  auto called = std::async(std::launch::deferred, [] {
    note("begins");
    return 42;
  });
  note("returns");
  note("awaits");
  return called.get();
}

int main(int argc, char **argv) {
  std::string kind = argc > 1 ? argv[1] : "";
  int value = kind == "async"      ? run_async()
              : kind == "deferred" ? run_deferred()
              : kind == "lazy"     ? run_coroutine<std::suspend_always>()
                                   : run_coroutine<std::suspend_never>();
  note("value");
  std::cout << "result=" << value << " events=" << events << std::endl;
}
