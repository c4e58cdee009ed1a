"""How often a camera's verdicts are wrong, by what operators have said, and how sure that is.

False alarms: of the incidents that somebody has judged. Misses: of the random sample of normal
verdicts (`cloud.evaluation.sampling`), those that were looked at. Both with a 95 % interval after
E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927), which
stays within 0 and 1 and holds for small numbers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from uuid import UUID

from sqlalchemy import case, func, select

from cloud.alerts.models import Incident, IncidentCapture, IncidentKind, ResolvedAs
from cloud.captures.models import Capture, DispositionVerdict
from cloud.evaluation.models import SampledVerdict
from cloud.evaluation.sampling import SAMPLE_RATE
from cloud.kit.database import OrganizationWork

SPAN = timedelta(days=90)
Z = 1.959964
"""Of the normal distribution, 95 % lie within so many standard deviations."""


@dataclass(frozen=True)
class Rate:
    """`count` of `n` were wrong; the share and its interval are None where n is 0."""

    count: int
    n: int
    share: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, count: int, n: int) -> "Rate":
        if n == 0:
            return cls(count, n, None, None, None)
        low, high = wilson(count, n)
        return cls(count, n, count / n, low, high)


@dataclass(frozen=True)
class ErrorRates:
    """`sampled` normal verdicts were to be looked at, each one with the chance `sample_rate`."""

    since: datetime
    false_alarms: Rate
    misses: Rate
    sampled: int
    sample_rate: float


def wilson(count: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of `count` in `n`, both ends within 0..1."""
    share, square = count / n, Z * Z / n
    middle = (share + square / 2) / (1 + square)
    half = Z / (1 + square) * sqrt(share * (1 - share) / n + square / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


async def measure_errors(work: OrganizationWork, device_id: UUID, *, now: datetime) -> ErrorRates:
    """The rates of the last `SPAN`. `device_id` is the id of the device's row."""
    since = now - SPAN
    sampled, normal, abnormal = await _count_samples(work, device_id, since)
    real, false = await _count_incidents(work, device_id, since)
    return ErrorRates(
        since,
        false_alarms=Rate.of(false, real + false),
        misses=Rate.of(abnormal, normal + abnormal),
        sampled=sampled,
        sample_rate=SAMPLE_RATE,
    )


async def _count_samples(
    work: OrganizationWork, device_id: UUID, since: datetime
) -> tuple[int, int, int]:
    """How many were sampled; how many of them were called normal and abnormal."""
    row = (
        await work.execute(
            select(
                func.count(),
                func.count().filter(Capture.disposition == DispositionVerdict.NORMAL),
                func.count().filter(Capture.disposition == DispositionVerdict.ABNORMAL),
            )
            .select_from(SampledVerdict)
            .join(Capture, Capture.id == SampledVerdict.capture_id)
            .where(
                SampledVerdict.organization_id == work.organization_id,
                SampledVerdict.device_id == device_id,
                SampledVerdict.sampled_at >= since,
                Capture.deleted_at.is_(None),
            )
        )
    ).one()
    return row[0], row[1], row[2]


async def _count_incidents(
    work: OrganizationWork, device_id: UUID, since: datetime
) -> tuple[int, int]:
    """How many incidents were real, and how many false.

    How somebody resolved one counts first; else what was said of its captures: one that is
    abnormal makes it real.
    """
    said = (
        select(
            IncidentCapture.incident_id,
            func.bool_or(Capture.disposition == DispositionVerdict.ABNORMAL).label("is_real"),
        )
        .join(Capture, Capture.id == IncidentCapture.capture_id)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.device_id == device_id,
            Capture.disposition.in_([DispositionVerdict.NORMAL, DispositionVerdict.ABNORMAL]),
        )
        .group_by(IncidentCapture.incident_id)
        .subquery()
    )
    is_real = case(
        (Incident.resolved_as == ResolvedAs.REAL, True),
        (Incident.resolved_as == ResolvedAs.FALSE_ALARM, False),
        else_=said.c.is_real,
    )
    row = (
        await work.execute(
            select(func.count().filter(is_real), func.count().filter(~is_real))
            .select_from(Incident)
            .join(said, said.c.incident_id == Incident.id, isouter=True)
            .where(
                Incident.organization_id == work.organization_id,
                Incident.device_id == device_id,
                Incident.kind == IncidentKind.ABNORMAL,
                Incident.opened_at >= since,
            )
        )
    ).one()
    return row[0], row[1]
