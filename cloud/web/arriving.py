"""How far a camera that is being set up has come: its key, its first word, its first picture.

What counts is what was heard since its pairing code was used, or since it was made: so a camera
that is set up again is waited for like a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

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
    """`code_ends_at` is when the code runs out, while it is still good."""

    code_ends_at: datetime | None
    paired_at: datetime | None
    heard_at: datetime | None
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
    return find_arrival(await find_pairing(work, camera.row_id), camera.device, now)


def find_arrival(
    pairing: PairingStanding | None, device: Mapping[str, Any], now: datetime
) -> Arrival:
    """What was heard of a camera that is being set up. `device` is the API's document."""
    since = (pairing.used_at or pairing.issued_at) if pairing else device["activated_at"]
    heard_at, picture = device["last_seen_at"], device["latest_capture"]
    is_good = pairing is not None and pairing.used_at is None and now < pairing.expires_at
    return Arrival(
        code_ends_at=pairing.expires_at if pairing and is_good else None,
        paired_at=pairing.used_at if pairing else None,
        heard_at=heard_at if heard_at and heard_at >= since else None,
        picture=picture if picture and picture["received_at"] >= since else None,
    )
