"""One compute job on all cores: threads, or processes."""

import hashlib
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial


def collatz(size, nth):
    total = 0
    for n in range(nth * size + 1, (nth + 1) * size + 1):
        while n != 1:
            n = 3 * n + 1 if n & 1 else n >> 1
            total += 1
    return total


def pbkdf2(iterations, nth):
    password = f"password {nth}".encode()
    key = hashlib.pbkdf2_hmac("sha256", password, b"salt", iterations, 32)
    return key[0] << 8 | key[1]


def main():
    job, workers, count, size = sys.argv[1:]
    piece = partial({"collatz": collatz, "pbkdf2": pbkdf2}[job], int(size))
    start = time.perf_counter()
    if workers == "one":
        total = sum(map(piece, range(int(count))))
    else:
        pool = {
            "threads": ThreadPoolExecutor,
            "processes": ProcessPoolExecutor,
        }[workers]
        with pool(os.cpu_count()) as executor:
            total = sum(executor.map(piece, range(int(count))))
    print(f"seconds={time.perf_counter() - start:.6f} result={total}")


if __name__ == "__main__":
    main()
