"""The flags of `python -m device run`, `doctor`, `pair` and `simulate`; the first two share theirs.

Each of these has an environment variable: `--key-file` is `VISANT_KEY_FILE`; a flag wins over it.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from device.scenes.names import SCENES
from device.settings import DEFAULT_KEY_FILE, Flags
from device.simulate.flags import SimulateFlags
from device.simulate.plan import Fault
from device.sources.spec import Backend

CAMERAS: Final = "camera:0 (any OpenCV index), picamera, rtsp://…, http://…"
FILES: Final = "folder:DIR, still:FILE"
OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("url", "URL", "where Visant is; may come from the key file"),
    ("key-file", "FILE", "holds the device key, or JSON with device_id, device_key and api_url"),
    ("device-id", "ID", "the id printed on the unit; may come from the key file"),
    (
        "source",
        "SPEC",
        f"{CAMERAS}, {FILES}, scene:{'|'.join(SCENES)}",
    ),
    ("backend", "NAME", f"how OpenCV reads camera: and streams: {', '.join(Backend)}"),
    ("input", "SPEC", "a digital input that asks for pictures: gpio:17, or file:PATH (1 is on)"),
    ("output", "SPEC", "a digital output that is on while an incident is open: gpio:27, file:PATH"),
    ("spool", "DIR", "where pictures wait until the cloud has them (visant-spool)"),
    ("spool-cap", "MIB", "how much room they may take; the oldest go first (2048)"),
    ("interval", "SECONDS", "pins the time between captures; else the cloud's configuration says"),
    ("frames-limit", "N", "take so many captures, send them, and end"),
    ("speed", "X", "how fast a scene's clock runs (1: 15 scene seconds a capture)"),
    ("seed", "N", "which variation of a scene to draw"),
    ("width", "PIXELS", "pins the width of pictures"),
    ("height", "PIXELS", "pins the height of pictures"),
    ("quality", "30-100", "pins the JPEG quality"),
    ("warmup", "SECONDS", "pins how long the exposure may settle before each picture"),
)

SIMULATE_OPTIONS: tuple[tuple[str, str, str | None, str], ...] = (
    ("url", "URL", None, "where Visant is"),
    ("keys", "FILE", None, "one key file's JSON on each line; lacking ones are added to it"),
    ("devices", "N", "10", "how many cameras"),
    ("rate", "N", "1", "captures in a minute of each camera"),
    ("minutes", "N", "2", "how long; then what waits is delivered, and the books are checked"),
    ("faults", "LIST", "none", f"none, all, or some of {','.join(Fault)}, as in offline,drops=0.3"),
    ("seed", "N", "1", "which faults befall whom, and when"),
    ("asks", "N", "0", "pictures that the operator asks for in a minute, of the whole fleet"),
    ("patience", "SECONDS", "180", "how long to wait at the end for deliveries and verdicts"),
)


@dataclass(frozen=True)
class PairFlags:
    """What was typed after `pair`."""

    url: str
    code: str
    key_file: str | None


def read_flags(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> Flags | PairFlags | SimulateFlags:
    """Parse the command line over the environment; argparse ends the program on unknown flags."""
    typed = vars(_parser().parse_args(arguments))
    if typed["verb"] == "pair":
        return PairFlags(typed["url"], typed["code"], typed["key_file"])
    if typed["verb"] == "simulate":
        return SimulateFlags(**{name: typed[name] for name in SimulateFlags.__annotations__})
    return _read_run_flags(typed, environment)


def _read_run_flags(typed: Mapping[str, Any], environment: Mapping[str, str]) -> Flags:

    def said(name: str) -> str | None:
        key = name.replace("-", "_")
        value: str | None = typed[key] or environment.get(f"VISANT_{key.upper()}")
        return value

    return Flags(
        only_examines=typed["verb"] == "doctor",
        url=said("url"),
        key_file=said("key-file"),
        device_id=said("device-id"),
        source=said("source"),
        backend=said("backend"),
        input=said("input"),
        output=said("output"),
        spool=said("spool"),
        spool_cap_mib=said("spool-cap"),
        interval=said("interval"),
        frames_limit="1" if typed["once"] else said("frames-limit"),
        loop=typed["loop"],
        speed=said("speed"),
        seed=said("seed"),
        width=said("width"),
        height=said("height"),
        quality=said("quality"),
        warmup=said("warmup"),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m device", description="Visant's device client: a camera's side of the cloud."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="run|pair|doctor|simulate")
    run = verbs.add_parser("run", help="take pictures and upload them until told to stop")
    doctor = verbs.add_parser("doctor", help="say what works and what does not; same flags as run")
    for verb in (run, doctor):
        _add_run_flags(verb)
    pair = verbs.add_parser("pair", help="exchange a pairing code for this camera's key")
    pair.add_argument("--url", required=True, metavar="URL", help="where Visant is")
    pair.add_argument("--code", required=True, metavar="CODE", help="as Visant shows it")
    pair.add_argument("--key-file", metavar="FILE", help=f"keep the key there ({DEFAULT_KEY_FILE})")
    simulate = verbs.add_parser(
        "simulate", help="run a fleet of simulated cameras, check its books"
    )
    for name, metavar, default, text in SIMULATE_OPTIONS:
        words = f"{text} ({default})" if default else text
        simulate.add_argument(
            f"--{name}", metavar=metavar, default=default, required=default is None, help=words
        )
    return parser


def _add_run_flags(verb: argparse.ArgumentParser) -> None:
    for name, metavar, text in OPTIONS:
        verb.add_argument(f"--{name}", metavar=metavar, help=text)
    verb.add_argument("--once", action="store_true", help="take one capture, send it, and end")
    verb.add_argument("--loop", action="store_true", help="begin a folder again at its end")
