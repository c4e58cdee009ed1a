"""When a camera was not watched, and why: its changes, cut to a day and put into words.

What nobody knows counts as not watched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import text

from cloud.kit.database import OrganizationWork
from cloud.watch.digest.days import Span
from cloud.watch.truth import Watching, WatchReason

MOST_CHANGES = 500
"""How many of a camera's newest changes are looked at for one day."""

UNKNOWN = "unknown"

WORDS = {
    WatchReason.PAUSED: "it was paused",
    WatchReason.RESUMED: "its first picture after a pause had not come yet",
    WatchReason.TRIAL_ENDED: "the trial had ended, so nothing was judged",
    WatchReason.NEVER_HEARD: "it was not set up yet",
    WatchReason.NO_PICTURE_YET: "its first picture had not come yet",
    WatchReason.INTERVAL_OFF: "its interval was switched off",
    WatchReason.SILENT: "no pictures came",
    WatchReason.UNHEARD: "it was not heard from",
    WatchReason.AI_FAILING: "the models gave no answer",
    WatchReason.JUDGING_FAILED: "its pictures could not be judged",
    WatchReason.JUDGING_BEHIND: "judging was behind",
    WatchReason.SCENE_UNUSABLE: "its pictures showed nothing that can be judged",
    WatchReason.LEARNING: "it was still learning what is normal",
    WatchReason.UNDESCRIBED: "nobody had said what is normal there",
    WatchReason.BUDGET_PAUSED: "the month's budget was used up",
    UNKNOWN: "it is not known whether it was watched",
}
"""Why, to follow `not watched from … to …:`."""

WITHOUT_A_MEASURE = frozenset({WatchReason.LEARNING, WatchReason.UNDESCRIBED})
"""Pictures come, and what they are to be held against is missing."""


@dataclass(frozen=True)
class Change:
    """From `since` on it was so, until the next one."""

    since: datetime
    state: str
    code: str
    reason: str

    @property
    def is_gap(self) -> bool:
        if self.code == WatchReason.OUTSIDE_HOURS:
            return False
        return self.state == Watching.NOT_WATCHING or self.code in WITHOUT_A_MEASURE


@dataclass(frozen=True)
class Gap:
    """Not watched from `begin` to `end`, where `end` is None: beyond the day."""

    begin: datetime
    end: datetime | None
    code: str
    why: str

    def lasted(self, span: Span) -> timedelta:
        return (self.end or span.end) - self.begin


def find_gaps(changes: Sequence[Change], span: Span, *, since: datetime) -> list[Gap]:
    """The gaps of a day; `changes` come in order, and the camera is there `since` then.

    Gaps of one cause that touch are one.
    """
    begin = max(span.begin, since)
    nothing = Change(begin, Watching.NOT_WATCHING, UNKNOWN, "")
    known = [nothing, *changes]
    ends = [following.since for _, following in pairwise(known)]
    gaps: list[Gap] = []
    for change, end in zip(known, [*ends, None], strict=True):
        gap = _cut(change, end, begin, span.end)
        if gap is None:
            continue
        if gaps and gaps[-1].code == gap.code and gaps[-1].end == gap.begin:
            gaps[-1] = replace(gaps[-1], end=gap.end)
        else:
            gaps.append(gap)
    return gaps


def _cut(change: Change, until: datetime | None, begin: datetime, end: datetime) -> Gap | None:
    start = max(change.since, begin)
    stop = None if until is None or until > end else until
    if not change.is_gap or start >= (stop or end):
        return None
    return Gap(start, stop, change.code, WORDS.get(change.code) or change.reason)


async def read_changes(
    work: OrganizationWork, device_ids: Sequence[UUID], span: Span
) -> dict[UUID, list[Change]]:
    """What changed at these cameras until the day's end, in order; of earlier days the last."""
    values: dict[str, Any] = {
        "organization_id": work.organization_id,
        "device_ids": list(device_ids),
        "most": MOST_CHANGES,
        "begin": span.begin,
        "end": span.end,
    }
    changes: dict[UUID, list[Change]] = {device_id: [] for device_id in device_ids}
    for row in await work.execute(CHANGES, values):
        changes[row.device_id].append(Change(row.since, row.state, row.code, row.reason))
    return changes


CHANGES = text("""
SELECT d.id AS device_id, w.since, w.state, w.code, w.reason
FROM unnest(CAST(:device_ids AS uuid[])) AS d (id)
CROSS JOIN LATERAL (
  SELECT id, since, state, code, reason, lead(since) OVER (ORDER BY id) AS until FROM (
    SELECT id, since, state, code, reason FROM watching_changes
    WHERE organization_id = :organization_id AND device_id = d.id
    ORDER BY id DESC LIMIT :most
  ) newest
) w
WHERE w.since < :end AND (w.until IS NULL OR w.until > :begin)
ORDER BY d.id, w.id
""")
