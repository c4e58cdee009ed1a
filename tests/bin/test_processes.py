"""What a command of ours has started ends with it, however it is ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = """
from bin._demo.processes import Processes, leave_blocks_on_sigterm
leave_blocks_on_sigterm()
with Processes() as processes:
    started = processes.start("started", ["-c", "import signal; signal.pause()"])
    print(started.pid, processes.folder, flush=True)
    started.wait()
"""


def test_a_command_that_is_ended_by_sigterm_leaves_nothing_behind() -> None:
    command = subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-c", COMMAND], stdout=subprocess.PIPE, text=True
    )
    assert command.stdout is not None
    pid, folder = command.stdout.readline().split()
    command.send_signal(signal.SIGTERM)
    command.communicate()
    assert command.returncode == 128 + signal.SIGTERM
    assert not Path(folder).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)
