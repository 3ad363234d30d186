"""Fetch all pages and throw them away: one session, many requests at once."""

import asyncio
import sys
import time

import aiohttp


async def main(urls, at_once):
    start = time.perf_counter()
    connector = aiohttp.TCPConnector(limit=at_once)
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout
    ) as session:
        rest = iter(urls)

        async def worker():
            count = 0
            for url in rest:
                async with session.get(url) as response:
                    response.raise_for_status()
                    async for piece in response.content.iter_any():
                        count += len(piece)
            return count

        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(worker()) for _ in range(at_once)]
    total = sum(worker.result() for worker in workers)
    print(f"seconds={time.perf_counter() - start:.6f} result={total}")


with open(sys.argv[1]) as file:
    lines = file.read().split()
asyncio.run(main(lines, int(sys.argv[2])))
