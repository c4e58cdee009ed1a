"""The real client, which kills itself at its N-th durable step.

Run as `python -m tests.device.dying_client N run …`. A step is an fsync, a rename or a removal of
its own, and the moment before and after each commit of the spool's index.
"""

import itertools
import os
import runpy
import signal
import sqlite3
import sys
from collections.abc import Callable
from typing import Any


def main(at: int) -> None:
    steps = itertools.count(1)  # its next() is one step of the interpreter: threads share it

    def step() -> None:
        if next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying(operation: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            step()
            return operation(*arguments, **named)

        return run

    class DyingConnection(sqlite3.Connection):
        def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            if sql != "COMMIT":
                return super().execute(sql, *arguments)
            step()
            done = super().execute(sql, *arguments)
            step()
            return done

    def connect(path: Any, **named: Any) -> sqlite3.Connection:
        return opened(path, factory=DyingConnection, **named)

    opened = sqlite3.connect
    sqlite3.connect = connect  # type: ignore[assignment]
    for name in ("fsync", "rename", "unlink"):
        setattr(os, name, dying(getattr(os, name)))
    runpy.run_module("device", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    number = int(sys.argv.pop(1))
    main(number)
