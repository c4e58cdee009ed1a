"""`python -m device run …`: read what we were told, then be a camera."""

import os
import sys

from device import log
from device.agent import run_agent
from device.commandline import read_flags
from device.settings import SettingsError, read_settings
from device.sources.source import SourceError
from device.spool import SpoolError

WRONG_START = 2


def main() -> int:
    """The exit code: 0 well, 1 a picture was refused, 2 it could not start."""
    log.start_logging()
    try:
        return run_agent(read_settings(read_flags(sys.argv[1:], os.environ)))
    except (SettingsError, SpoolError, SourceError) as error:
        print(error, file=sys.stderr)
        return WRONG_START


sys.exit(main())
