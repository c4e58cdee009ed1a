"""Runs Visant on this machine: its settings come from the environment, `.env` and the options."""

import argparse
import os
import sys
from pathlib import Path

from cloud.accounts.platform_admins import keep_platform_admin
from cloud.kit.settings import SettingsError, load_settings


def main() -> None:
    options = parse()
    given = {"PORT": options.port, "HOST": options.host, "VISANT_DATA_DIR": options.data}
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(str(error))
    if options.admin:
        keep_platform_admin(settings.data_directory, options.admin)
    os.execv(sys.executable, [sys.executable, "server.py"])  # noqa: S606  no shell is wanted


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/serve", description=__doc__)
    parser.add_argument("--admin", metavar="EMAIL", help="name a platform admin, for good")
    parser.add_argument("--port", type=int, metavar="N", help="listen there (8000)")
    parser.add_argument("--host", metavar="ADDRESS", help="listen on that address (127.0.0.1)")
    parser.add_argument(
        "--data", type=from_caller, metavar="DIR", help="keep everything there (.data)"
    )
    return parser.parse_args()


def from_caller(folder: str) -> Path:
    """A folder as the person meant it, who may have called from anywhere."""
    return Path(os.environ.get("CALLED_FROM", "."), folder).absolute()


if __name__ == "__main__":
    main()
