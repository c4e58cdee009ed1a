"""`python -m device …`: read what we were told, then be a camera, or become one by pairing."""

import os
import sys

from device import log
from device.agent import run_agent
from device.commandline import PairFlags, read_flags
from device.inputs import InputError
from device.pairing import PairingError, pair
from device.settings import SettingsError, read_settings
from device.sources.source import SourceError
from device.spool import SpoolError

WRONG_START = 2


def main() -> int:
    """The exit code: 0 well, 1 a picture was refused, 2 it could not start."""
    log.start_logging()
    try:
        flags = read_flags(sys.argv[1:], os.environ)
        if isinstance(flags, PairFlags):
            print(pair(flags))
            return 0
        return run_agent(read_settings(flags))
    except (SettingsError, SpoolError, SourceError, PairingError, InputError) as error:
        print(error, file=sys.stderr)
        return WRONG_START


sys.exit(main())
