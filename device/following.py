"""Following the cloud's configuration: fetched, put in force, and remembered over a restart."""

import threading
from collections.abc import Mapping
from typing import Final, Protocol

from device import log
from device.answers import Answer, in_words
from device.config import Standing
from device.spool import Spool

OK: Final = 200


class Asking(Protocol):
    """What following needs of the cloud."""

    def fetch_config(self) -> Answer: ...


class Remembering:
    """Puts a configuration in force, and has it at hand after a restart."""

    def __init__(self, spool: Spool, standing: Standing) -> None:
        """Put in force what was last in force here, so that privacy masks hold from the start."""
        self._spool = spool
        self._standing = standing
        self._changing = threading.RLock()
        if (kept := spool.kept_config()) is not None:
            standing.replace(*kept)

    def put_in_force(self, version: int, document: Mapping[str, object]) -> None:
        """Work by this document from now on."""
        with self._changing:
            self._standing.replace(version, document)
            self._remember(version, document)
        config = self._standing.config
        log.info(
            "New configuration in force",
            version=version,
            interval=config.trigger.interval_seconds,
            width=config.capture.width,
            height=config.capture.height,
        )

    def _remember(self, version: int, document: Mapping[str, object]) -> None:
        try:
            self._spool.keep_config(version, document)
        except OSError as error:
            log.warn("The configuration could not be remembered on this disk", why=error)


class Following(Remembering):
    """Keeps the configuration in force the one that the cloud names."""

    def __init__(self, cloud: Asking, spool: Spool, standing: Standing) -> None:
        super().__init__(spool, standing)
        self._cloud = cloud

    def follow(self, version: int) -> str | None:
        """Fetch the document unless that version is in force; why it could not be, in words.

        Raises Unreachable when no answer came.
        """
        with self._changing:  # a slow answer must not undo what is pushed meanwhile
            if version == self._standing.version:
                return None
            answer = self._cloud.fetch_config()
            document = answer.object()
            if answer.status != OK or not document:
                return f"the configuration could not be fetched: {in_words(answer)}"
            self.put_in_force(version, document)
            return None
