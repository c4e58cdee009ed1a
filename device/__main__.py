"""`python -m device …`: read what we were told, then be a camera, become one, or examine it."""

import os
import sys

from device import log
from device.agent import run_agent
from device.commandline import PairFlags, read_flags
from device.doctor import run_doctor
from device.flags import SettingsError
from device.pairing import PairingError, pair
from device.pins import WireError
from device.settings import read_settings
from device.simulate.flags import SimulateFlags
from device.simulate.operator import OperatorError
from device.simulate.running import simulate
from device.simulate.settings import read_fleet_settings
from device.sources.source import SourceError
from device.spool import SpoolError
from version import __version__

WRONG_START = 2
STARTING_ERRORS = (
    SettingsError,
    SpoolError,
    SourceError,
    PairingError,
    WireError,
    OperatorError,
)


def main() -> int:
    """The exit code: 0 well, 1 what was checked is not well, 2 it could not start."""
    log.start_logging()
    try:
        flags = read_flags(sys.argv[1:], os.environ)
        if isinstance(flags, PairFlags):
            print(pair(flags))
            return 0
        if isinstance(flags, SimulateFlags):
            return simulate(read_fleet_settings(flags, os.environ))
        settings = read_settings(flags)
        return run_doctor(settings, __version__) if flags.only_examines else run_agent(settings)
    except STARTING_ERRORS as error:
        print(error, file=sys.stderr)
        return WRONG_START


sys.exit(main())
