"""What coverage.py is shown of a test."""

import sys
from types import FrameType
from typing import Any

from sqlalchemy.util import greenlet_spawn


def follow(frame: FrameType, event: str, argument: Any) -> None:
    """Trace nothing in the frame."""


async def test_what_runs_in_a_greenlet_is_not_traced_and_what_follows_is() -> None:
    own = sys.gettrace()
    sys.settrace(follow)
    try:
        inside = await greenlet_spawn(sys.gettrace)
        after = sys.gettrace()
    finally:
        sys.settrace(own)
    assert inside is None
    assert after is follow
