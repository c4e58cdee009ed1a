"""The command `python -m device simulate`: run a fleet, print the table, answer by exit code."""

import asyncio

from device.simulate.fleet import Outcome, arrange_fleet, run_fleet
from device.simulate.settings import FleetSettings
from device.simulate.table import lines_of


def simulate(settings: FleetSettings) -> int:
    """0 where the books balance, else 1. Raises SettingsError or OperatorError at the start."""
    outcome = asyncio.run(_run(settings))
    print("\n".join(lines_of(outcome)))
    return 0 if outcome.books.balance else 1


async def _run(settings: FleetSettings) -> Outcome:
    return await run_fleet(await arrange_fleet(settings))
