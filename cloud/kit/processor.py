"""Work for the processor, in few threads: it must neither block the event loop nor pile up."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_threads = ThreadPoolExecutor(max(2, os.cpu_count() or 2), thread_name_prefix="processor")


async def compute(function: Callable[..., T], *arguments: object) -> T:
    """Run a pure, processor-bound function in one of the few threads; calls beyond them wait."""
    return await asyncio.get_running_loop().run_in_executor(_threads, function, *arguments)
