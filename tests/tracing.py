"""Has coverage.py trace our coroutines, and nothing of what SQLAlchemy runs in greenlets.

docs/decisions/tracing-tests.md says why.
"""

import sys
from typing import TYPE_CHECKING

import greenlet

if TYPE_CHECKING:
    from _typeshed import TraceFunction


class OutsideGreenlets:
    """Called at every switch of this thread: takes the trace off on the way into a greenlet, and
    puts it back on the way out."""

    def __init__(self) -> None:
        self._outside = greenlet.getcurrent()
        self._trace: TraceFunction | None = None

    def __call__(self, _event: str, ends: tuple[greenlet.greenlet, greenlet.greenlet]) -> None:
        origin, target = ends
        if target is self._outside:
            sys.settrace(self._trace)
        elif origin is self._outside:
            self._trace = sys.gettrace()
            sys.settrace(None)


def trace_outside_greenlets() -> None:
    greenlet.settrace(OutsideGreenlets())
