"""Many tasks of asyncio that wait for one event at the same time."""

import asyncio
import sys
import time


def resident():
    """The memory of this process, in bytes."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


async def main(count):
    before, start = resident(), time.perf_counter()
    signal = asyncio.Event()
    waiting = 0
    all_wait = asyncio.Event()

    async def job():
        nonlocal waiting
        waiting += 1
        if waiting == count:
            all_wait.set()
        await signal.wait()
        return 1

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job()) for _ in range(count)]
        await all_wait.wait()
        started = time.perf_counter() - start
        each = (resident() - before) // count
        signal.set()
    ended = sum(task.result() for task in tasks)
    seconds = time.perf_counter() - start
    figures = f"seconds={seconds:.6f} start={started:.6f} each={each}"
    print(f"{figures} result={ended}")


asyncio.run(main(int(sys.argv[1])))
