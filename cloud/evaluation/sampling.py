"""A small random sample of normal verdicts, put before an operator to learn how many are misses.

Which captures are in it is decided by a hash of their ids, which nobody outside chooses, and not by
how they look; so the share of misses in it is an unbiased estimate of that in all normal verdicts.
"""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from cloud.captures.models import State
from cloud.evaluation.models import SampledVerdict
from cloud.kit.database import OrganizationWork

SAMPLE_RATE = 0.01
SEED = b"normal verdicts"
SPACE = 2**64


def is_sampled(capture_id: UUID, rate: float = SAMPLE_RATE, seed: bytes = SEED) -> bool:
    """Whether a capture is in the sample: always the same answer, true for a share of `rate`.

    Samples of different seeds have nothing to do with each other.
    """
    digest = hashlib.sha256(seed + capture_id.bytes).digest()
    return int.from_bytes(digest[:8]) < rate * SPACE


async def sample_verdict(work: OrganizationWork, capture: Any) -> None:
    """Note a normal verdict that is in the sample, with the rate, in the verdict's transaction.

    It stays there with its first verdict, whatever is said of the capture later.
    """
    if capture.state != State.NORMAL or not is_sampled(capture.id):
        return
    statement = insert(SampledVerdict).values(
        organization_id=work.organization_id,
        device_id=capture.device_id,
        capture_id=capture.id,
        rate=SAMPLE_RATE,
    )
    await work.execute(statement.on_conflict_do_nothing(index_elements=["capture_id"]))
