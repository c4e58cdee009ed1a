"""Shows Visant at work: a server, an organization and its cameras, with nothing to set up.

The cameras are real device clients over real HTTP; what they see is drawn, and says so, or played
from folders of stills. Everything is in a temporary folder and gone after Ctrl-C.
"""

import argparse
import os
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path

from bench.verdicts import read_labels
from bin._demo.cameras import INTERVAL_SECONDS, SCENES, Played, play_folder, play_scene
from bin._demo.comparison import compare, verdict_of
from bin._demo.operator import EMAIL, PASSWORD, Operator
from bin._demo.processes import Processes, choose_port, leave_blocks_on_sigterm

LOOK_EVERY_SECONDS = 0.5


def main() -> None:
    options = parse()
    leave_blocks_on_sigterm()
    with Processes() as processes:
        try:
            _play(options, processes)
        except KeyboardInterrupt:
            print("\nEnding all of it …")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="listen there (8000)")
    parser.add_argument(
        "--speed", type=float, default=1.0, metavar="X", help="this many times as fast (1)"
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    parser.add_argument(
        "--frames", action="append", type=_folder, metavar="DIR", help="play this folder of stills"
    )
    parser.add_argument(
        "--labels",
        action="store_true",
        help="at the end compare the verdicts with each folder's labels.csv, and stop",
    )
    options = parser.parse_args()
    if options.labels and not options.frames:
        parser.error("--labels goes with --frames")
    if options.speed <= 0:
        parser.error("--speed must be more than 0")
    return options


def _folder(text: str) -> Path:
    folder = Path(os.environ.get("CALLED_FROM", "."), text).resolve()
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return folder


def _play(options: argparse.Namespace, processes: Processes) -> None:
    began = time.monotonic()
    port = choose_port(options.port)
    print("Starting Visant …", flush=True)
    environment = {
        "ENVIRONMENT": "development",
        "VISANT_DATA_DIR": str(processes.folder),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PLATFORM_ADMIN_EMAILS": EMAIL,
        "DEFAULT_DEVICE_LIMIT": "10",
    }
    url = processes.start_server(port, environment)
    with Operator(url, processes.folder) as operator:
        operator.sign_up()
        cameras = _start_cameras(options, processes, operator)
        _welcome(url, browser=not options.no_browser)
        if options.labels:
            _finish(operator, cameras)
        else:
            _watch(operator, cameras, began)


def _start_cameras(
    options: argparse.Namespace, processes: Processes, operator: Operator
) -> list[Played]:
    interval = INTERVAL_SECONDS / options.speed
    if options.frames:
        return [play_folder(processes, operator, one, interval) for one in options.frames]
    return [play_scene(processes, operator, one, interval) for one in SCENES]


def _welcome(url: str, *, browser: bool) -> None:
    print(
        f"\n  Visant      {url}\n  e-mail      {EMAIL}\n  password    {PASSWORD}"
        f"\n  mailbox     {url}/dev/mailbox\n\nCtrl-C ends all of it.\n",
        flush=True,
    )
    if browser:
        webbrowser.open(url)


def _watch(operator: Operator, cameras: list[Played], began: float) -> None:
    """Teach the cameras, and tell of what happens, until Ctrl-C."""
    told: set[str] = set()

    def tell(key: str, sentence: str) -> None:
        if key not in told:
            told.add(key)
            print(f"{time.monotonic() - began:6.1f} s  {sentence}", flush=True)

    while True:
        for played in cameras:
            _look_after(operator, played, tell)
        names = {played.camera.device_id: played.camera.name for played in cameras}
        for incident in operator.incidents():
            place = f"{operator.url}/ui/incidents/{incident['id']}"
            tell(incident["id"], f"{names[incident['device_id']]}: an incident, {place}")
        for delivery in operator.deliveries():
            if delivery["status"] == "sent":
                tell(delivery["id"], f"a mail was sent ({delivery['kind']}), see /dev/mailbox")
        time.sleep(LOOK_EVERY_SECONDS)


def _look_after(operator: Operator, played: Played, tell: Callable[[str, str], None]) -> None:
    captures = operator.latest_captures(played.camera)
    if any(verdict_of(capture) for capture in captures):
        tell("judged", "the first card is judged")
    if not played.is_taught and played.teach(operator, captures):
        count = len(played.called_normal)
        tell(
            played.camera.device_id,
            f"{played.camera.name}: {count} captures were called normal through the API "
            "(a person does it with one button)",
        )


def _finish(operator: Operator, cameras: list[Played]) -> None:
    """Play the folders to their end, then compare."""
    while not all(played.is_over for played in cameras):
        for played in cameras:
            played.teach(operator, operator.latest_captures(played.camera))
        time.sleep(LOOK_EVERY_SECONDS)
    for played in cameras:
        captures = operator.captures(played.camera)
        while any(verdict_of(capture) is None for capture in captures):
            time.sleep(LOOK_EVERY_SECONDS)
            captures = operator.captures(played.camera)
        verdicts = {capture["metadata"]["file"]: verdict_of(capture) for capture in captures}
        labels = read_labels(played.folder) if played.folder else []
        print(f"{played.camera.name}: {len(captures)} captures over HTTP")
        for line in compare(labels, verdicts, learned=len(labels) // 4):
            print(f"  {line}")


if __name__ == "__main__":
    main()
