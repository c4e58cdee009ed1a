"""How far a camera that is being set up has come: its key, its first word, its first picture.

What counts is what was heard since its pairing code was used, or since it was made: so a camera
that is set up again is waited for like a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from cloud.captures.documents import capture_document
from cloud.captures.queries import first_since
from cloud.devices.pairing import PairingStanding, find_pairing
from cloud.kit.database import OrganizationWork
from cloud.web.sights import Camera


class Stage(IntEnum):
    """In the order of the way."""

    RUN_OUT = 0
    """There is no code that is good."""
    WAITING = 1
    PAIRED = 2
    CONNECTED = 3
    SEEN = 4


@dataclass(frozen=True)
class Arrival:
    """`code_ends_at` is when the code runs out, while it is good; `heard_at` is of the last word.

    `picture` is the first; where a wrong clock hides which that is, `seen_at` is not known.
    """

    code_ends_at: datetime | None
    paired_at: datetime | None
    heard_at: datetime | None
    seen_at: datetime | None
    picture: Mapping[str, Any] | None

    @property
    def stage(self) -> Stage:
        if self.picture:
            return Stage.SEEN
        if self.heard_at:
            return Stage.CONNECTED
        if self.paired_at:
            return Stage.PAIRED
        return Stage.WAITING if self.code_ends_at else Stage.RUN_OUT

    def code_ends_in(self, now: datetime) -> timedelta | None:
        return self.code_ends_at - now if self.code_ends_at else None


async def read_arrival(work: OrganizationWork, camera: Camera, now: datetime) -> Arrival:
    pairing = await find_pairing(work, camera.row_id)
    row = await first_since(work, camera.row_id, _since(pairing, camera.device))
    first = capture_document(row) if row else None
    return find_arrival(pairing, camera.device, first, now)


def find_arrival(
    pairing: PairingStanding | None,
    device: Mapping[str, Any],
    first: Mapping[str, Any] | None,
    now: datetime,
) -> Arrival:
    """What was heard of a camera that is being set up. `device` is the API's document."""
    since = _since(pairing, device)
    heard_at, latest = device["last_seen_at"], device["latest_capture"]
    is_good = pairing is not None and pairing.used_at is None and now < pairing.expires_at
    return Arrival(
        code_ends_at=pairing.expires_at if pairing and is_good else None,
        paired_at=pairing.used_at if pairing else None,
        heard_at=heard_at if heard_at and heard_at >= since else None,
        seen_at=first["received_at"] if first else None,
        picture=first or (latest if latest and latest["received_at"] >= since else None),
    )


def _since(pairing: PairingStanding | None, device: Mapping[str, Any]) -> datetime:
    since: datetime = device["activated_at"]
    return (pairing.used_at or pairing.issued_at) if pairing else since
