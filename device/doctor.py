"""`python -m device doctor`: what works and what does not, in plain words, one line each.

Each check looks at one thing: the camera, the digital input and output where there are any, the way
to the cloud, the clock, the key, the version, the spool. A check that cannot be made because an
earlier one failed says so.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from device.client import Cloud, Unreachable
from device.cloud_checks import check_clock, check_key, check_network, check_version
from device.finding import Finding
from device.machine_checks import check_camera, check_input, check_output, check_spool
from device.settings import Settings


def examine(settings: Settings, cloud: Cloud) -> Iterator[Finding]:
    """All checks, each made when its finding is asked for."""
    yield check_camera(settings)
    if settings.input is not None:
        yield check_input(settings.input, settings.spool)
    if settings.output is not None:
        yield check_output(settings.output, settings.spool)
    try:
        config, version = cloud.fetch_config(), cloud.fetch_version()
    except Unreachable as error:
        url = settings.identity.url
        yield Finding("network", False, f"{url} cannot be reached ({error}). Is there a network?")
        yield Finding("clock", False, "Not checked: the cloud's clock cannot be asked.")
        yield Finding("key", False, "Not checked: the cloud cannot be asked.")
        yield Finding("version", False, "Not checked: the cloud cannot be asked.")
    else:
        yield check_network(version, settings.identity.url)
        yield check_clock(version, datetime.now(UTC))
        yield check_key(config, settings.identity.device_id)
        yield check_version(version)
    yield check_spool(settings.spool, settings.spool_cap_bytes)


def run_doctor(settings: Settings, version: str) -> int:
    """Print each finding; the exit code, 0 when all is well and 1 otherwise."""
    well = True
    with Cloud(settings.identity, version=version) as cloud:
        for finding in examine(settings, cloud):
            word = "ok   " if finding.is_well else "WRONG"
            print(f"{word} {finding.name}: {finding.sentence}", flush=True)
            well = well and finding.is_well
    return 0 if well else 1
