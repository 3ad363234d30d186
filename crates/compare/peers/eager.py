"""Who starts when: a coroutine, or a task, of asyncio."""

import asyncio
import sys

events = []


async def work():
    events.append("begins")
    return 42


async def main(kind):
    events.append("call")
    called = work() if kind == "coroutine" else asyncio.create_task(work())
    events.append("returns")
    await asyncio.sleep(0)  # Everybody else gets a turn.
    events.append("awaits")
    value = await called
    events.append("value")
    print(f"result={value} events={','.join(events)}")


asyncio.run(main(sys.argv[1]))
