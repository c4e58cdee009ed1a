"""What every place that keeps bytes can do, and how it fails. `cloud.storage.keys` makes keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cloud.kit.errors import NotFound, StorageFull, Unavailable


class StoredObjectMissing(NotFound):
    """Nothing is stored under this key."""

    def __init__(self) -> None:
        super().__init__("image_missing", "This picture is no longer stored.")


class StoreFull(StorageFull):
    """No room is left. Nothing was stored."""

    def __init__(self) -> None:
        super().__init__("storage_full", "There is no room for more pictures.", retry_after=60)


class StoreUnavailable(Unavailable):
    """The store could not be read or written. Nothing was stored."""

    def __init__(self) -> None:
        super().__init__(
            "storage_unavailable", "The store of pictures does not answer.", retry_after=10
        )


@dataclass(frozen=True)
class StoredObject:
    """One object as the store lists it."""

    key: str
    size: int
    modified_at: datetime


@dataclass(frozen=True)
class StoreHealth:
    """Whether objects can be written right now; if not, why; and the room left, where known."""

    healthy: bool
    reason: str | None = None
    free_bytes: int | None = None


class Store(Protocol):
    """A place for immutable objects under keys.

    Every method raises StoreUnavailable when the store cannot answer, and ValueError for a key
    that `cloud.storage.keys` would not make.
    """

    async def put(self, key: str, data: bytes) -> None:
        """Store the bytes: they survive a power cut once this returns.

        When it raises, no part of them is visible. Raises StoreFull when there is no room.
        """

    async def get(self, key: str) -> bytes:
        """Give the bytes of an object. Raises StoredObjectMissing."""

    async def exists(self, key: str) -> bool:
        """Tell whether an object is stored under the key."""

    async def delete(self, key: str) -> None:
        """Remove an object; one that is not there is as good as removed."""

    async def list_objects(self, prefix: str) -> tuple[StoredObject, ...]:
        """Every object under whole parts of a key (`{organization}/2026/11/22`), by key."""

    async def health(self) -> StoreHealth:
        """Write and remove a small object, and say how that went."""

    async def sweep(self) -> int:
        """Remove what unfinished puts of dead processes left; give their number."""
