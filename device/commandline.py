"""The flags of `python -m device run`, `doctor`, `pair` and `simulate`; the first two share theirs.

But for those of `simulate`, each has an environment variable: `--key-file` is `VISANT_KEY_FILE`. A
flag wins over it, and an empty one counts as none.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from device.flags import Flags, SettingsError, variable_of
from device.identity import DEFAULT_KEY_FILE, NO_URL, checked_url
from device.scenes.names import SCENES
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

SWITCHES: tuple[tuple[str, str], ...] = (
    ("once", "take one capture, send it, and end"),
    ("loop", "begin a folder again at its end"),
)

PAIR_OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("url", "URL", "where Visant is"),
    ("code", "CODE", "as Visant shows it"),
    ("key-file", "FILE", f"keep the key there ({DEFAULT_KEY_FILE})"),
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
    """What pairing was told; the address has been checked."""

    url: str
    code: str
    key_file: str | None


def read_flags(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> Flags | PairFlags | SimulateFlags:
    """Parse the command line over the environment; argparse ends the program on unknown flags.

    Raises SettingsError where pairing is not told what it needs.
    """
    typed = vars(_parser().parse_args(arguments))
    verb = typed.pop("verb")
    if verb == "simulate":
        return SimulateFlags(**{name: typed[name] for name in SimulateFlags.__annotations__})
    flags = _gather(verb, typed, environment)
    return _read_pair_flags(flags) if verb == "pair" else flags


def _gather(verb: str, typed: Mapping[str, str | None], environment: Mapping[str, str]) -> Flags:
    """What is said of each flag; an empty word says nothing."""
    names = {key: key.replace("_", "-") for key in typed}
    by_flag = {names[key]: text for key, text in typed.items() if text}
    found = {flag: environment.get(variable_of(flag)) for flag in names.values()}
    by_variable = {flag: text for flag, text in found.items() if text and flag not in by_flag}
    return Flags(verb == "doctor", by_flag | by_variable, frozenset(by_variable))


def _read_pair_flags(flags: Flags) -> PairFlags:
    url, code = flags.get("url"), flags.get("code")
    if url is None:
        raise SettingsError(NO_URL)
    if code is None:
        raise SettingsError("Say the code that Visant shows for this camera: --code 7K3M-9QXT.")
    return PairFlags(checked_url(url, flags.name("url")), code, flags.get("key-file"))


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
    for name, metavar, text in PAIR_OPTIONS:
        _add_option(pair, name, text, metavar=metavar)
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
        _add_option(verb, name, text, metavar=metavar)
    for name, text in SWITCHES:
        _add_option(verb, name, text, action="store_const", const="1")


def _add_option(verb: argparse.ArgumentParser, name: str, text: str, **more: Any) -> None:
    verb.add_argument(f"--{name}", help=f"{text} [{variable_of(name)}]", **more)
