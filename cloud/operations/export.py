"""Everything of an organization as one zip file, streamed: its rows as JSON lines, its pictures.

No connection to the database is held between two pages of rows, nor while a picture is sent, and
no more is in memory than one page and one picture. Before each of them it is asked whether whoever
reads the file may still have it: it may take them hours. The last entry says what is in the file:
without it the file was broken off.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, tuple_
from sqlalchemy import Table as SqlTable

from cloud.accounts.access import require_session
from cloud.accounts.models import Role
from cloud.accounts.sessions import Person
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.errors import Forbidden, Unauthenticated
from cloud.kit.json import dumps
from cloud.kit.zip_stream import ZipStream
from cloud.operations.contents import columns_to_take, is_own, tables_to_take
from cloud.operations.export_turns import TurnLost, end_turn, keep_turn
from cloud.storage.keys import image_key, thumbnail_key
from cloud.storage.store import Store, StoredObjectMissing

ROWS_AT_ONCE = 200
MISSING_NAMED = 1000

READ_ME = """\
Everything of one organization of a Visant.

rows/NAME.jsonl      one JSON document in a line for each row of the table NAME
pictures/CAMERA/DAY/ the pictures by camera and day, in UTC; only a thumbnail where no more is kept
contents.json        how many of each there are; the last entry, so without it the file was cut off

Left out are passwords, keys, tokens and what they unlock.
"""


class Export:
    """One file on its way."""

    def __init__(self, database: Database, store: Store, who: Person, token: UUID) -> None:
        self._database = database
        self._store = store
        self._who = who
        self._organization_id = who.organization_id
        self._token = token
        self._zip = ZipStream()
        self._now = utc_now()
        self._counts: Counter[str] = Counter()
        self._missing: list[str] = []

    async def pieces(self) -> AsyncIterator[bytes]:
        """The file, piece by piece. Raises TurnLost, StoreUnavailable, Unavailable."""
        try:
            yield await self._write("README.txt", READ_ME.encode())
            for table in tables_to_take():
                async for piece in self._write_table(table):
                    yield piece
            yield await self._write("contents.json", dumps(self._contents()))
            for piece in self._zip.close():
                yield piece
            async with self._database.work_for(self._organization_id) as work:
                await end_turn(work, self._token)
        finally:
            self._zip.discard()

    async def _write_table(self, table: SqlTable) -> AsyncIterator[bytes]:
        last: tuple[Any, ...] | None = None
        part = 0
        while rows := await self._read_page(table, last):
            part += 1
            last = tuple(rows[-1][key.name] for key in table.primary_key)
            self._counts[table.name] += len(rows)
            name = f"rows/{table.name}.jsonl" if part == 1 else f"rows/{table.name}-{part}.jsonl"
            yield await self._write(name, b"".join(_line(row) for row in rows))
            if table.name == "captures":
                async for piece in self._write_pictures(rows):
                    yield piece

    async def _read_page(
        self, table: SqlTable, last: tuple[Any, ...] | None
    ) -> Sequence[RowMapping]:
        key = tuple_(*table.primary_key)
        statement = select(*columns_to_take(table)).where(is_own(table) == self._organization_id)
        if "deleted_at" in table.c:
            statement = statement.where(table.c.deleted_at.is_(None))
        if last is not None:
            statement = statement.where(key > last)
        await self._require_right()
        async with self._database.work_for(self._organization_id) as work:
            await keep_turn(work, self._token)
            page = statement.order_by(*table.primary_key).limit(ROWS_AT_ONCE)
            return (await work.execute(page)).mappings().all()

    async def _write_pictures(self, rows: Sequence[RowMapping]) -> AsyncIterator[bytes]:
        for number, row in enumerate(rows, start=1):
            kind = "picture" if row["image_stored"] else "thumbnail"
            find_key = image_key if row["image_stored"] else thumbnail_key
            key = find_key(self._organization_id, row["received_at"], row["id"])
            await self._require_right()
            try:
                picture = await self._store.get(key)
            except StoredObjectMissing:
                self._note_missing(str(row["id"]))
                continue
            self._counts[f"{kind}s"] += 1
            taken_at: datetime = row["captured_at"]
            folder = f"pictures/{row['unit_id']}/{taken_at:%Y-%m-%d}"
            name = f"{folder}/{taken_at:%H%M%S}_{row['id']}.jpg"
            yield self._zip.add(name, picture, taken_at, compressed=False)
            if number % 20 == 0:
                async with self._database.work_for(self._organization_id) as work:
                    await keep_turn(work, self._token)

    async def _require_right(self) -> None:
        try:
            await require_session(self._database, self._who, Role.ADMIN)
        except (Unauthenticated, Forbidden):
            raise TurnLost from None

    async def _write(self, name: str, data: bytes) -> bytes:
        return await asyncio.to_thread(self._zip.add, name, data, self._now, compressed=True)

    def _note_missing(self, record_id: str) -> None:
        self._counts["missing_pictures"] += 1
        if len(self._missing) < MISSING_NAMED:
            self._missing.append(record_id)

    def _contents(self) -> Mapping[str, Any]:
        return {
            "organization_id": self._organization_id,
            "exported_at": self._now,
            "counts": {str(name): count for name, count in self._counts.items()},
            "missing_pictures": self._missing,
        }


def _line(row: RowMapping) -> bytes:
    return dumps({str(name): value for name, value in row.items()}) + b"\n"
