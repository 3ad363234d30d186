"""Fetch all pages with asyncio, and index them in a pool of processes."""

import asyncio
import os
import re
import sys
import time
import zlib
from array import array
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor

import aiohttp
from selectolax.lexbor import LexborHTMLParser

WORD = re.compile("[A-Za-z0-9]+")
SIZE = array("I").itemsize


def digest(page):
    """The positions of each word of a page, and how many words it has.

    As bytes, which pass from one process to another faster than arrays.
    """
    tree = LexborHTMLParser(page)
    tree.strip_tags(["script", "style", "noscript"])
    found = defaultdict(lambda: array("I"))
    words = WORD.findall(tree.root.text(separator=" "))
    for position, word in enumerate(words):
        found[word.lower()].append(position)
    packed = {word: it.tobytes() for word, it in found.items()}
    return packed, len(words)


async def build(urls, at_once, pool):
    index = defaultdict(list)
    lengths = [0] * len(urls)
    rest = iter(enumerate(urls))
    loop = asyncio.get_running_loop()
    connector = aiohttp.TCPConnector(limit=at_once)
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout
    ) as session:

        async def worker():
            for document, url in rest:
                async with session.get(url) as response:
                    response.raise_for_status()
                    page = await response.read()
                found, count = await loop.run_in_executor(pool, digest, page)
                lengths[document] = count
                for word, positions in found.items():
                    index[word].append((document, positions))

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(worker())
    return index, lengths


def checked(index, lengths):
    """Every word with how often it occurs, every document with its length."""
    words, checksum = 0, 0
    for word, documents in index.items():
        count = sum(len(positions) for _, positions in documents) // SIZE
        words += count
        checksum += zlib.crc32(word.encode()) * count
    checksum += sum(nth * length for nth, length in enumerate(lengths, 1))
    return f"{len(lengths)}/{len(index)}/{words}/{checksum % 2**64:016x}"


def main():
    with open(sys.argv[1]) as file:
        urls = file.read().split()
    start = time.perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        index, lengths = asyncio.run(build(urls, int(sys.argv[2]), pool))
    seconds = time.perf_counter() - start
    print(f"seconds={seconds:.6f} result={checked(index, lengths)}")


if __name__ == "__main__":
    main()
