import logging
from collections.abc import Iterator

import pytest

from device.log import LOGGER


@pytest.fixture(autouse=True)
def untouched_log() -> Iterator[None]:
    """A test may run the client's own start, which takes the log over."""
    handlers, level, propagates = list(LOGGER.handlers), LOGGER.level, LOGGER.propagate
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = True
    yield
    LOGGER.handlers[:] = handlers
    LOGGER.setLevel(level)
    LOGGER.propagate = propagates
