"""What the routes of reviewing and of error rates answer."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from cloud.captures.schemas import EXAMPLE_CAPTURE, CaptureDocument
from cloud.watch.review import Why


class ReviewItem(BaseModel):
    """A capture that nobody has said anything on yet, and why somebody should."""

    capture: CaptureDocument
    why: list[Why]


class ReviewList(BaseModel):
    """What to look at next. There is no next page: saying something makes room."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [{"capture": EXAMPLE_CAPTURE, "why": ["sampled_normal"]}],
                    "next_cursor": None,
                }
            ]
        }
    )

    items: list[ReviewItem]
    next_cursor: str | None


class RateAnswer(BaseModel):
    """`count` of `n` were wrong; the share and its 95 % interval are null where n is 0."""

    count: int
    n: int
    share: float | None
    low: float | None
    high: float | None


class ErrorRatesAnswer(BaseModel):
    """How often the verdicts of a camera were wrong since a day, by what operators have said.

    `false_alarms` are of the incidents that somebody has judged, `misses` of the random sample of
    normal verdicts, each of which is in it with the chance `sample_rate`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "since": "2026-08-24T09:00:00.123Z",
                    "false_alarms": {
                        "count": 2,
                        "n": 11,
                        "share": 0.1818,
                        "low": 0.0514,
                        "high": 0.4770,
                    },
                    "misses": {"count": 0, "n": 60, "share": 0.0, "low": 0.0, "high": 0.0602},
                    "sampled": 74,
                    "sample_rate": 0.01,
                }
            ]
        }
    )

    since: datetime
    false_alarms: RateAnswer
    misses: RateAnswer
    sampled: int
    sample_rate: float
