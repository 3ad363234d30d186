// One compute job on all cores: std::async, once for each core.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <thread>
#include <vector>

std::uint64_t steps(std::uint64_t n) {
  std::uint64_t count = 0;
  for (; n != 1; ++count)
    n = n % 2 == 0 ? n / 2 : 3 * n + 1;
  return count;
}

std::uint64_t collatz(std::uint64_t from, std::uint64_t to) {
  std::uint64_t sum = 0;
  for (auto n = from; n < to; ++n)
    sum += steps(n);
  return sum;
}

int main(int, char **argv) {
  const std::uint64_t count = std::strtoull(argv[1], nullptr, 10);
  const std::uint64_t size = std::strtoull(argv[2], nullptr, 10);
  const auto start = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> next{0};
  auto worker = [&] {
    std::uint64_t sum = 0;
    for (auto nth = next++; nth < count; nth = next++)
      sum += collatz(nth * size + 1, (nth + 1) * size + 1);
    return sum;
  };
  std::vector<std::future<std::uint64_t>> workers;
  for (unsigned core = 0; core < std::thread::hardware_concurrency(); ++core)
    workers.push_back(std::async(std::launch::async, worker));
  std::uint64_t sum = 0;
  for (auto &result : workers)
    sum += result.get();
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - start;
  std::printf("seconds=%.6f result=%llu\n", took.count(),
              static_cast<unsigned long long>(sum));
}
