"""A camera's pictures that will never come, for its page: how many, and why in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cloud.captures.gaps import count_missing
from cloud.kit.database import OrganizationWork
from device.wire import LossReason

LATELY = timedelta(days=30)

WORDS = {
    LossReason.NO_ROOM: "the camera’s storage was full",
    LossReason.WAITED_TOO_LONG: "the wait to be sent was too long",
    LossReason.DAMAGED: "the file was lost or damaged on the camera",
    LossReason.REFUSED: "what was sent could not be taken as a picture",
    LossReason.UNKNOWN: "the camera did not say why",
}


@dataclass(frozen=True)
class MissingPictures:
    """`words` are for example `3 pictures are missing: the camera’s storage was full`."""

    words: str
    told_at: datetime


async def read_missing(
    work: OrganizationWork, row_id: UUID, now: datetime
) -> Sequence[MissingPictures]:
    """Those that the camera told of in the last 30 days, a sentence for each reason."""
    found = await count_missing(work, row_id, since=now - LATELY)
    return [MissingPictures(say_missing(one.count, one.why), one.told_at) for one in found]


def say_missing(count: int, why: LossReason) -> str:
    pictures = "1 picture is" if count == 1 else f"{count:,} pictures are"
    return f"{pictures} missing: {WORDS[why]}"
