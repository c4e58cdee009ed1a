"""Making something dear at the first use: AI SDKs take seconds and tens of megabytes to import."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Late(Generic[T]):
    """Made once, in a thread, when it is first wanted."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: T | None = None
        self._making = asyncio.Lock()

    async def get(self) -> T:
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
        return self._made
