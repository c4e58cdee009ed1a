"""Waiting for a verdict: a long poll that holds no connection while it waits."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.requests import HTTPConnection

from cloud.captures.models import Capture, EvaluationStatus
from cloud.captures.queries import capture_not_found, get_capture
from cloud.events.append import EVENTS_TOPIC
from cloud.kit.bells import Bells, wait_for
from cloud.kit.database import Database
from cloud.kit.seats import Seats

LOOK_EVERY_SECONDS = 2.0

WAITERS_OF_NETWORK = 60
WAITERS_IN_ALL = 300
"""How many may wait at once in one process: each of them looks every few seconds."""

FINAL = frozenset({EvaluationStatus.COMPLETED, EvaluationStatus.FAILED})


async def _waiters(connection: HTTPConnection) -> Seats:
    waiters: Seats = connection.app.state.waiters
    return waiters


TheWaiters = Annotated[Seats, Depends(_waiters)]


async def wait_for_verdict(
    database: Database,
    bells: Bells,
    organization_id: UUID,
    record_id: UUID,
    *,
    seconds: float,
    made_by: UUID | None = None,
) -> Capture:
    """The capture once it is judged or has failed, or as it is when the time is over.

    Raises NotFound, also where another device than `made_by` made it.
    """
    rung = asyncio.Event()
    own_key = str(organization_id)
    deadline = asyncio.get_running_loop().time() + seconds
    async with bells.heard(EVENTS_TOPIC, lambda key: rung.set() if key in {own_key, ""} else None):
        while True:
            async with database.work_for(organization_id) as work:
                capture = await get_capture(work, record_id)
            if made_by is not None and capture.device_id != made_by:
                raise capture_not_found()
            left = deadline - asyncio.get_running_loop().time()
            if EvaluationStatus(capture.evaluation_status) in FINAL or left <= 0:
                return capture
            await wait_for(rung, min(left, LOOK_EVERY_SECONDS))
