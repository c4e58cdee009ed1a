"""Telling the cloud what became of its commands, until it has heard."""

import random
import threading
from datetime import UTC, datetime
from typing import Final, Protocol

from device import log, wire
from device.answers import Answer, in_words, read_problem
from device.backoff import Backoff
from device.client import Unreachable
from device.command_book import Report
from device.spool import Spool

ORDINARY: Final = Backoff(base=1.0, cap=60.0)
LOOK_EVERY: Final = 0.5
HEARD: Final = 204
NEVER_HEARD: Final = (404, 409, 410, 422)
"""With a problem body of ours: the cloud has no use for this report, and will never have."""


class Acknowledging(Protocol):
    """What reporting needs of the cloud."""

    def acknowledge(self, command_id: str, body: wire.AckBody) -> Answer: ...


class Reporting:
    """Sends reports one by one, in the order of the commands."""

    def __init__(
        self,
        cloud: Acknowledging,
        spool: Spool,
        *,
        stop: threading.Event,
        dice: random.Random,
    ) -> None:
        self._cloud = cloud
        self._book = spool.commands
        self._stop = stop
        self._dice = dice
        self._failures = 0
        self.bell = threading.Event()

    def run(self) -> None:
        """Work until told to stop."""
        while not self._stop.is_set():
            wait = self.report_all()
            if wait is None:
                self.bell.wait(LOOK_EVERY)
                self.bell.clear()
            else:
                self._stop.wait(wait)

    def report_all(self) -> float | None:
        """Tell what there is to tell; None when all is told, else seconds to wait."""
        try:
            for report in self._book.unreported():
                answer = self._cloud.acknowledge(report.command_id, compose_ack(report))
                if not is_settled(answer):
                    return self._wait_longer(
                        in_words(answer), answer.retry_after(datetime.now(UTC))
                    )
                self._book.note_told(report)
                log.info("Told of a command", command=report.command_id, status=report.status)
        except (Unreachable, OSError) as error:
            return self._wait_longer(str(error))
        self._failures = 0
        return None

    def _wait_longer(self, reason: str, retry_after: float | None = None) -> float:
        self._failures += 1
        if self._failures == 1:
            log.warn("The outcome of a command could not be told; trying again", why=reason)
        return ORDINARY.delay(self._failures, retry_after=retry_after, dice=self._dice)


def compose_ack(report: Report) -> wire.AckBody:
    """The body of an acknowledgement; what is not known is left out."""
    body = wire.AckBody(status=report.status)
    if report.detail is not None:
        body["detail"] = report.detail
    if report.record_id:
        body["capture_record_id"] = report.record_id
    return body


def is_settled(answer: Answer) -> bool:
    """Whether the cloud has heard, or will never want to hear."""
    refused = answer.status in NEVER_HEARD and read_problem(answer) is not None
    return answer.status == HEARD or refused
